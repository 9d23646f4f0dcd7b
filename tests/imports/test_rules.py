"""Tables in CSV files: what is read, what is refused and why, and how rejects go back."""

import csv
import io
import json
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.core.messages import message
from app.imports.rules import (
    LONGEST_CODE,
    LONGEST_TEXT,
    REASON_COLUMN,
    Column,
    ImportRefused,
    ImportReport,
    choice,
    code,
    conclude,
    day,
    optional,
    read_table,
    rejects_csv,
    text,
    whole_number,
)

COLUMNS = (
    Column("code", code),
    Column("name"),
    Column("level", choice(["province", "commune"])),
    Column("members", optional(whole_number), required=False),
)
HEADER = "code,name,level,members\n"
BOM = b"\xef\xbb\xbf"


def read(content, columns=COLUMNS):
    return read_table(content.encode() if isinstance(content, str) else content, columns)


def refusals(content):
    """The file's refusal as (row, column, value, reason) of each cause."""
    with pytest.raises(ImportRefused) as refused:
        read(content)
    report = refused.value.report
    assert (report.read, report.accepted, report.rejected) == (0, 0, 0)
    return [(r.row, r.column, r.value, str(r.reason)) for r in report.rejects]


def rejects(table):
    return [(r.row, r.column, r.value, str(r.reason)) for r in table.rejects]


# What is read


def test_rows_are_read_with_their_numbers_values_and_texts():
    table = read(HEADER + "P26, Tỉnh  Vĩnh Phúc ,province,1.545\nC1,Xã Ngũ Kiên,COMMUNE,\n")

    assert table.read == 2
    assert table.rejects == ()
    first, second = table.rows
    assert first.number == 2
    assert first.values == {
        "code": "P26",
        "name": "Tỉnh Vĩnh Phúc",
        "level": "province",
        "members": 1545,
    }
    assert first.texts["name"] == " Tỉnh  Vĩnh Phúc "
    assert second.values["level"] == "commune"
    assert second.values["members"] is None


@pytest.mark.parametrize("bom", [b"", BOM])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("last_line_end", [True, False])
def test_every_usual_way_to_write_a_table_reads_alike(bom, line_end, delimiter, last_line_end):
    lines = ["code,name,level,members", 'P26,"Tỉnh ""V"", Phúc",province,5']
    if delimiter != ",":
        lines = [line.replace(",", delimiter) for line in lines]
    content = line_end.join(lines) + line_end * last_line_end

    (row,) = read(bom + content.encode()).rows

    assert row.values["name"] == f'Tỉnh "V"{delimiter.strip()} Phúc'


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_signs_of_the_rows_do_not_decide_what_separates_cells(line_end):
    lines = ["code,name,level", "P26,Vĩnh;Phúc;;;;;;,province"]

    (row,) = read(line_end.join(lines)).rows

    assert row.values["name"] == "Vĩnh;Phúc;;;;;;"


def test_columns_may_stand_in_any_order_and_optional_ones_be_absent():
    (row,) = read("Level , NAME,code\nprovince,Vĩnh Phúc,P26\n").rows

    assert row.values == {"code": "P26", "name": "Vĩnh Phúc", "level": "province"}
    assert "members" not in row.texts


def test_quoted_line_breaks_stay_in_their_row():
    table = read(HEADER + 'P26,"Tỉnh\nVĩnh Phúc",province,\nC1,Xã,commune,x\n')

    assert table.rows[0].values["name"] == "Tỉnh Vĩnh Phúc"
    assert [reject.row for reject in table.rejects] == [3]


def test_blank_rows_are_passed_over_but_counted_in_numbers():
    table = read(HEADER + "\nP26,Vĩnh Phúc,province,\n,, ,\nC1,Xã,nowhere,\n")

    assert table.read == 2
    assert [row.number for row in table.rows] == [3]
    assert [reject.row for reject in table.rejects] == [5]


def test_table_with_a_header_alone_has_no_rows():
    table = read(HEADER)

    assert (table.read, table.rows, table.rejects) == (0, (), ())


# Files that are refused as a whole


@pytest.mark.parametrize("content", [b"", BOM, b"\r\n\r\n", BOM + b" \n"])
def test_empty_file_is_refused_with_the_columns_it_needs(content):
    assert refusals(content) == [
        (1, "", "", "Tệp trống; dòng đầu phải là tên các cột: code, name, level.")
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_by_name(encoding):
    ((_, _, _, reason),) = refusals((HEADER + "P26,Vĩnh Phúc,province,\n").encode(encoding))

    assert reason.startswith("Tệp ghi bằng mã UTF-16; hãy lưu lại bằng mã UTF-8")


@pytest.mark.parametrize(
    ("line", "byte"),
    [
        # Windows-1258 and TCVN3 for “Vĩnh Phúc”.
        (b"P26,Vi\xden Ph\xfac,province,\n", "0xDE"),
        (b"P26,V\xdcnh Ph\xf3c,province,\n", "0xDC"),
    ],
)
def test_old_encodings_are_refused_with_the_line_and_what_to_do(line, byte):
    ((row, _, value, reason),) = refusals(HEADER.encode() + b"C1,X\xc3\xa3,commune,\n" + line)

    assert (row, value) == (3, byte)
    assert "CSV UTF-8" in reason
    assert "TCVN3" in reason


@pytest.mark.parametrize(
    ("content", "advice"),
    [(b"PK\x03\x04rest", "hãy lưu lại"), (b"\xd0\xcf\x11\xe0rest", "lưu dạng .xlsx")],
)
def test_workbooks_that_cannot_be_opened_are_refused_with_advice(content, advice):
    ((_, _, _, reason),) = refusals(content)

    assert advice in reason


def test_everything_wrong_with_the_header_is_said_at_once():
    assert refusals("code,colour,,name,Name,\nP26,đỏ,,a,b,\n") == [
        (1, "level", "", "Thiếu cột level."),
        (
            1,
            "colour",
            "colour",
            "Không có cột nào tên là colour; các cột nhận được: code, name, level, members.",
        ),
        (1, "", "", "Có 2 cột không có tên: hãy xoá hoặc đặt tên."),
        (1, "name", "name", "Cột name có 2 lần."),
    ]


def test_damaged_column_name_is_refused():
    assert ("code\0" in {column for _, column, _, _ in refusals("code\0,name,level\n")}) is True


@pytest.mark.parametrize(
    "line", ['P26,"Vĩnh Phúc,province,\nC1,Xã,commune,\n', 'P26,"Vĩnh" Phúc,province,\n']
)
def test_misplaced_quotes_are_refused_at_the_row_where_they_begin(line):
    ((row, _, _, reason),) = refusals(HEADER + "C0,Xã,commune,\n" + line)

    assert row == 3
    assert "dấu nháy kép" in reason


# Rows that are rejected


def test_every_fault_of_a_row_is_reported_and_the_row_counts_once():
    table = read(HEADER + "P 26,,nowhere,1.5\nP26,Vĩnh Phúc,province,\n")

    assert rejects(table) == [
        (
            2,
            "code",
            "P 26",
            "Mã chỉ gồm chữ cái, chữ số và các dấu . _ - / và bắt đầu bằng chữ cái hoặc chữ số.",
        ),
        (2, "name", "", "Không được để trống."),
        (2, "level", "nowhere", "Chỉ nhận: province, commune."),
        (
            2,
            "members",
            "1.5",
            "“1.5” không phải số nguyên; viết 1545 hoặc 1.545 (dấu chấm phân cách hàng nghìn).",
        ),
    ]
    assert [row.number for row in table.rows] == [3]
    report = conclude(table, unchanged=0, skip_bad=True)
    assert (report.read, report.accepted, report.rejected) == (2, 1, 1)


@pytest.mark.parametrize(
    ("line", "column", "value", "cells"),
    [
        ("P26,Vĩnh Phúc", "level", "", 2),
        ("P26,Vĩnh Phúc,province,5,more,still", "", "more", 6),
    ],
)
def test_ragged_row_is_rejected_where_it_parts_from_the_header(line, column, value, cells):
    assert rejects(read(HEADER + line + "\n")) == [
        (2, column, value, f"Dòng có {cells} ô mà bảng có 4 cột.")
    ]


@pytest.mark.parametrize("damage", ["\0", "\ufffd"])
def test_damaged_cell_is_rejected_instead_of_cleaned(damage):
    ((row, column, value, reason),) = rejects(read(HEADER + f"P26,V{damage}nh,province,\n"))

    assert (row, column, value) == (2, "name", f"V{damage}nh")
    assert reason.startswith("Có ký tự hỏng")


def test_command_rejects_a_row_with_the_text_that_stood_in_it():
    (row,) = read(HEADER + "P26, Vĩnh  Phúc,province,\n").rows

    reject = row.reject("name", message("Đã có tên này."))

    assert (reject.row, reject.column, reject.value) == (2, "name", " Vĩnh  Phúc")
    assert row.reject("other", message("Thiếu.")).value == ""


# Cells


@pytest.mark.parametrize("cell", ["P26", "08725", "S-QS", "CB.01/ĐU", " a_1 "])
def test_codes_are_letters_and_digits_with_a_few_signs(cell):
    assert code(cell) == cell.strip()


@pytest.mark.parametrize("cell", ["", "-1", "=1", "@x", "P 26", "a,b", "x" * (LONGEST_CODE + 1)])
def test_other_codes_are_refused(cell):
    with pytest.raises(Refused):
        code(cell)


def test_text_has_a_length_that_can_be_stored():
    assert text("x" * LONGEST_TEXT)
    with pytest.raises(Refused, match="nhiều nhất 300 ký tự"):
        text("x" * (LONGEST_TEXT + 1))


def test_optional_reads_blank_as_none_and_the_rest_as_usual():
    parse = optional(day)

    assert parse(" \u200b") is None
    assert parse("30/09/2022") == date(2022, 9, 30)
    with pytest.raises(Refused):
        parse("30/02/2022")


# Reports


def test_rows_rejected_twice_count_once_and_stand_in_file_order():
    table = read(HEADER + "P26,A,province,\nC1,B,commune,\nC2,C,commune,\nC3,D,nowhere,\n")
    found = [
        table.rows[2].reject("name", message("Trùng tên.")),
        table.rows[0].reject("code", message("Trùng mã.")),
        table.rows[0].reject("name", message("Trùng tên.")),
    ]

    report = conclude(table, found, unchanged=1, skip_bad=True)

    assert (report.read, report.accepted, report.unchanged, report.rejected) == (4, 1, 1, 3)
    assert [(r.row, r.column) for r in report.rejects] == [
        (2, "code"),
        (2, "name"),
        (4, "name"),
        (5, "level"),
    ]


def test_file_with_a_bad_row_is_refused_unless_bad_rows_are_skipped():
    table = read(HEADER + "P26,A,province,\nC1,B,nowhere,\n")

    with pytest.raises(ImportRefused) as refused:
        conclude(table, unchanged=0, skip_bad=False)

    assert str(refused.value) == "Không lưu gì: 1 trong 2 dòng của tệp có lỗi."
    assert refused.value.report == conclude(table, unchanged=0, skip_bad=True)


def test_refusal_of_a_whole_file_says_its_cause():
    with pytest.raises(ImportRefused) as refused:
        read("code,name\n")

    assert str(refused.value) == "Thiếu cột level."


def test_report_has_the_documented_shape():
    table = read(HEADER + "P26,A,province,\nC1,B,nowhere,\n")

    printed = json.dumps(conclude(table, unchanged=1, skip_bad=True).as_json(), ensure_ascii=False)

    assert json.loads(printed) == {
        "read": 2,
        "accepted": 1,
        "unchanged": 1,
        "rejected": 1,
        "rejects": [
            {
                "row": 3,
                "column": "level",
                "value": "nowhere",
                "reason": "Chỉ nhận: province, commune.",
            }
        ],
    }


@pytest.mark.parametrize(
    "counts",
    [
        {"read": 3, "accepted": 1, "unchanged": 0, "rejected": 1},
        {"read": 3, "accepted": 2, "unchanged": 3, "rejected": 1},
    ],
)
def test_report_that_does_not_add_up_cannot_be_made(counts):
    with pytest.raises(ValueError, match="accepted"):
        ImportReport(**counts)


# Rejected rows written back


def written_rows(content):
    assert content.startswith(BOM)
    return list(csv.reader(io.StringIO(content.removeprefix(BOM).decode(), newline="")))


def test_rejected_rows_are_written_with_their_reasons():
    table = read("name,code,level\nA,P26,province\n=B,,nowhere\nshort\n")

    assert written_rows(rejects_csv(table, table.rejects)) == [
        [REASON_COLUMN, "name", "code", "level"],
        ["code: Không được để trống.; level: Chỉ nhận: province, commune.", "'=B", "", "nowhere"],
        ["code: Dòng có 1 ô mà bảng có 3 cột.", "short"],
    ]


def test_corrected_rejects_are_imported_and_the_reasons_ignored():
    table = read(HEADER + "C1,=Xã,nowhere,\n")
    written = rejects_csv(table, table.rejects).decode()

    corrected = read(written.replace(",nowhere,", ",commune,"))

    assert corrected.rejects == ()
    assert corrected.rows[0].values == {
        "code": "C1",
        "name": "=Xã",
        "level": "commune",
        "members": None,
    }


def test_rejecting_again_replaces_the_reasons():
    table = read(f"{REASON_COLUMN},code,name,level\ncũ,C1,Xã,nowhere\n")

    assert written_rows(rejects_csv(table, table.rejects)) == [
        [REASON_COLUMN, "code", "name", "level"],
        ["level: Chỉ nhận: province, commune.", "C1", "Xã", "nowhere"],
    ]


ANYTHING = (Column("a", lambda cell: cell), Column("b", lambda cell: cell))


def refuse(cell):
    raise Refused(message("Không nhận."))


storable_cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufffd"))
formula_cells = st.text(st.sampled_from("'=+-@＝\t\r\n ,\";a"), max_size=6)


@example("'=1", "''=1")
@example("=1+1", " =1")
@example("\r", "a\r\nb")
@given(storable_cells | formula_cells, storable_cells | formula_cells)
def test_rejected_cells_come_back_as_they_stood(a, b):
    source = io.StringIO(newline="")
    csv.writer(source).writerows([["a", "b"], [a, b], ["x", "y"]])
    refusing = (ANYTHING[0], Column("b", refuse))
    first = read(source.getvalue(), refusing)

    again = read(rejects_csv(first, first.rejects), ANYTHING)

    # Reading takes the first apostrophe off a cell such as '=1, once and for all.
    taken = [tuple(cells) for cells in first.originals.values()]
    assert [(row.values["a"], row.values["b"]) for row in again.rows] == taken
    second = read(rejects_csv(first, first.rejects), refusing)
    assert rejects_csv(second, second.rejects) == rejects_csv(first, first.rejects)


@given(st.lists(formula_cells, min_size=2, max_size=2))
def test_no_written_cell_is_a_formula(cells):
    source = io.StringIO(newline="")
    csv.writer(source).writerows([["a", "b"], cells])
    table = read(source.getvalue(), (ANYTHING[0], Column("b", refuse)))

    for row in written_rows(rejects_csv(table, table.rejects)):
        for cell in row:
            assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "＝"))
            assert not cell.startswith(("\t", "\r", "\n"))


# Anything at all


def check_adds_up(content):
    try:
        table = read(content)
    except ImportRefused:
        return
    report = conclude(table, unchanged=0, skip_bad=True)
    assert report.accepted == len(table.rows)
    assert report.accepted + report.rejected == report.read
    assert {row.number for row in table.rows}.isdisjoint(r.row for r in report.rejects)
    read(rejects_csv(table, table.rejects))


@example(b"\xff\xfe")
@example(b"\x00")
@example(BOM + BOM + HEADER.encode())
@given(st.binary())
def test_any_bytes_are_read_or_refused(content):
    check_adds_up(content)


@example("\u202eP26,\u200b,province,9" + "9" * 5000)
@example("x" * 200_000 + ",a,province,1")
@given(st.text(st.characters(codec="utf-8") | st.sampled_from('",\r\n;\t\0')))
def test_any_text_below_the_header_adds_up(body):
    check_adds_up(HEADER + body)
