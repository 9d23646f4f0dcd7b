"""A report as a spreadsheet laid out to be printed, and as a plain table for other programs.

Text is written as text: whatever a name begins with, no cell is a formula or an address.
"""

import csv
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.reports.definition import Report, Value
from app.reports.sheet_rows import LOOKS, RowWriter

_A4 = 9
_MILLIMETRES = 25.4
_TYPEFACE = "Times New Roman"
_LONGEST_FOOT = 200
_LONGEST_SHEET_NAME = 31
_FORBIDDEN_IN_SHEET_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_SHEET = "xl/worksheets/sheet1.xml"
# A file a third longer for half the time.
_LIGHTLY = 1
_NUMBER_FORMATS: Mapping[type, str] = {
    int: "#,##0",
    Decimal: '0.00"%"',
    date: "dd/mm/yyyy",
    str: "General",
}
_LIVE = ("=", "+", "-", "@", "\t", "\r", "\n")
# Workbooks are stamped; the instant that matters stands at the foot of the page.
_NO_INSTANT = datetime(2000, 1, 1)  # noqa: DTZ001 a workbook knows no time zones


def xlsx(report: Report) -> bytes:
    """Draw a report as a workbook of one sheet; its rows are read once and never held.

    The workbook is drawn around a single row that stands for the table's, which are written in
    its place, compressed as they come; then drawn anew, for now it is known where they end.
    """
    first, parts = _frame(report, rows=1)
    above, sample, _below = _around(first, parts[_SHEET])
    styles = dict(zip(LOOKS, map(int, re.findall(r' s="(\d+)"', sample)), strict=True))
    writer = RowWriter(report.columns, styles, first)
    kept = BytesIO()
    with ZipFile(kept, "w", ZIP_DEFLATED, compresslevel=_LIGHTLY) as book:
        with book.open(_SHEET, "w") as sheet:
            sheet.write(above.encode())
            for some in writer.markup(report.rows):
                sheet.write(some.encode())
            first, parts = _frame(report, rows=max(1, writer.written))
            sheet.write(_around(first, parts.pop(_SHEET))[-1].encode())
        for name, content in parts.items():
            with book.open(name, "w") as part:
                part.write(content)
    return kept.getvalue()


def _frame(report: Report, rows: int) -> tuple[int, dict[str, bytes]]:
    """Draw the workbook with room for so many rows; return the number of the first one."""
    drawn = BytesIO()
    book = Workbook(
        drawn,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": report.title, "created": _NO_INSTANT})
    first = _Sheet(book, report).draw(rows)
    book.close()
    with ZipFile(drawn) as parts:
        return first, {name: parts.read(name) for name in parts.namelist()}


def _around(first: int, sheet: bytes) -> tuple[str, str, str]:
    """Part a sheet into what is above the row that stands for the table, the row, and below.

    How large the sheet is, which may stand on top, is not known there yet.
    """
    drawn = re.sub("<dimension [^>]*/>", "", sheet.decode())
    above, row, below = re.split(rf'(<row r="{first}".*?</row>)', drawn, maxsplit=1)
    return above, row, below


def csv_table(report: Report) -> bytes:
    """Write the table alone, heads first, as UTF-8 that spreadsheet programs recognise.

    Numbers are plain (1950, 77.25, 2022-10-31). A text that a spreadsheet program would run
    begins with an apostrophe.
    """
    kept = StringIO()
    writer = csv.writer(kept)
    writer.writerow([_harmless(column.label) for column in report.columns])
    writer.writerows([_plain(value) for value in row.values] for row in report.rows)
    return kept.getvalue().encode("utf-8-sig")


def _plain(value: Value) -> object:
    return _harmless(value) if isinstance(value, str) else value


def _harmless(text: str) -> str:
    is_live = text.startswith(_LIVE) or text.lstrip().startswith(_LIVE)
    return f"'{text}" if is_live else text


class _Sheet:
    """The one sheet of a workbook, drawn from its top to its foot."""

    def __init__(self, book: Workbook, report: Report) -> None:
        self._book = book
        self._report = report
        self._last = len(report.columns) - 1
        name = report.name.translate(_FORBIDDEN_IN_SHEET_NAME).strip()[:_LONGEST_SHEET_NAME]
        self._sheet: Worksheet = book.add_worksheet(name)
        self._row = 0
        self._styles: dict[frozenset[tuple[str, object]], Format] = {}

    def draw(self, rows: int) -> int:
        """Draw everything but the rows of the table; return the number of the first one."""
        self._set_page()
        self._letterhead()
        for line in (self._report.title, *self._report.subtitles):
            self._across(line, bold=line is self._report.title, align="center", text_wrap=True)
        self._row += 1
        self._heads()
        first = self._row
        self._sample()
        self._row += rows
        for note in self._report.notes:
            self._across(note, align="left", text_wrap=True)
        self._signature()
        return first + 1

    def _set_page(self) -> None:
        margins = self._report.margins
        self._sheet.set_paper(_A4)
        if self._report.is_wide:
            self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)
        self._sheet.set_margins(
            left=margins.left / _MILLIMETRES,
            right=margins.right / _MILLIMETRES,
            top=margins.top / _MILLIMETRES,
            bottom=margins.bottom / _MILLIMETRES,
        )
        self._sheet.set_header("&C&P")
        # An ampersand would begin a code of the foot's own.
        self._sheet.set_footer("&R&8" + self._report.kept_by[:_LONGEST_FOOT].replace("&", "&&"))
        for place, column in enumerate(self._report.columns):
            self._sheet.set_column(place, place, column.width)

    def _letterhead(self) -> None:
        head = self._report.letterhead
        left = [line for line in (head.superior, head.issuer, "*", self._report.mark) if line]
        right = [head.motto, head.place_and_day]
        middle = max(self._last // 2, 0)
        for number in range(max(len(left), len(right))):
            bold = self._style(bold=True, align="center")
            if number < len(left):
                self._merge(0, middle, left[number], bold)
            if number < len(right) and middle < self._last:
                italic = self._style(italic=True, align="center")
                self._merge(middle + 1, self._last, right[number], italic if number else bold)
            self._row += 1
        self._row += 1

    def _heads(self) -> None:
        first = self._row
        # A cell that spans two rows of the head leaves no place in the second.
        for depth, heads in enumerate(self._report.heads):
            places = [
                place
                for place, column in enumerate(self._report.columns)
                if depth == 0 or column.group is not None
            ]
            for head in heads:
                place = places[0]
                style = self._style(bold=True, align="center", border=1, text_wrap=True)
                last = (first + depth + head.rows - 1, place + head.columns - 1)
                if (first + depth, place) == last:
                    self._sheet.write_string(*last, head.label, style)
                else:
                    self._sheet.merge_range(first + depth, place, *last, "", style)
                    self._sheet.write_string(first + depth, place, head.label, style)
                places = places[head.columns :]
        self._row += len(self._report.heads)
        self._sheet.freeze_panes(self._row, min(2, self._last))
        self._sheet.repeat_rows(first, self._row - 1)

    def _sample(self) -> None:
        """Draw a cell of every look, so that the workbook knows them."""
        for place, look in enumerate(LOOKS):
            style: dict[str, object] = {
                "bold": look.is_total,
                "border": 1,
                "align": "right" if look.is_number else "left",
                "text_wrap": True,
                "num_format": _NUMBER_FORMATS[look.kind],
            }
            self._sheet.write_blank(self._row, place, None, self._style(**style))

    def _signature(self) -> None:
        self._row += 1
        signature = self._report.signature
        signed = (
            []
            if signature is None
            else [signature.authority, signature.title, "", "", signature.name or ""]
        )
        copies = ["Nơi nhận:", *self._report.copies_to] if self._report.copies_to else []
        middle = max(self._last // 2, 0)
        for number in range(max(len(signed), len(copies))):
            if number < len(copies):
                style = self._style(italic=number == 0, align="left")
                self._merge(0, middle, copies[number], style)
            if number < len(signed) and middle < self._last:
                style = self._style(bold=True, align="center")
                self._merge(middle + 1, self._last, signed[number], style)
            self._row += 1

    def _across(self, text: str, **style: object) -> None:
        self._merge(0, self._last, text, self._style(**style))
        self._row += 1

    def _merge(self, first: int, last: int, text: str, style: Format) -> None:
        if first < last:
            self._sheet.merge_range(self._row, first, self._row, last, "", style)
        self._sheet.write_string(self._row, first, text, style)

    def _style(self, **wanted: object) -> Format:
        kept = self._styles.get(key := frozenset(wanted.items()))
        if kept is None:
            shared = {"font_name": _TYPEFACE, "font_size": 13, "valign": "vcenter"}
            kept = self._styles[key] = self._book.add_format({**shared, **wanted})
        return kept
