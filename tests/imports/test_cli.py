"""How import commands take their file, print their report and end."""

import json

import click
import pytest
from click.testing import CliRunner

from app.core.messages import message
from app.imports.cli import import_options, run_import
from app.imports.rules import Column, code, conclude

COLUMNS = (Column("code", code), Column("name"))
GOOD = "code,name\nP26,Vĩnh Phúc\nC1,Ngũ Kiên\n"
BAD = "code,name\nP26,Vĩnh Phúc\nC1,\n"


@pytest.fixture
def stored():
    """What the command below has stored."""
    return []


@pytest.fixture
def command(stored):
    @click.command()
    @click.option("--taken", multiple=True)
    @import_options
    def load(request, taken):
        def store(table):
            rejects = [
                row.reject("code", message("Mã đã có."))
                for row in table.rows
                if row.values["code"] in taken
            ]
            report = conclude(table, rejects, unchanged=0, skip_bad=request.skip_bad)
            stored.extend(row.values["code"] for row in table.rows)
            return report

        run_import(request, COLUMNS, store)

    return load


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def run(command, *arguments, **options):
    return CliRunner().invoke(command, arguments, **options)


def test_good_file_is_stored_and_reported(command, stored, folder):
    (folder / "units.csv").write_text(GOOD)

    result = run(command, "units.csv")

    assert result.exit_code == 0
    assert result.stdout == "Đọc 2 dòng: 2 nhận (0 không đổi), 0 loại.\n"
    assert stored == ["P26", "C1"]
    assert names(folder) == ["units.csv"]


def test_json_report_stands_alone_on_standard_output(command, folder):
    (folder / "units.csv").write_text(BAD)

    result = run(command, "units.csv", "--skip-bad", "--format", "json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "read": 2,
        "accepted": 1,
        "unchanged": 0,
        "rejected": 1,
        "rejects": [{"row": 3, "column": "name", "value": "", "reason": "Không được để trống."}],
    }
    assert result.stderr == "Các dòng bị loại ghi ở units.csv.rejects.csv\n"


def test_file_with_a_bad_row_is_refused(command, stored, folder):
    (folder / "units.csv").write_text(BAD)

    result = run(command, "units.csv")

    assert result.exit_code == 1
    assert result.stdout == (
        "Không lưu gì: 1 trong 2 dòng của tệp có lỗi.\n  dòng 3, name “”: Không được để trống.\n"
    )
    assert stored == []
    assert names(folder) == ["units.csv"]


def test_row_that_the_command_rejects_refuses_the_file_too(command, stored, folder):
    (folder / "units.csv").write_text(GOOD)

    result = run(command, "units.csv", "--taken", "C1", "--format", "json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["rejects"] == [
        {"row": 3, "column": "code", "value": "C1", "reason": "Mã đã có."}
    ]
    assert stored == []


def test_unreadable_file_is_refused_with_a_report(command, folder):
    (folder / "units.csv").write_bytes(b"code,name\nP26,V\xdcnh\n")

    result = run(command, "units.csv", "--skip-bad", "--format", "json")

    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["read"], report["accepted"], report["rejected"]) == (0, 0, 0)
    assert report["rejects"][0]["row"] == 2


def test_rejected_rows_are_written_beside_the_file_to_be_imported_again(command, stored, folder):
    (folder / "units.csv").write_text(BAD)
    run(command, "units.csv", "--skip-bad")
    rejected = folder / "units.csv.rejects.csv"
    rejected.write_text(rejected.read_text().replace("C1,", "C1,Ngũ Kiên"))
    stored.clear()

    result = run(command, "units.csv.rejects.csv")

    assert result.exit_code == 0
    assert stored == ["C1"]


def test_rejected_rows_go_where_they_are_told(command, folder):
    (folder / "units.csv").write_text(BAD)

    run(command, "units.csv", "--skip-bad", "--rejects-file", "wrong.csv")

    assert names(folder) == ["units.csv", "wrong.csv"]


def test_file_may_come_from_standard_input(command, stored, folder):
    result = run(command, "-", "--skip-bad", input=BAD)

    assert result.exit_code == 0
    assert stored == ["P26"]
    assert names(folder) == ["stdin.rejects.csv"]


def test_rejects_that_cannot_be_written_are_told_of(command, stored, folder):
    (folder / "units.csv").write_text(BAD)

    result = run(command, "units.csv", "--skip-bad", "--rejects-file", "absent/wrong.csv")

    assert result.exit_code == 1
    assert "Các dòng tốt đã lưu" in result.stderr
    assert "Không được để trống." in result.stdout
    assert stored == ["P26"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["absent.csv"],
        ["."],
        [],
        ["units.csv", "--rejects-file", "units.csv"],
        ["units.csv", "--rejects-file", "./units.csv"],
        ["units.csv", "--format", "xml"],
    ],
)
def test_wrong_usage_ends_with_2_and_stores_nothing(command, stored, folder, arguments):
    (folder / "units.csv").write_text(GOOD)

    result = run(command, *arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert stored == []
    assert (folder / "units.csv").read_text() == GOOD
