"""The rows of a table in the language of worksheets (ECMA-376), written as they come. Pure.

Rows alone: the sheet around them is XlsxWriter's, which needs 15 times as long for a row.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html import escape
from itertools import islice

from xlsxwriter.utility import xl_col_to_name

from app.core.errors import Refused
from app.core.messages import message
from app.reports.definition import Column, Row, Value
from app.reports.drawing import cell_text

MOST_ROWS = 1_000_000
"""A sheet ends a little below."""

_LONGEST_TEXT = 32_767
_ROWS_AT_ONCE = 500
# Days are counted from here; spreadsheets know a 29 February 1900 and nothing right before it.
_DAY_ZERO = date(1899, 12, 30).toordinal()
_FIRST_DAY = date(1900, 3, 1)
_NOTHING = type(None)
_KINDS: tuple[type, ...] = (int, Decimal, date, str, _NOTHING)
_CELLS: Mapping[type, str] = {
    int: "><v>%d</v></c>",
    Decimal: "><v>%s</v></c>",
    date: "><v>%d</v></c>",
    str: ' t="inlineStr"><is><t>%s</t></is></c>',
    _NOTHING: "/>%.0s",
}
# Stands for the number of the row; no text may hold it.
_PLACE = "\x01"
_BETWEEN = "|"
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True)
class Look:
    """What decides how a cell of the table looks."""

    kind: type
    is_number: bool
    is_total: bool


LOOKS = tuple(
    Look(kind, is_number, is_total)
    for kind in (int, Decimal, date, str)
    for is_number in (False, True)
    for is_total in (False, True)
)


@dataclass(frozen=True)
class _Shape:
    """The markup of all rows whose values are of the same kinds, with a place for each value."""

    markup: str
    markup_keeping_blanks: str
    texts: tuple[int, ...]
    days: tuple[int, ...]


@dataclass
class RowWriter:
    """Writes rows below each other, from a place of the sheet on.

    `styles` is the number of each look in the workbook; `written` counts.
    """

    columns: Sequence[Column]
    styles: Mapping[Look, int]
    first: int
    written: int = 0
    _shapes: dict[tuple[object, ...], _Shape] = field(default_factory=dict)

    def markup(self, rows: Iterable[Row]) -> Iterator[str]:
        """Yield the markup of rows, some hundreds at a time."""
        waiting = iter(rows)
        while some := "".join(map(self._row, islice(waiting, _ROWS_AT_ONCE))):
            yield some

    def _row(self, row: Row) -> str:
        if self.written == MOST_ROWS:
            raise Refused(message("Danh sách dài hơn một bảng tính có thể chứa."))
        values = row.values
        shape = self._shape(values, row.is_total)
        if shape.days:
            dated = list(values)
            for place in shape.days:
                if (day := dated[place]) < _FIRST_DAY:  # type: ignore[operator]
                    return self._row_with_early_days(row)
                dated[place] = day.toordinal() - _DAY_ZERO  # type: ignore[union-attr]
            values = tuple(dated)
        markup = shape.markup
        if _is_telling(_BETWEEN.join([values[place] for place in shape.texts])):  # type: ignore[misc]
            markup, values = shape.markup_keeping_blanks, tuple(map(_spelt, values))
        self.written += 1
        return (markup % values).replace(_PLACE, str(self.first + self.written - 1))

    def _row_with_early_days(self, row: Row) -> str:
        """Write days that a spreadsheet does not know as words."""
        values = tuple(
            cell_text(value) if isinstance(value, date) and value < _FIRST_DAY else value
            for value in row.values
        )
        return self._row(Row(values, row.is_total))

    def _shape(self, values: tuple[Value, ...], is_total: bool) -> _Shape:  # noqa: FBT001 of a row
        key = (*map(type, values), is_total)
        kept = self._shapes.get(key)
        if kept is None:
            kept = self._shapes[key] = self._new_shape(values, is_total=is_total)
        return kept

    def _new_shape(self, values: tuple[Value, ...], *, is_total: bool) -> _Shape:
        kinds = [next(kind for kind in _KINDS if isinstance(value, kind)) for value in values]
        cells = []
        for place, (column, kind) in enumerate(zip(self.columns, kinds, strict=True)):
            is_empty = kind is _NOTHING
            look = Look(str if is_empty else kind, column.is_number, is_total)
            opened = f'<c r="{xl_col_to_name(place)}{_PLACE}" s="{self.styles[look]}"'
            cells.append(opened + _CELLS[kind])
        markup = f'<row r="{_PLACE}">{"".join(cells)}</row>'
        return _Shape(
            markup,
            markup.replace("<t>", '<t xml:space="preserve">'),
            tuple(place for place, kind in enumerate(kinds) if kind is str),
            tuple(place for place, kind in enumerate(kinds) if kind is date),
        )


def _is_telling(joined: str) -> bool:
    """Tell whether texts hold anything that may not stand in the file as it is.

    Signs of the language itself, what it has no sign for, what reads like the sign of another,
    and blanks at either end. One look at all texts of a row takes a fifth of what an expression
    takes, which few rows then need.
    """
    return (
        not joined.isprintable()
        or "&" in joined
        or "<" in joined
        or ">" in joined
        or "_x" in joined
        or " |" in joined
        or "| " in joined
        or joined.startswith(" ")
        or joined.endswith(" ")
        or len(joined) > _LONGEST_TEXT
    )


def _spelt(value: Value) -> Value:
    """Write a text so that it is read back as it is; what no cell can hold is cut off."""
    if not isinstance(value, str):
        return value
    return escape(_UNSPEAKABLE.sub(_by_number, value[:_LONGEST_TEXT]), quote=False)


def _by_number(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"
