"""Messages render plainly in Vietnamese and fail early when a value is missing."""

from datetime import date
from decimal import Decimal

import pytest

from app.core.errors import AppError, Conflict, NotFound, Problem, Refused
from app.core.messages import message


def test_values_are_written_plainly():
    told = message(
        "Ngày %(day)s: %(count)s người, %(percent)s%%.",
        day=date(2022, 9, 3),
        count=1545,
        percent=Decimal("77.25"),
    )

    assert str(told) == "Ngày 03/09/2022: 1545 người, 77.25%."


def test_text_without_values_is_not_interpolated():
    assert str(message("Đạt 100% chỉ tiêu")) == "Đạt 100% chỉ tiêu"


def test_message_may_stand_inside_another():
    inner = message("thiếu %(column)s", column="code")

    assert str(message("Dòng %(row)s: %(why)s", row=5, why=inner)) == "Dòng 5: thiếu code"


def test_a_value_may_be_called_text():
    assert str(message("“%(text)s”", text="a%(b)s")) == "“a%(b)s”"


def test_missing_value_is_refused_where_the_message_is_built():
    with pytest.raises(KeyError, match="row"):
        message("Dòng %(row)s", column="code")


def test_messages_with_equal_text_and_values_are_equal():
    assert message("Dòng %(row)s", row=5) == message("Dòng %(row)s", row=5)
    assert message("Dòng %(row)s", row=5) != message("Dòng %(row)s", row=6)


def test_error_shows_its_message_and_keeps_its_problems():
    problem = Problem("decided_on", message("Chưa nhập ngày."))

    error = Refused(message("Không lưu được."), [problem])

    assert str(error) == "Không lưu được."
    assert error.problems == (problem,)


@pytest.mark.parametrize("kind", [NotFound, Refused, Conflict])
def test_every_error_is_an_app_error(kind):
    with pytest.raises(AppError, match="Không có"):
        raise kind(message("Không có."))
