"""The spreadsheet that a unit fills in: its cells and codes to choose from, dates as dates."""

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter
from flask_babel import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from app.cases.sheet_rows import DATES, NEEDED, TITLES, WORDS, cell_choice
from app.units.rows import UnitRow

ROWS_TO_FILL = 1_000
_CHOICES_SHEET = "Danh mục"
_WIDTH, _WIDE = 16, 34
_WIDE_COLUMNS = frozenset({"cell_code", "full_name", "segments", "introduced_by"})


@dataclass(frozen=True)
class Choices:
    """What may be chosen in the columns that name something of the tenant."""

    cells: Sequence[UnitRow]
    segments: Sequence[str]
    introducers: Sequence[str]

    def by_column(self) -> dict[str, list[str]]:
        """Return the lists of the workbook, by column."""
        return {
            "cell_code": [cell_choice(cell.code, cell.name) for cell in self.cells],
            **{column: list(words.values()) for column, words in WORDS.items()},
            "segments": list(self.segments),
            "introduced_by": list(self.introducers),
        }


def template_workbook(choices: Choices) -> bytes:
    """Return the empty workbook; what stands in it as text can be no formula."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        sheet = workbook.add_worksheet("Danh sách")
        lists = _write_choices(workbook, choices)
        _write_columns(workbook, sheet, lists)
        _write_advice(workbook)
    return out.getvalue()


def template_csv() -> bytes:
    """Return the heads alone, as a CSV file that spreadsheets open in Unicode."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow(TITLES.values())
    return codecs.BOM_UTF8 + out.getvalue().encode()


def _write_choices(workbook: Workbook, choices: Choices) -> dict[str, str]:
    """Write the lists to choose from on a sheet; return where each of them stands."""
    sheet = workbook.add_worksheet(_CHOICES_SHEET)
    ranges: dict[str, str] = {}
    for index, (column, values) in enumerate(choices.by_column().items()):
        sheet.write_string(0, index, TITLES[column])
        for row, value in enumerate(values, start=1):
            sheet.write_string(row, index, value)
        letter = xlsxwriter.utility.xl_col_to_name(index)
        if values:
            ranges[column] = f"='{_CHOICES_SHEET}'!${letter}$2:${letter}${len(values) + 1}"
        sheet.set_column(index, index, _WIDE)
    return ranges


def _write_columns(workbook: Workbook, sheet: Worksheet, lists: dict[str, str]) -> None:
    head = workbook.add_format({"bold": True, "text_wrap": True, "bg_color": "#F3E3E3"})
    needed = workbook.add_format({"bold": True, "text_wrap": True, "bg_color": "#E8B4B4"})
    as_day = workbook.add_format({"num_format": "dd/mm/yyyy"})
    as_text = workbook.add_format({"num_format": "@"})
    for index, (column, title) in enumerate(TITLES.items()):
        sheet.write_string(0, index, title, needed if column in NEEDED else head)
        width = _WIDE if column in _WIDE_COLUMNS else _WIDTH
        sheet.set_column(index, index, width, as_day if column in DATES else as_text)
        _let_choose(sheet, index, column, lists)
    sheet.freeze_panes(1, 0)


def _let_choose(sheet: Worksheet, index: int, column: str, lists: dict[str, str]) -> None:
    if column not in lists:
        return
    rule: dict[str, object] = {"validate": "list", "source": lists[column]}
    if column in {"segments", "introduced_by"}:
        # Several may be written, separated by semicolons, which a list alone would refuse.
        rule["error_type"] = "information"
        rule["error_message"] = "Ghi nhiều mục thì cách nhau bằng dấu chấm phẩy (;)."
    sheet.data_validation(1, index, ROWS_TO_FILL, index, rule)


def _write_advice(workbook: Workbook) -> None:
    sheet = workbook.add_worksheet("Hướng dẫn")
    wrapped: Format = workbook.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 100, wrapped)
    for row, line in enumerate(
        (
            _("Mỗi dòng là một người; bốn cột tô đậm màu là bắt buộc, cột khác để trống được."),
            _("Chi bộ, giới tính, học vấn, trình độ: chọn trong danh sách của ô."),
            _("Ngày: gõ ngày/tháng/năm, ví dụ 3/11/2026. Bước chưa có thì để trống ngày."),
            _("Nhiều diện hoặc nhiều nơi giới thiệu: cách nhau bằng dấu chấm phẩy (;)."),
            _("Gửi cùng một tệp hai lần không tạo người trùng."),
        )
    ):
        sheet.write_string(row, 0, line)
