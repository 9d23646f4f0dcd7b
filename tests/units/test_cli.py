import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.database import db
from app.units.models import Unit
from tests.factories.units import units_csv

BEFORE = Path("tests/data/phu_tho_units_before_2025-07-01.csv")
LINES = (
    "P,,province,Tỉnh P",
    "K,C,cell,Chi bộ K,village_cell,31",
    "C,P,commune,Xã C,,250",
)


@pytest.fixture
def run(app, tenant):
    """Return a function that runs a command on the tenant's data; its outcome."""
    db.session.commit()

    def invoke(*arguments):
        return app.test_cli_runner().invoke(args=["units", *map(str, arguments)])

    return invoke


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file of units; its path."""

    def to_file(*lines, prefix=b"", end="\n"):
        path = tmp_path / "units.csv"
        path.write_bytes(prefix + units_csv(*lines).replace(b"\n", end.encode()))
        return path

    return to_file


def tenant_options(effective="2020-01-01"):
    return ("--tenant", "VINHPHUC", "--effective", effective, "--format", "json")


def tree(run, *options):
    outcome = run("tree", "--tenant", "VINHPHUC", "--format", "json", *options)
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.stdout)


def test_import_prints_its_report_and_tree_shows_the_tree(run, write):
    outcome = run("import", write(*LINES), *tenant_options())

    assert outcome.exit_code == 0
    assert json.loads(outcome.stdout) == {
        "read": 3,
        "accepted": 3,
        "unchanged": 0,
        "rejected": 0,
        "rejects": [],
    }
    assert tree(run) == [
        {
            "code": "P",
            "parent_code": None,
            "level": "province",
            "kind": "provincial_committee",
            "name": "Tỉnh P",
            "members": None,
        },
        {
            "code": "C",
            "parent_code": "P",
            "level": "commune",
            "kind": "commune_committee",
            "name": "Xã C",
            "members": 250,
        },
        {
            "code": "K",
            "parent_code": "C",
            "level": "cell",
            "kind": "village_cell",
            "name": "Chi bộ K",
            "members": 31,
        },
    ]


def test_windows_files_with_a_byte_order_mark_are_read(run, write):
    path = write(*LINES, prefix=b"\xef\xbb\xbf", end="\r\n")

    assert json.loads(run("import", path, *tenant_options()).stdout)["accepted"] == 3


def test_a_real_file_twice_changes_nothing(run):
    run("import", BEFORE, *tenant_options())

    report = json.loads(run("import", BEFORE, *tenant_options()).stdout)

    assert (report["read"], report["unchanged"]) == (514, 514)
    assert len(tree(run)) == 514


def test_the_tree_of_a_day_is_the_one_of_then(run, write):
    run("import", write(*LINES), *tenant_options())
    run("import", write("C,,commune,Phường C"), *tenant_options("2021-01-01"))

    def commune(*options):
        return next(row for row in tree(run, *options) if row["code"] == "C")

    assert commune("--as-of", "2020-12-31")["parent_code"] == "P"
    assert commune("--as-of", "2020-12-31")["name"] == "Xã C"
    assert commune()["parent_code"] is None
    assert commune()["name"] == "Phường C"
    assert commune("--as-of", "2019-01-01")["members"] is None


def test_the_text_form_indents_what_stands_below(run, write):
    run("import", write(*LINES), *tenant_options())

    outcome = run("tree", "--tenant", "VINHPHUC")

    assert outcome.stdout.splitlines() == [
        "P  Tỉnh P (provincial_committee)",
        "  C  Xã C (commune_committee, 250)",
        "    K  Chi bộ K (village_cell, 31)",
    ]


def test_a_file_with_a_bad_row_is_refused_with_row_column_and_reason(run, write):
    outcome = run("import", write(*LINES, "X,Z,commune,Xã X"), *tenant_options())

    report = json.loads(outcome.stdout)
    assert outcome.exit_code == 1
    assert (report["read"], report["rejected"]) == (4, 1)
    assert report["rejects"] == [
        {
            "row": 5,
            "column": "parent_code",
            "value": "Z",
            "reason": "Không có tổ chức cấp trên này trong tệp và trong cây tổ chức.",
        }
    ]
    assert tree(run) == []


def test_skipping_bad_rows_writes_them_to_a_file(run, write):
    path = write(*LINES, "X,Z,commune,Xã X", "Y,X,commune,Xã Y")

    outcome = run("import", path, *tenant_options(), "--skip-bad")

    assert outcome.exit_code == 0
    assert json.loads(outcome.stdout)["accepted"] == 3
    rejected = path.with_name("units.csv.rejects.csv").read_text(encoding="utf-8-sig")
    assert [line.split(",")[1] for line in rejected.splitlines()] == ["code", "X", "Y"]
    assert len(tree(run)) == 3


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("tree", "--tenant", "NOWHERE"), 1),
        (("tree",), 2),
        (("tree", "--tenant", "VINHPHUC", "--as-of", "hôm qua"), 2),
    ],
)
def test_wrong_questions_end_with_their_status(run, arguments, status):
    assert run(*arguments).exit_code == status


def test_the_first_command_of_a_day_draws_up_the_tree_of_that_day(run, write):
    with clock.frozen(date(2022, 6, 30)):
        run("import", write("P,,province,P", "D,P,district,D", "C,P,commune,C"), *tenant_options())
        run("import", write("C,D,commune,Phường C"), *tenant_options("2022-07-01"))
        assert db.session.scalars(select(Unit.path).where(Unit.code == "C")).one() == "1.3."
        db.session.rollback()
    with clock.frozen(date(2022, 7, 1)):
        tree(run)

    commune = db.session.execute(select(Unit.name, Unit.path).where(Unit.code == "C")).one()
    assert tuple(commune) == ("Phường C", "1.2.3.")
