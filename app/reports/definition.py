"""What a report says, whatever it is drawn on. Pure: no request, no database, no file format.

A report is a titled table with what a paper of the Party has around it. Whoever makes one gives
the words in the language of the paper; numbers stay numbers until they are drawn.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

Value = int | Decimal | date | str | None
"""What stands in a cell; a Decimal is a percentage, None leaves the cell empty."""

_WIDEST_UPRIGHT = 90


@dataclass(frozen=True)
class Column:
    """A column of the table.

    `width` is how many characters fit on a line of it; columns share the paper in proportion.
    Neighbours with the same `group` stand under one head.
    """

    label: str
    width: int
    is_number: bool = False
    group: str | None = None


@dataclass(frozen=True)
class Row:
    """A row of the table; a total stands out."""

    values: tuple[Value, ...]
    is_total: bool = False


@dataclass(frozen=True)
class Head:
    """A cell of the table's head and how many columns and rows it spans."""

    label: str
    columns: int
    rows: int
    is_number: bool


@dataclass(frozen=True)
class Letterhead:
    """What stands above the title: on the left who issues under whom, on the right the Party."""

    motto: str
    issuer: str
    superior: str | None
    place_and_day: str


@dataclass(frozen=True)
class Signature:
    """Who signs: in whose name, as what; the name stays empty where it is not known."""

    authority: str
    title: str
    name: str | None


@dataclass(frozen=True)
class Margins:
    """The white around the paper, in millimetres."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True)
class Report:
    """A report ready to be drawn.

    `rows` may come as they are drawn, and are then read once.
    `kept_by` is who took it out of the program and when, for the foot of every page; `mark` is
    what stands across a paper that is not yet one ("DỰ THẢO").
    """

    name: str
    title: str
    subtitles: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    kept_by: str
    letterhead: Letterhead
    margins: Margins
    notes: tuple[str, ...] = ()
    signature: Signature | None = None
    copies_to: tuple[str, ...] = ()
    mark: str | None = None

    @property
    def is_wide(self) -> bool:
        """Whether the paper lies on its long side."""
        return sum(column.width for column in self.columns) > _WIDEST_UPRIGHT

    @property
    def heads(self) -> tuple[tuple[Head, ...], ...]:
        """The rows of the table's head: one, or two where columns stand in groups."""
        if all(column.group is None for column in self.columns):
            return (tuple(_head(column, rows=1) for column in self.columns),)
        below = tuple(_head(column, rows=1) for column in self.columns if column.group is not None)
        return (tuple(_upper_heads(self.columns)), below)


def _upper_heads(columns: tuple[Column, ...]) -> Iterator[Head]:
    for group, neighbours in groupby(columns, key=lambda column: column.group):
        under = list(neighbours)
        if group is None:
            yield from (_head(column, rows=2) for column in under)
        else:
            yield Head(group, columns=len(under), rows=1, is_number=False)


def _head(column: Column, rows: int) -> Head:
    return Head(column.label, columns=1, rows=rows, is_number=column.is_number)
