"""`cases import` as it is typed."""

import csv
import json

import pytest
from sqlalchemy import func, select

from app.cases.models import Person
from app.core.database import db
from tests.factories.cases import cases_csv

GOOD = {"cell_code": "V1"}
BAD = {"cell_code": "V1", "full_name": "Lê Văn Bốn", "listed_on": "30/02/2021", "sex": "?"}


@pytest.fixture
def run(app, tree, tmp_path):
    """Return a function that imports rows by the command line; its outcome."""
    db.session.commit()
    file = tmp_path / "people.csv"

    def invoke(*rows, options=("--format", "json")):
        file.write_bytes(cases_csv(*rows))
        arguments = ["cases", "import", str(file), "--tenant", "VINHPHUC", *options]
        return app.test_cli_runner().invoke(args=arguments)

    return invoke


def stored():
    with db.session.begin():
        return db.session.scalar(select(func.count()).select_from(Person))


def test_the_report_is_one_json_value(run):
    outcome = run(GOOD)

    assert outcome.exit_code == 0
    assert json.loads(outcome.stdout) == {
        "read": 1,
        "accepted": 1,
        "unchanged": 0,
        "rejected": 0,
        "rejects": [],
    }
    assert stored() == 1
    assert json.loads(run(GOOD).stdout)["unchanged"] == 1


def test_a_file_with_a_bad_row_stores_nothing(run):
    outcome = run(GOOD, BAD)

    assert outcome.exit_code == 1
    report = json.loads(outcome.stdout)
    assert (report["read"], report["rejected"]) == (2, 1)
    assert [(reject["row"], reject["column"], reject["value"]) for reject in report["rejects"]] == [
        (3, "sex", "?"),
        (3, "listed_on", "30/02/2021"),
    ]
    assert stored() == 0


def test_bad_rows_are_written_to_a_file_when_skipped(run, tmp_path):
    outcome = run(GOOD, BAD, options=("--skip-bad", "--format", "json"))

    assert outcome.exit_code == 0
    report = json.loads(outcome.stdout)
    assert (report["read"], report["accepted"], report["rejected"]) == (2, 1, 1)
    assert stored() == 1
    rejects = (tmp_path / "people.csv.rejects.csv").read_text("utf-8-sig").splitlines()
    (row,) = csv.DictReader(rejects)
    assert row["full_name"] == "Lê Văn Bốn"
    assert "Tháng 2" in row["reject_reason"]


def test_corrections_must_be_asked_for(run):
    run(GOOD)
    changed = {**GOOD, "listed_on": "2021-03-02"}

    assert run(changed).exit_code == 1
    assert run(changed, options=("--correct",)).exit_code == 0
    assert json.loads(run(changed).stdout)["unchanged"] == 1
