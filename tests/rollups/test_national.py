"""Totals of all tenants: exact, folded or not; nothing of one tenant is open to another by them."""

import json
from datetime import date

import pytest
from sqlalchemy import text

from app.cases.rules import StepKind
from app.core.database import NOBODY, apply_context, db
from app.core.periods import parse_period
from app.measures.queries import measure_by_code
from app.monitoring.queries import Question, attainment
from app.rollups.commands import fold
from app.rollups.national import national
from app.tenants.context import tenant_transaction
from app.units.queries import unit_by_code
from tests.factories.cases import make_person
from tests.quotas.conftest import TODAY, make_province

ASKED = [("2022", TODAY), ("2022", date(2022, 5, 20)), ("2022-05", date(2022, 5, 31))]


def admit(context, cell, days):
    for number, day in enumerate(days):
        steps = {StepKind.LISTED: date(2021, 3, 1), StepKind.DECISION: day}
        make_person(context, cell, f"Người {cell.code} {number}", steps=steps)


@pytest.fixture
def two_tenants(app_context):
    """One tenant is folded but for one admission, the other not at all."""
    for code, days in (
        ("VINHPHUC", [date(2022, 5, 19), date(2022, 5, 21), date(2021, 5, 1)]),
        ("HOABINH", [date(2022, 5, 2), date(2022, 9, 1)]),
    ):
        province = make_province(code)
        admit(province.context, province["B1"], days)
        if code == "VINHPHUC":
            while fold(province.context):
                pass
            admit(province.context, province["B2"], [date(2022, 5, 20)])
        db.session.commit()


def test_the_totals_are_those_of_each_tenants_own_root(two_tenants):
    for period, as_of in ASKED:
        with db.session.begin():
            apply_context(db.session(), NOBODY)
            found = national("admission", parse_period(period), as_of)
        own = {}
        for code in ("VINHPHUC", "HOABINH"):
            with tenant_transaction(code) as context:
                question = Question(
                    measure_by_code(context, "admission"), parse_period(period), as_of
                )
                report = attainment(context, unit_by_code(context, "P"), question)
                own[code] = (report.unit.count, report.unit.last_year)

        assert {row.tenant.code: (row.count, row.last_year) for row in found.tenants} == own
        assert found.total == sum(count for count, _ in own.values()) > 0
    assert {row.tenant.code: row.pending > 0 for row in found.tenants} == {
        "VINHPHUC": True,
        "HOABINH": True,
    }


def test_whoever_asked_sees_no_more_rows_afterwards(two_tenants):
    people = text("SELECT count(*) FROM person")
    with db.session.begin():
        apply_context(db.session(), NOBODY)
        national("admission", parse_period("2022"), TODAY)
        assert db.session.scalar(people) == 0
        assert db.session.scalar(text("SELECT count(*) FROM summary")) == 0
    with tenant_transaction("HOABINH") as context:
        national("admission", parse_period("2022"), TODAY)
        assert db.session.scalar(people) == 2
        assert db.session.scalar(text("SELECT current_setting('app.tenant_id')")) == str(
            context.tenant_id
        )


def test_the_command_line_prints_totals_by_tenant(app, two_tenants):
    outcome = app.test_cli_runner().invoke(
        args=["rollups", "national", "--measure", "admission", "--period", "2022",
              "--as-of", "2022-10-31", "--format", "json"]
    )  # fmt: skip

    printed = json.loads(outcome.stdout)
    assert printed["total"] == 5
    assert {row["code"]: row["count"] for row in printed["tenants"]} == {
        "VINHPHUC": 3,
        "HOABINH": 2,
    }
    assert printed["last_year"] == {"as_of": "2021-10-31", "count": 1}
    wrong = app.test_cli_runner().invoke(
        args=["rollups", "national", "--measure", "nothing", "--period", "2022"]
    )
    assert wrong.exit_code == 2
