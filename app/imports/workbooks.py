"""Reading Excel workbooks: refused before they are opened where they are too big, then as texts.

A workbook is a zip of XML whose declared sizes are believed only as far as they are checked here.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time

from python_calamine import CalamineError, CalamineWorkbook

from app.core.errors import Refused
from app.core.messages import message

ZIP_START = b"PK\x03\x04"
OLE_START = b"\xd0\xcf\x11\xe0"

LARGEST_UNPACKED = 120 * 1024 * 1024
MOST_PARTS = 1_000
MOST_ROWS = 150_000
LAST_COLUMN = "AZ"
"""What a workbook may hold: a bigger one is refused within a second, before it takes memory."""

_CHUNK = 1024 * 1024
_OVERLAP = 64
_SHEET = re.compile(r"xl/worksheets/.*\.xml", re.IGNORECASE)
# A cell or a row far away makes the whole space between it and the first one be laid out.
_FAR_AWAY = re.compile(
    rb"""\sr\s*=\s*["'](?:[A-Z]{3}|[B-Z][A-Z]\d|[A-Z]{0,2}(?:[2-9]\d{5}|1[5-9]\d{4}|\d{7,}))"""
)
_ROW = re.compile(rb"<(?:\w+:)?row\b")

_TOO_BIG = message(
    "Tệp Excel quá lớn khi mở ra (nhiều nhất %(rows)s dòng, đến cột %(column)s); "
    "hãy xoá các dòng, cột thừa hoặc chia thành nhiều tệp.",
    rows=MOST_ROWS,
    column=LAST_COLUMN,
)
_BROKEN = message("Tệp Excel bị hỏng, không mở được; hãy lưu lại rồi gửi lần nữa.")


_DAMAGES = (
    *(zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError),
    *(ValueError, struct.error, zlib.error),
)
"""What reading a damaged archive raises, by where the damage is."""


def is_workbook(content: bytes) -> bool:
    """Tell whether bytes begin as an Excel file does, old or new."""
    return content.startswith((ZIP_START, OLE_START))


def check_workbook(content: bytes) -> None:
    """Refuse what is no plain workbook of a bearable size; reads it once in small pieces."""
    if content.startswith(OLE_START):
        raise Refused(
            message("Tệp Excel kiểu cũ (.xls) hoặc có mật khẩu; hãy bỏ mật khẩu và lưu dạng .xlsx.")
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _check_parts(package)
    except _DAMAGES as error:
        raise Refused(_BROKEN) from error


def workbook_records(content: bytes) -> list[list[str]]:
    """Return the rows of the first sheet as texts; dates are written as 2026-11-03."""
    check_workbook(content)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError, ValueError) as error:
        raise Refused(_BROKEN) from error
    return [[cell if type(cell) is str else _text(cell) for cell in row] for row in rows]


def _check_parts(package: zipfile.ZipFile) -> None:
    parts = package.infolist()
    if not any(_SHEET.fullmatch(part.filename) for part in parts):
        raise Refused(message("Đây là tệp nén, không phải bảng tính; hãy gửi tệp .xlsx hoặc CSV."))
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise Refused(_TOO_BIG)
    for part in parts:
        # Reading to the end compares sizes and checksums with what was declared.
        pieces = _pieces(package, part)
        if _SHEET.fullmatch(part.filename):
            _check_sheet(pieces)
        else:
            for _piece in pieces:
                pass


def _pieces(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with package.open(part) as stream:
        while piece := stream.read(_CHUNK):
            yield piece


def _check_sheet(pieces: Iterator[bytes]) -> None:
    before = b""
    rows = 0
    for piece in pieces:
        rows += len(_ROW.findall(piece))
        if rows > MOST_ROWS or _FAR_AWAY.search(before + piece):
            raise Refused(_TOO_BIG)
        before = piece[-_OVERLAP:]


def _text(cell: object) -> str:
    match cell:
        case bool():
            text = "1" if cell else "0"
        case float() if cell.is_integer():
            text = str(int(cell))
        case datetime() if cell.time() == time():
            text = cell.date().isoformat()
        case date() | time():
            text = cell.isoformat()
        case None:
            text = ""
        case _:
            text = str(cell)
    return text
