from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length

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
