"""Workbooks: read as texts, and refused before they take memory."""

import io
import resource
import subprocess
import sys
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.imports.rules import Column, read_table
from app.imports.sources import Unreadable, read_source
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


WHOLE = workbook(["Họ và tên", "born"], ["An", date(1990, 1, 2)], ["Đỗ", 1.5], [True, None])
PARTS = zipfile.ZipFile(io.BytesIO(WHOLE)).namelist()


@given(st.data())
def test_a_damaged_package_is_read_or_refused(data):
    """A byte or a stretch of the file is another: what a broken transfer leaves."""
    at = data.draw(st.integers(0, len(WHOLE) - 1))
    other = data.draw(st.binary(max_size=40))

    read_or_refuse(WHOLE[:at] + other + WHOLE[at + data.draw(st.integers(0, 40)) :])


@given(st.data())
def test_a_package_with_a_damaged_part_is_read_or_refused(data):
    """A part says something else, in a package that is whole: what another program may write."""
    damaged, out = data.draw(st.sampled_from(PARTS)), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as whole, zipfile.ZipFile(out, "w") as package:
        for name in PARTS:
            content = whole.read(name)
            if name == damaged:
                at = data.draw(st.integers(0, len(content)))
                other = data.draw(st.binary(max_size=40) | st.sampled_from(SAID_WRONGLY))
                content = content[:at] + other + content[at + data.draw(st.integers(0, 40)) :]
            package.writestr(name, content)

    read_or_refuse(out.getvalue())


SAID_WRONGLY = (
    *(b'<c r="A0"><v>1</v></c>', b'<c r="A1" t="s"><v>99</v></c>', b'<c t="d"><v>31/02</v></c>'),
    *(b"<v>1e999</v>", b"<v>nan</v>", b"&boom;", b"</sheetData>", b'<row r="-1">', b"<!DOCTYPE a>"),
)


def read_or_refuse(content):
    with suppress(Unreadable):
        read_source(content)


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
