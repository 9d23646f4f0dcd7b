"""What is inside the files: read back by other programs than those that wrote them."""

import csv
import re
import subprocess
import unicodedata
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.reports.definition import Column, Row
from app.reports.downloads import file_name
from app.reports.pdf import pdf
from app.reports.spreadsheet import csv_table, xlsx
from tests.factories.reports import make_report

LETTERS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
VIETNAMESE = (
    "".join(
        unicodedata.normalize("NFC", letter + tone)
        for letter in LETTERS + LETTERS.upper()
        for tone in TONES
    )
    + "đĐ"
)

HOSTILE = (
    '=HYPERLINK("http://x","y")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "http://example.org",
    "{=1}",
    "#set page(fill: red)",
    "$x$ *đậm* _nghiêng_ @nhãn \\ `mã`",
)


COLUMNS = (Column("A", width=9), Column("B", width=9, is_number=True), Column("C", width=9))
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def spoken(text):
    """Read what stands for a letter that XML cannot hold, as the standard says (22.9.2.19)."""
    return re.sub(r"_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)


def long_report():
    rows = tuple(Row((n, f"Chi bộ thôn {n} {'rất dài ' * 9}", n)) for n in range(1, 181))
    return make_report(rows=rows)


def text_of(drawn):
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=drawn, capture_output=True, check=True
    ).stdout.decode()


def sheet_of(drawn):
    return ZipFile(BytesIO(drawn)).read("xl/worksheets/sheet1.xml").decode()


def test_the_same_report_gives_the_same_pdf():
    assert pdf(make_report()) == pdf(make_report())


def test_the_pdf_draws_every_vietnamese_letter_with_typefaces_of_its_own(tmp_path):
    letters = [VIETNAMESE[at : at + 12] for at in range(0, len(VIETNAMESE), 12)]
    drawn = pdf(make_report(rows=tuple(Row((1, part, 1)) for part in letters)))

    (tmp_path / "paper.pdf").write_bytes(drawn)
    fonts = subprocess.run(
        ["pdffonts", tmp_path / "paper.pdf"], capture_output=True, check=True, text=True
    ).stdout.splitlines()[2:]
    text = text_of(drawn)

    assert fonts
    assert all("LibertinusSerif" in font and " yes yes yes " in font for font in fonts)
    assert [part for part in letters if part not in text] == []


def test_heads_repeat_on_every_page_and_numbers_begin_on_the_second():
    pages = text_of(pdf(long_report())).rstrip("\f").split("\f")

    assert len(pages) > 2
    assert all("Tên tổ chức đảng" in page for page in pages if "Chi bộ thôn" in page)
    assert all("Nguyễn Văn An xuất lúc 08:00 20/12/2023" in page for page in pages)
    first_lines = [page.split("\n", 1)[0].strip() for page in pages]
    assert first_lines[1:] == [str(number) for number in range(2, len(pages) + 1)]
    assert first_lines[0] != "1"


def test_words_are_never_markup_to_the_pdf():
    drawn = pdf(make_report(rows=tuple(Row((1, words, 1)) for words in HOSTILE)))

    text = text_of(drawn)
    assert "#set page(fill: red)" in text
    assert "*đậm*" in text


def test_a_word_without_an_end_stays_in_its_cell():
    drawn = pdf(make_report(rows=(Row((1, "đ" * 150, 1905)),)))

    lines = [line for line in text_of(drawn).splitlines() if "đđđ" in line]
    assert len(lines) > 2


def test_a_draft_is_marked_in_every_file():
    draft = make_report(mark="DỰ THẢO")

    assert "DỰ THẢO" in text_of(pdf(draft))
    assert ["DỰ THẢO"] in [
        [cell for cell in row if cell]
        for row in CalamineWorkbook.from_filelike(BytesIO(xlsx(draft)))
        .get_sheet_by_index(0)
        .to_python()
    ]


def test_the_workbook_holds_real_numbers_dates_and_percentages():
    report = make_report(
        columns=(Column("A", width=9), Column("B", width=9), Column("C", width=9)),
        rows=(Row((1905, Decimal("77.25"), date(2022, 10, 31))),),
    )

    rows = CalamineWorkbook.from_filelike(BytesIO(xlsx(report))).get_sheet_by_index(0).to_python()

    assert [1905, 77.25, date(2022, 10, 31)] in rows


@given(st.text(min_size=1))
@example(" đầu và cuối ")
@example("a\x01b\tc\rd")
@example("_x0041_ <&> \ufffe")
def test_a_text_is_read_back_as_it_was_typed(words):
    drawn = xlsx(make_report(columns=COLUMNS, rows=(Row((words, 1, None)),)))

    texts = [text.text for text in ET.fromstring(sheet_of(drawn)).iter(f"{SHEET}t")]

    assert [spoken(text) for text in texts] == [words]


def test_a_workbook_reads_its_rows_once_and_numbers_on_below_them():
    rows = (Row((f"Người {n}", n, date(1899 + n, 1, 31)), is_total=n == 3) for n in range(4))

    book = CalamineWorkbook.from_filelike(
        BytesIO(xlsx(make_report(columns=COLUMNS, rows=rows, notes=("Chú thích",))))
    )
    read = book.get_sheet_by_index(0).to_python(skip_empty_area=False)

    heads = read.index(["A", "B", "C"])
    assert read[heads + 1 : heads + 6] == [
        ["Người 0", 0, "31/01/1899"],
        ["Người 1", 1, "31/01/1900"],
        ["Người 2", 2, date(1901, 1, 31)],
        ["Người 3", 3, date(1902, 1, 31)],
        ["Chú thích", "", ""],
    ]


def test_a_table_without_rows_is_a_workbook():
    book = CalamineWorkbook.from_filelike(BytesIO(xlsx(make_report(columns=COLUMNS, rows=()))))

    assert ["A", "B", "C"] in book.get_sheet_by_index(0).to_python()


def test_the_workbook_prints_as_a_paper():
    sheet = sheet_of(xlsx(long_report()))
    names = ZipFile(BytesIO(xlsx(long_report()))).read("xl/workbook.xml").decode()

    assert re.search(r'<pane [^>]*state="frozen"', sheet)
    assert '<pageSetUpPr fitToPage="1"/>' in sheet
    assert re.search(r'<pageSetup [^>]*paperSize="9"[^>]*fitToHeight="0"', sheet)
    assert "_xlnm.Print_Titles" in names
    assert "xuất lúc" in sheet


def test_an_ampersand_in_a_name_is_no_code_of_the_foot():
    sheet = sheet_of(xlsx(make_report(kept_by="An & Bình")))

    assert "An &amp;&amp; Bình" in sheet


@given(st.text(min_size=1))
@example(HOSTILE[0])
@example(HOSTILE[2])
@example(HOSTILE[4])
def test_no_file_runs_what_somebody_typed(words):
    printable = "".join(letter for letter in words if letter.isprintable() or letter in "\t\n")
    report = make_report(rows=(Row((1, printable, 1)),), title=printable or "x")

    sheet = sheet_of(xlsx(report))
    table = StringIO(csv_table(report).decode("utf-8-sig"), newline="")
    _heads, (_number, cell, _total) = csv.reader(table)

    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))


def test_the_plain_table_is_read_back_as_it_was():
    rows = list(csv.reader(StringIO(csv_table(make_report()).decode("utf-8-sig"))))

    assert rows == [
        ["STT", "Tên tổ chức đảng", "Tổng số"],
        ["1", "Đảng bộ huyện Đại Lộc", "1905"],
        ["", "Tổng cộng", "1905"],
    ]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Phụ lục 2024 Kết nạp đảng viên", "phu-luc-2024-ket-nap-dang-vien"),
        ("../../etc/passwd", "etc-passwd"),
        ("…", "bao-cao"),
    ],
)
def test_files_have_names_that_every_system_keeps(name, kept):
    assert file_name(name) == kept
