"""The composition of Hương Hồ ward's admissions of 2015-2020, as printed, from recorded people.

The figures are real (DOMAIN.md section 7); the people of the file are invented to have them.
"""

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from flask import g, url_for
from sqlalchemy import select

from app.cases.commands import record_steps
from app.cases.models import Person
from app.cases.queries import PeopleFilter, TakenStep, people
from app.cases.rules import StepDraft, StepKind
from app.core import clock
from app.core.database import apply_context, db
from app.tenants.commands import create_tenant
from app.units.queries import unit_by_code
from tests.factories.accounts import make_user
from tests.factories.units import import_lines

FILE = Path("tests/data/huong_ho_2015_2020.csv")
PRINTED = {
    "youth_union": (28, "73.68"),
    "teacher": (18, "47.37"),
    "militia": (2, "5.26"),
    "religious": (1, "2.63"),
    "lower_secondary": (3, "7.89"),
    "upper_secondary": (35, "92.11"),
    "university": (28, "73.68"),
    "residential": (15, "39.47"),
}
OF_THE_TERM = ("--unit", "HH", "--measure", "admission", "--period", "2015-2020")


@pytest.fixture
def ward(app, app_context):
    """The ward with its cells and, through the command line, the people of the file."""
    with clock.frozen(date(2021, 3, 1)):
        context = create_tenant("HUE", "Tỉnh Thừa Thiên Huế")
        import_lines(
            context,
            "HH,,commune,Đảng ủy phường Hương Hồ",
            *(f"HH-TDP{n},HH,cell,Chi bộ tổ dân phố {n},street_cell" for n in range(1, 6)),
            *(f"HH-{code},HH,cell,Chi bộ {code},school_cell" for code in ("TH1", "TH2", "THCS")),
            *(f"HH-{code},HH,cell,Chi bộ {code},agency_cell" for code in ("UBND", "YTE")),
            effective=date(2010, 1, 1),
        )
        make_user(context, "phuong", unit_by_code(context, "HH").id, "committee")
        db.session.commit()
        imported = app.test_cli_runner().invoke(
            args=["cases", "import", str(FILE), "--tenant", "HUE", "--format", "json"]
        )
        assert imported.exit_code == 0, imported.output
        assert json.loads(imported.stdout)["accepted"] == 52
        apply_context(db.session(), context.for_database)
        yield context


def test_the_command_line_breaks_the_term_down_as_printed(app, ward):
    db.session.commit()

    outcome = app.test_cli_runner().invoke(
        args=["breakdown", "--tenant", "HUE", *OF_THE_TERM, "--format", "json"]
    )

    found = json.loads(outcome.stdout)
    assert found["total"] == 38
    shares = {row["segment"]: (row["count"], row["percent"]) for row in found["segments"]}
    assert {code: shares[code] for code in PRINTED} == PRINTED


def test_the_screen_shows_the_same_composition(app, client, sign_in, ward):
    unit = unit_by_code(ward, "HH")
    db.session.commit()
    sign_in(client, "phuong")
    with app.test_request_context():
        g.tenant_id = ward.tenant_id
        address = url_for("monitoring.breakdown", unit_id=unit.id, period="2015-2020")

    page = client.get(address).text

    for _count, percent in PRINTED.values():
        assert f"{percent.replace('.', ',')}%" in page


def test_trained_people_who_moved_away_are_on_the_exit_list(ward):
    with FILE.open(encoding="utf-8", newline="") as file:
        codes = [row["person_code"] for row in csv.DictReader(file) if not row["decision_on"]]
    numbers = db.session.scalars(select(Person.id).where(Person.person_code.in_(codes))).all()
    for number in numbers:
        record_steps(ward, number, {StepKind.MOVED_AWAY: StepDraft(date(2020, 6, 30))})

    left = PeopleFilter(taken=TakenStep(StepKind.MOVED_AWAY))

    unit = unit_by_code(ward, "HH")
    exits = people(ward, unit, left)
    assert exits.total == 14
    assert {person.id for person in exits.people} == set(numbers)
