"""The spreadsheet of a unit: the columns of files of people, in the words of those who fill it in.

Pure: which cells and segments there are comes in as data. Everything that a file for the command
line may hold is read here, too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import cast

from app.cases.file_rows import CASE_COLUMNS, DATE_COLUMNS
from app.core.dates import parse_date
from app.core.errors import Refused
from app.core.messages import message
from app.core.text import clean, looks_like_all_caps, search_key, title_case_name
from app.imports.rules import Column, Parser, optional

NEEDED = frozenset({"cell_code", "full_name", "date_of_birth", "sex"})
"""What a row cannot do without; the columns of all else may be missing."""

TITLES: Mapping[str, str] = {
    "person_code": "Mã người",
    "cell_code": "Chi bộ",
    "full_name": "Họ và tên",
    "date_of_birth": "Ngày sinh",
    "sex": "Giới tính",
    "ethnicity": "Dân tộc",
    "religion": "Tôn giáo",
    "education": "Học vấn",
    "qualification": "Trình độ",
    "occupation": "Nghề nghiệp",
    "segments": "Thuộc diện",
    "decision_no": "Số quyết định kết nạp",
    "introduced_by": "Nơi giới thiệu",
    "listed_on": "Ngày đưa vào nguồn",
    "certificate_on": "Ngày cấp giấy chứng nhận học lớp",
    "introduced_on": "Ngày giới thiệu",
    "cell_resolution_on": "Ngày nghị quyết chi bộ",
    "decision_on": "Ngày quyết định kết nạp",
    "ceremony_on": "Ngày làm lễ kết nạp",
    "recognised_on": "Ngày công nhận chính thức",
    "removed_on": "Ngày xoá tên",
}
"""The heads of the template, by column; a file may have either."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "sex": {"female": "Nữ", "male": "Nam"},
    "education": {
        "primary": "Tiểu học",
        "lower_secondary": "Trung học cơ sở",
        "upper_secondary": "Trung học phổ thông",
    },
    "qualification": {
        "none": "Không",
        "vocational": "Sơ cấp, trung cấp",
        "college": "Cao đẳng",
        "university": "Đại học",
        "postgraduate": "Sau đại học",
    },
}
"""What the template lets people choose, by column and code."""

_SHORT_FORMS: Mapping[str, Mapping[str, str]] = {
    "education": {"thcs": "lower_secondary", "thpt": "upper_secondary"}
}
_CELL_SEPARATOR = " · "
_CODE_SEPARATOR = ";"
DATES = ("date_of_birth", *DATE_COLUMNS.values())


def sheet_columns(today: date, codes_of_names: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the columns of a unit's spreadsheet; two-digit years end with today's.

    `codes_of_names` tells the code of a segment or of who introduces by its name.
    """
    by_name = {search_key(name): code for name, code in codes_of_names.items()}
    return tuple(
        replace(
            column,
            parse=_parser(column, today, by_name),
            required=column.name in NEEDED,
            titles=(TITLES[column.name],),
        )
        for column in CASE_COLUMNS
    )


def cell_choice(code: str, name: str) -> str:
    """Return a cell as the template's list shows it."""
    return f"{code}{_CELL_SEPARATOR}{name}"


def _parser(column: Column, today: date, by_name: Mapping[str, str]) -> Parser:
    if column.name in DATES:
        read = _day(today)
        return read if column.name == "date_of_birth" else optional(read)
    if column.name in WORDS:
        return _translated(column.parse, column.name)
    if column.name in {"segments", "introduced_by"}:
        return _named(column.parse, by_name)
    if column.name == "cell_code":
        return lambda cell: column.parse(clean(cell).partition(_CELL_SEPARATOR)[0])
    if column.name == "full_name":
        return lambda cell: _in_ordinary_letters(cast("str", column.parse(cell)))
    return column.parse


def _day(today: date) -> Callable[[str], date]:
    return lambda cell: parse_date(cell, last_short_year=today.year)


def _codes_by_words(column: str) -> dict[str, str]:
    by_words = {search_key(words): code for code, words in WORDS[column].items()}
    return by_words | dict(_SHORT_FORMS.get(column, {}))


def _translated(parse: Parser, column: str) -> Parser:
    """Make a parser that takes words for codes, and says the words where it takes neither."""
    by_words = _codes_by_words(column)

    def parse_words(cell: str) -> object:
        try:
            return parse(by_words.get(search_key(cell), cell))
        except Refused:
            allowed = "; ".join(WORDS[column].values())
            raise Refused(message("Chỉ nhận: %(allowed)s.", allowed=allowed)) from None

    return parse_words


def _named(parse: Parser, by_name: Mapping[str, str]) -> Parser:
    """Make a parser of codes that takes names for codes as well."""

    def parse_names(cell: str) -> object:
        parts: Sequence[str] = cell.split(_CODE_SEPARATOR)
        return parse(_CODE_SEPARATOR.join(by_name.get(search_key(part), part) for part in parts))

    return parse_names


def _in_ordinary_letters(name: str) -> str:
    """Take a name in capitals as it is usually written; the preview shows it."""
    return title_case_name(name) if looks_like_all_caps(name) else name
