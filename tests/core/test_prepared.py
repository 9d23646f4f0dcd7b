"""Prepared statements answer as plain ones do, whatever the kinds of their values."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import DATERANGE, Range

from app.core.database import db
from app.core.prepared import PREPARED

pytestmark = pytest.mark.usefixtures("tenant")

QUESTION = text(
    """
    SELECT CAST(:number AS bigint) + 1, :name || '%', DATE '2022-05-01' <@ :days,
           :number = ANY (CAST(:numbers AS bigint[])), :today + 1, :now, :flag,
           CAST(:nothing AS text) IS NULL
    """
).bindparams(bindparam("days", type_=DATERANGE))
VALUES = {
    "number": 3,
    "name": "Chi bộ ':một' 100%",
    "days": Range(date(2022, 1, 1), date(2023, 1, 1)),
    "numbers": [1, 2, 3],
    "today": date(2022, 2, 28),
    "now": datetime(2022, 2, 28, 17, tzinfo=UTC),
    "flag": True,
    "nothing": None,
}


def _plans():
    return db.session.scalars(text("SELECT name FROM pg_prepared_statements")).all()


def test_a_prepared_statement_answers_as_a_plain_one():
    plain = db.session.execute(QUESTION, VALUES).all()
    prepared = QUESTION.execution_options(**PREPARED)
    other = {**VALUES, "number": 9, "name": "khác", "nothing": None}
    assert db.session.execute(prepared, VALUES).all() == plain
    assert db.session.execute(prepared, other).one()[:2] == (10, "khác%")


def test_a_statement_is_prepared_once_for_a_connection():
    statement = text("SELECT CAST(:value AS text) AS prepared_once").execution_options(**PREPARED)
    before = len(_plans())
    for value in ("a", "b", "c"):
        assert db.session.scalar(statement, {"value": value}) == value
    assert len(_plans()) == before + 1


def test_a_rolled_back_transaction_leaves_its_plans_usable():
    statement = text("SELECT CAST(:value AS integer) * 7").execution_options(**PREPARED)
    assert db.session.scalar(statement, {"value": 1}) == 7
    db.session.rollback()
    assert db.session.scalar(statement, {"value": 2}) == 14
