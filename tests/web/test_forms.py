import pytest
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length

from app.core.errors import Problem, Refused
from app.core.messages import message
from app.web.forms import Form


class Sample(Form):
    name = StringField("Họ và tên", [InputRequired()])
    code = StringField("Mã", [Length(min=3)])
    votes = IntegerField("Số phiếu")

    class Meta(Form.Meta):
        csrf = False


def refused(shell, language):
    with shell.test_request_context("/", headers={"Cookie": f"language={language}"}):
        form = Sample(MultiDict({"code": "a", "votes": "x"}))
        assert not form.validate()
        return form.errors


def test_built_in_messages_are_vietnamese(shell):
    assert refused(shell, "vi") == {
        "name": ["Phải điền mục này."],
        "code": ["Phải có ít nhất 3 ký tự."],
        "votes": ["Phải là số nguyên, ví dụ 1.545."],
    }


def test_built_in_messages_stay_english_for_english_readers(shell):
    assert refused(shell, "en") == {
        "name": ["This field is required."],
        "code": ["Field must be at least 3 characters long."],
        "votes": ["Not a valid integer value."],
    }


@pytest.mark.parametrize("blank", [" ", "\t\n", "\u200b", "\u00a0 ", "\x00"])
def test_a_field_of_nothing_but_blanks_was_left_empty(shell, blank):
    with shell.test_request_context("/", headers={"Cookie": "language=vi"}):
        form = Sample(MultiDict({"name": blank, "code": "abc"}))

        assert not form.validate()
        assert form.errors["name"] == ["Phải điền mục này."]


def test_what_concerns_no_field_is_said_above_the_form(shell):
    with shell.test_request_context("/"):
        form = Sample(MultiDict({"name": "An", "code": "abc", "votes": "1"}))
        lacking = Problem("seats", message("Chưa có chỉ tiêu."))
        form.show(Refused(message("Hãy sửa."), [lacking, Problem("name", message("Sai tên."))]))

        assert (form.form_errors, form.errors["name"]) == (["Chưa có chỉ tiêu."], ["Sai tên."])
