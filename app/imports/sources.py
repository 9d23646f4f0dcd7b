"""What a file holds before any column is known: its records as texts, and what was converted."""

import codecs
import csv
import io
from dataclasses import dataclass

from app.core.errors import Refused
from app.core.messages import Message, message
from app.imports.legacy_text import (
    from_tcvn3,
    has_letters_beyond_ascii,
    read_bytes,
    read_old_fonts,
)
from app.imports.workbooks import is_workbook, workbook_records

_DELIMITERS = ",;\t"
_SAMPLE_ROWS = 2_000


class Unreadable(Refused):
    """A file cannot be read at all; `row` and `value` say where that showed."""

    def __init__(self, reason: Message, *, row: int = 1, value: str = "") -> None:
        super().__init__(reason)
        self.row = row
        self.value = value


@dataclass(frozen=True)
class Source:
    """The records of a file, the header first, and what had to be converted to read them."""

    records: list[list[str]]
    notes: tuple[Message, ...] = ()


def read_source(content: bytes) -> Source | None:
    """Return the records of a CSV file or of a workbook's first sheet, None of an empty one.

    Raises `Unreadable`. Text in TCVN3 or Windows-1258 is converted where it is certain.
    """
    if is_workbook(content):
        return _workbook(content)
    bare = content.removeprefix(codecs.BOM_UTF8)
    if not bare.strip():
        return None
    text, notes = _decoded(bare)
    return _without_old_fonts(Source(_csv_records(text), notes))


def _workbook(content: bytes) -> Source | None:
    try:
        records = workbook_records(content)
    except Refused as refused:
        raise Unreadable(refused.message) from refused
    if not records:
        return None
    while records[0] and not records[0][-1].strip():
        # A format that reaches further than the table makes columns of nothing.
        if any(len(record) >= len(records[0]) and record[-1].strip() for record in records):
            break
        records = [record[:-1] for record in records]
    return _without_old_fonts(Source(records))


def _decoded(bare: bytes) -> tuple[str, tuple[Message, ...]]:
    # ASCII letters of UTF-16 are read as UTF-8 without complaint, a NUL beside each.
    if bare.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in bare[:2]:
        raise Unreadable(
            message("Tệp ghi bằng mã UTF-16; hãy lưu lại bằng mã UTF-8 (“CSV UTF-8” trong Excel).")
        )
    try:
        return bare.decode(), ()
    except UnicodeDecodeError as error:
        reading = read_bytes(bare)
        if reading is None:
            raise Unreadable(
                message(
                    "Tệp không ghi bằng mã UTF-8; hãy lưu lại dạng “CSV UTF-8”. Chữ gõ bằng phông "
                    "cũ (TCVN3, VNI) hoặc mã Windows-1258 phải chuyển sang Unicode trước."
                ),
                row=bare.count(b"\n", 0, error.start) + 1,
                value=f"0x{bare[error.start]:02X}",
            ) from error
        return reading.text, (_converted(reading.encoding),)


def _csv_records(content: str) -> list[list[str]]:
    header = io.StringIO(content, newline=None).readline()
    # Spreadsheets write semicolons where the comma is the decimal sign.
    delimiter = max(_DELIMITERS, key=header.count)
    records: list[list[str]] = []
    try:
        for record in csv.reader(
            io.StringIO(content, newline=""), delimiter=delimiter, strict=True
        ):
            records.append(record)  # noqa: PERF402 the count so far tells where reading failed
    except csv.Error as error:
        raise Unreadable(
            message(
                'Không đọc được từ dòng này: dấu nháy kép (") đặt sai hoặc chưa khép lại, '
                "hoặc một ô dài quá."
            ),
            row=len(records) + 1,
        ) from error
    return records


def _without_old_fonts(source: Source) -> Source:
    sample = "\n".join(" ".join(record) for record in source.records[1:_SAMPLE_ROWS])
    if not has_letters_beyond_ascii(sample):
        return source
    reading = read_old_fonts(sample)
    if reading is None:
        return source
    # The heads of a template stay as they are beside rows pasted from an old file.
    has_old_head = read_old_fonts(" ".join(source.records[0])) is not None
    first = 0 if has_old_head else 1
    converted = [[from_tcvn3(cell) for cell in record] for record in source.records[first:]]
    return Source(
        [*source.records[:first], *converted], (*source.notes, _converted(reading.encoding))
    )


def _converted(encoding: str) -> Message:
    return message(
        "Tệp viết bằng %(encoding)s; chữ đã được chuyển sang Unicode. Hãy xem lại tên người.",
        encoding=encoding,
    )
