"""Tables in CSV files: read into rows and rejects, reported on, and rejects written back.

What a row means, and whether it may be stored, belongs to the package that imports it.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.collector import collector_at_rest
from app.core.dates import parse_file_date
from app.core.errors import Refused
from app.core.messages import Message, message
from app.core.numbers import parse_whole_number
from app.core.text import clean, search_key
from app.imports.sources import Source, Unreadable, read_source

REASON_COLUMN = "reject_reason"
"""Added in front of the rejected rows that are written back; reading ignores it."""

SENT_FILES_KEPT_DAYS = 30
"""How long the rows of a file that a unit sent are kept once nothing is left to be done with them:
to correct what was rejected, and to take back what was taken in."""

LONGEST_CODE = 40
LONGEST_TEXT = 300

_HEADER_ROW = 1
_MOST_READINGS = 10_000
_CODE = re.compile(r"[^\W_][\w./-]*")
# What spreadsheets take for a formula, behind the apostrophes that say “this is text”.
_FORMULA = re.compile(r"'*(?:\s*[=+\-@＝＋－＠]|[\t\r\n])")
# NUL cannot be stored; U+FFFD says that an earlier conversion lost a letter.
_DAMAGE = re.compile("[\0\ufffd]")


@dataclass(frozen=True)
class Reject:
    """Why a row, numbered as in the file with the header as row 1, cannot be taken."""

    row: int
    column: str
    value: str
    reason: Message


@dataclass(frozen=True)
class Row:
    """A row whose every cell was read; an optional column that the file lacks is in neither."""

    number: int
    values: Mapping[str, object]
    texts: Mapping[str, str]

    def reject(self, column: str, reason: Message) -> Reject:
        """Reject this row for what its cell in a column holds."""
        return Reject(self.number, column, self.texts.get(column, ""), reason)


@dataclass(frozen=True)
class Table:
    """A file as read: each of its `read` rows is among `rows` or has rejects, never both.

    `originals` keeps every row's cells as they stood, to write rejected ones back; `notes` say
    what had to be converted.
    """

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    rejects: tuple[Reject, ...]
    originals: Mapping[int, tuple[str, ...]]
    notes: tuple[Message, ...] = ()

    @property
    def read(self) -> int:
        """How many rows the file has, blank ones and the header apart."""
        return len(self.originals)


@dataclass(frozen=True)
class ImportReport:
    """What became of the rows of a file.

    `accepted` rows are in the system now; `unchanged` of them had been before and changed
    nothing. When the file was refused as a whole they are the rows that nothing spoke against.
    """

    read: int
    accepted: int
    unchanged: int
    rejected: int
    rejects: tuple[Reject, ...] = ()

    def __post_init__(self) -> None:
        if self.accepted + self.rejected != self.read:
            raise ValueError("accepted and rejected rows must make the rows read")
        if self.unchanged > self.accepted:
            raise ValueError("unchanged rows are accepted rows")

    def as_json(self) -> dict[str, object]:
        """Return the report as the command line prints it."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "rejects": [
                {
                    "row": reject.row,
                    "column": reject.column,
                    "value": reject.value,
                    "reason": str(reject.reason),
                }
                for reject in self.rejects
            ],
        }


class ImportRefused(Refused):
    """Nothing of the file is stored; raised inside the transaction it also undoes what was."""

    def __init__(self, report: ImportReport) -> None:
        if report.rejected:
            reason = message(
                "Không lưu gì: %(rejected)s trong %(read)s dòng của tệp có lỗi.",
                rejected=report.rejected,
                read=report.read,
            )
        else:
            reason = report.rejects[0].reason
        super().__init__(reason)
        self.report = report


Parser = Callable[[str], object]
"""Reads a cell; raises `Refused` with the reason to reject it."""


def text(cell: str) -> str:
    """Read a text that must not be empty."""
    cleaned = clean(cell)
    if not cleaned:
        raise Refused(message("Không được để trống."))
    if len(cleaned) > LONGEST_TEXT:
        raise Refused(
            message("Dài quá: nhiều nhất %(longest)s ký tự.", longest=LONGEST_TEXT),
        )
    return cleaned


def code(cell: str) -> str:
    """Read a code: letters and digits, after the first also . _ - and /; case matters."""
    cleaned = text(cell)
    if not _CODE.fullmatch(cleaned):
        raise Refused(
            message(
                "Mã chỉ gồm chữ cái, chữ số và các dấu . _ - / và bắt đầu bằng chữ cái hoặc chữ số."
            )
        )
    if len(cleaned) > LONGEST_CODE:
        raise Refused(message("Mã dài quá: nhiều nhất %(longest)s ký tự.", longest=LONGEST_CODE))
    return cleaned


def optional(parse: Parser) -> Parser:
    """Make a parser that reads a blank cell as None."""

    def parse_unless_blank(cell: str) -> object:
        return parse(cell) if clean(cell) else None

    return parse_unless_blank


def choice(allowed: Iterable[str]) -> Parser:
    """Make a parser that takes one of the allowed codes, in small letters or capitals."""
    by_folded = {value.casefold(): value for value in allowed}

    def parse_choice(cell: str) -> str:
        chosen = by_folded.get(text(cell).casefold())
        if chosen is None:
            raise Refused(
                message("Chỉ nhận: %(allowed)s.", allowed=", ".join(by_folded.values())),
            )
        return chosen

    return parse_choice


day = parse_file_date
whole_number = parse_whole_number


@dataclass(frozen=True)
class Column:
    """A column that a file must have, or may have, and how its cells are read.

    `titles` are the words that people may write over it instead of its name.
    """

    name: str
    parse: Parser = text
    required: bool = True
    titles: tuple[str, ...] = ()


@collector_at_rest()
def read_table(content: bytes, columns: Sequence[Column]) -> Table:
    """Read a CSV file, or the first sheet of a workbook, with these columns in any order.

    Blank rows are passed over but counted in row numbers, as spreadsheets do. A file that cannot
    be read as such a table raises `ImportRefused`; a bad row becomes rejects.
    """
    source = _source(content, columns)
    return table_of(
        source.records[0],
        enumerate(source.records[1:], start=_HEADER_ROW + 1),
        columns,
        source.notes,
    )


def table_of(
    head: Sequence[str],
    records: Iterable[tuple[int, Sequence[str]]],
    columns: Sequence[Column],
    notes: tuple[Message, ...] = (),
) -> Table:
    """Read numbered records under a head; raises `ImportRefused` where the head is none."""
    header = _header(head, columns)
    readings = {column.name: _Readings(column.parse) for column in columns}
    # The column of reasons is read by nobody.
    places = [(place, readings[name]) for place, name in enumerate(header) if name in readings]
    rows: list[Row] = []
    rejects: list[Reject] = []
    originals: dict[int, tuple[str, ...]] = {}
    for number, cells in records:
        whole = "".join(cells)
        if not whole or whole.isspace():
            continue
        originals[number] = tuple(map(_unprotected, cells) if "'" in whole else cells)
        outcome = _read_row(number, originals[number], header, places)
        if isinstance(outcome, Row):
            rows.append(outcome)
        else:
            rejects += outcome
    return Table(header, tuple(rows), tuple(rejects), originals, notes)


def conclude(
    table: Table, rejects: Iterable[Reject] = (), *, unchanged: int, skip_bad: bool
) -> ImportReport:
    """Report on an import: the table's own rejects and those that the command found.

    Raises `ImportRefused` when a row was rejected and bad rows are not to be skipped.
    """
    found = sorted((*table.rejects, *rejects), key=lambda reject: reject.row)
    rejected = len({reject.row for reject in found})
    report = ImportReport(
        read=table.read,
        accepted=table.read - rejected,
        unchanged=unchanged,
        rejected=rejected,
        rejects=tuple(found),
    )
    if rejected and not skip_bad:
        raise ImportRefused(report)
    return report


def rejects_csv(table: Table, rejects: Iterable[Reject]) -> bytes:
    """Write the rejected rows with their reasons, to be corrected and imported again.

    No cell begins as a formula would: an apostrophe stands before it, which reading takes off.
    """
    reasons: dict[int, list[str]] = {}
    for reject in sorted(rejects, key=lambda reject: reject.row):
        reasons.setdefault(reject.row, []).append(f"{reject.column}: {reject.reason}".lstrip(": "))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([REASON_COLUMN, *_without_reason(table.header, table.header)])
    for number, why in reasons.items():
        cells = _without_reason(table.header, table.originals[number])
        writer.writerow(map(_protected, ["; ".join(why), *cells]))
    return codecs.BOM_UTF8 + out.getvalue().encode()


def _source(content: bytes, columns: Sequence[Column]) -> Source:
    try:
        source = read_source(content)
    except Unreadable as unreadable:
        raise _refused(
            unreadable.message, row=unreadable.row, value=unreadable.value
        ) from unreadable
    if source is None:
        names = ", ".join(column.name for column in columns if column.required)
        raise _refused(
            message("Tệp trống; dòng đầu phải là tên các cột: %(columns)s.", columns=names)
        )
    return source


def _header(cells: Sequence[str], columns: Sequence[Column]) -> tuple[str, ...]:
    """Return the names of the columns as the program knows them."""
    name_of_title = {search_key(title): c.name for c in columns for title in c.titles}
    names = tuple(map(_column_name, cells))
    header = tuple(name_of_title.get(search_key(name), name) for name in names)
    _check_header(header, columns)
    return header


def _column_name(cell: str) -> str:
    # A damaged name stays as it is, to be refused as unknown.
    return cell if _DAMAGE.search(cell) else clean(cell).lower()


def _check_header(header: Sequence[str], columns: Sequence[Column]) -> None:
    known = [column.name for column in columns]
    required = [column.name for column in columns if column.required]
    problems = [
        *(
            Reject(_HEADER_ROW, name, "", message("Thiếu cột %(column)s.", column=name))
            for name in required
            if name not in header
        ),
        *(
            Reject(_HEADER_ROW, name, name, _what_is_wrong_with(name, count, known))
            for name, count in Counter(header).items()
            if count > 1 or name not in (*known, REASON_COLUMN)
        ),
    ]
    if problems:
        raise _file_refused(problems)


def _what_is_wrong_with(name: str, count: int, known: Iterable[str]) -> Message:
    if not name:
        return message("Có %(count)s cột không có tên: hãy xoá hoặc đặt tên.", count=count)
    if count > 1:
        return message("Cột %(column)s có %(count)s lần.", column=name, count=count)
    return message(
        "Không có cột nào tên là %(column)s; các cột nhận được: %(known)s.",
        column=name,
        known=", ".join(known),
    )


class _Readings(dict[str, object]):
    """What the cells of a column say, by their text: the value, or the refusal.

    Most columns hold few different texts, so each is read once.
    """

    def __init__(self, parse: Parser) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, cell: str) -> object:
        try:
            _check_undamaged(cell)
            reading = self._parse(cell)
        except Refused as refused:
            reading = refused
        if len(self) < _MOST_READINGS:
            self[cell] = reading
        return reading


def _read_row(
    number: int,
    cells: Sequence[str],
    header: Sequence[str],
    places: Sequence[tuple[int, _Readings]],
) -> Row | list[Reject]:
    """Read the cells of a row, or say everything that is wrong with them."""
    if len(cells) != len(header):
        return [_ragged(number, cells, header)]
    values = {header[place]: readings[cells[place]] for place, readings in places}
    rejects = [
        Reject(number, header[place], cells[place], reading.message)
        for (place, _), reading in zip(places, values.values(), strict=True)
        if isinstance(reading, Refused)
    ]
    if rejects:
        return rejects
    return Row(number, values, {header[place]: cells[place] for place, _ in places})


def _check_undamaged(cell: str) -> None:
    if _DAMAGE.search(cell):
        raise Refused(message("Có ký tự hỏng (NUL hoặc �): hãy lấy lại chữ đúng từ bản gốc."))


def _ragged(number: int, cells: Sequence[str], header: Sequence[str]) -> Reject:
    reason = message(
        "Dòng có %(cells)s ô mà bảng có %(columns)s cột.", cells=len(cells), columns=len(header)
    )
    if len(cells) < len(header):
        return Reject(number, header[len(cells)], "", reason)
    return Reject(number, "", cells[len(header)], reason)


def _refused(reason: Message, *, row: int = _HEADER_ROW, value: str = "") -> ImportRefused:
    return _file_refused([Reject(row, "", value, reason)])


def _file_refused(rejects: Iterable[Reject]) -> ImportRefused:
    """Refuse a file none of whose rows was read."""
    return ImportRefused(
        ImportReport(read=0, accepted=0, unchanged=0, rejected=0, rejects=tuple(rejects))
    )


def _without_reason(header: Sequence[str], cells: Sequence[str]) -> list[str]:
    dropped = header.index(REASON_COLUMN) if REASON_COLUMN in header else None
    return [cell for index, cell in enumerate(cells) if index != dropped]


def _protected(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unprotected(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
