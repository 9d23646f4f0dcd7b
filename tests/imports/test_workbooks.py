"""Workbooks: read as texts, and refused before they take memory."""

import io
import resource
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime

import pytest
import xlsxwriter

from app.core.errors import Refused
from app.imports.rules import Column, read_table
from app.imports.workbooks import LARGEST_UNPACKED, check_workbook, workbook_records


def workbook(*rows):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write(number, column, value)
    return out.getvalue()


def package(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return out.getvalue()


def sheet_of(body):
    return package(xl__worksheets__sheet1=f"<worksheet><sheetData>{body}</sheetData></worksheet>")


def test_cells_are_read_as_texts():
    content = workbook(["a", "b"], [1, date(2026, 11, 3)], [2.5, "Đỗ"], [True, None])

    assert workbook_records(content) == [
        ["a", "b"],
        ["1", "2026-11-03"],
        ["2.5", "Đỗ"],
        ["1", ""],
    ]


def test_a_moment_of_a_day_keeps_its_time():
    moment = datetime(2026, 11, 3, 9, 30, tzinfo=UTC).replace(tzinfo=None)

    assert workbook_records(workbook([moment])) == [["2026-11-03T09:30:00"]]


def test_a_table_is_read_from_a_workbook_by_the_titles_of_its_columns():
    columns = (Column("name", titles=("Họ và tên",)), Column("born"))

    table = read_table(workbook(["HỌ VÀ TÊN", "born"], ["An", date(1990, 1, 2)]), columns)

    assert [dict(row.values) for row in table.rows] == [{"name": "An", "born": "1990-01-02"}]


@pytest.mark.parametrize(
    "body",
    [
        '<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        '<row r="1"><c r="XFD1"><v>1</v></c></row>',
        "<row r=\"1\"><c r = 'BA1'><v>1</v></c></row>",
        "<row/>" * 150_001,
    ],
)
def test_a_cell_far_away_is_refused(body):
    with pytest.raises(Refused, match="quá lớn"):
        check_workbook(sheet_of(body))


def test_a_plain_archive_is_no_workbook():
    with pytest.raises(Refused, match="Đây là tệp nén"):
        check_workbook(package(anything="x"))


def test_a_size_that_was_declared_too_small_is_refused():
    content = bytearray(sheet_of("<row><c><v>1</v></c></row>" * 1000))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")

    with pytest.raises(Refused, match="hỏng"):
        check_workbook(bytes(content))


def test_a_bomb_takes_neither_time_nor_memory():
    """The limits are the kernel's own: a second of processor time, 300 MB of address space."""
    bomb = sheet_of("<row><c><v>1</v></c></row>" * (2 * LARGEST_UNPACKED // 27))
    script = (
        "import sys\n"
        "from app.core.errors import Refused\n"
        "from app.imports.workbooks import check_workbook\n"
        "content = sys.stdin.buffer.read()\n"
        "import resource\n"
        "used = resource.getrusage(resource.RUSAGE_SELF).ru_utime\n"
        "try:\n    check_workbook(content)\n"
        "except Refused:\n    pass\n"
        "else:\n    sys.exit('not refused')\n"
        "after = resource.getrusage(resource.RUSAGE_SELF)\n"
        "sys.exit(0 if after.ru_utime - used < 1 else 'took too long')\n"
    )

    outcome = subprocess.run(
        [sys.executable, "-c", script],
        input=bomb,
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20)),
        check=False,
    )

    assert outcome.returncode == 0, outcome.stderr.decode()
