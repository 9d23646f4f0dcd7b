import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.constraints import explain, translate
from app.core.database import db
from app.core.errors import Conflict, Refused
from app.core.messages import message


def failure(error_code, **details):
    """Have the database raise an error of this kind; what SQLAlchemy makes of it."""
    using = "".join(f", {name.upper()} = '{value}'" for name, value in details.items())
    with pytest.raises(DBAPIError) as raised:
        db.session.execute(
            text(f"DO $$ BEGIN RAISE 'refused' USING ERRCODE = '{error_code}'{using}; END $$")
        )
    db.session.rollback()
    return raised.value


def test_a_named_constraint_says_what_its_package_said_of_it(app_context):
    explain("a_thing_is_whole", message("Vật phải nguyên vẹn."))

    refusal = translate(failure("check_violation", constraint="a_thing_is_whole"))

    assert isinstance(refusal, Refused)
    assert str(refusal) == "Vật phải nguyên vẹn."


def test_whoever_gives_way_in_a_deadlock_is_told_to_try_again(app_context):
    assert isinstance(translate(failure("deadlock_detected")), Conflict)


def test_what_nobody_has_named_is_a_fault_of_the_program(app_context):
    assert translate(failure("check_violation", constraint="nobody_knows_this")) is None
