"""What a table that leaves as a file is, and the list of all of them.

To have a page's table exported, write a function from `Asked` to `Table` in one of the modules
beside this one, put `@exported(...)` above it, and `{{ table_files("exports.NAME", …) }}` on the
page: the route, its guard, the paper, who took it and when, and the trail follow.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.reports.definition import Column, Row, Value
from app.tenants.context import Context
from app.units.rows import UnitRow
from app.web.guards import Permission


@dataclass(frozen=True)
class Asked:
    """Whose table it is; what else is asked for stands in the address, as on the page.

    `query` is what the address asks for, as the trail and the shelf keep it.
    """

    context: Context
    unit: UnitRow
    above: tuple[UnitRow, ...]
    query: str


@dataclass(frozen=True)
class Table:
    """A table with the words above and below it, in Vietnamese; `rows` are drawn once."""

    title: str
    subtitles: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Export:
    """A table that may be taken out under a name, by whom, and whether people stand in it.

    A table with a `size` may be too long to be drawn while somebody waits, or for one person to
    take out alone; every table of people has one.
    """

    name: str
    permission: Permission
    draw: Callable[[Asked], Table]
    holds_people: bool = False
    size: Callable[[Asked], int] | None = None


EXPORTS: dict[str, Export] = {}

Draw = Callable[[Asked], Table]


def exported(
    name: str,
    permission: Permission = Permission.SEE_FIGURES,
    *,
    holds_people: bool = False,
    size: Callable[[Asked], int] | None = None,
) -> Callable[[Draw], Draw]:
    """Register a table under the name that its address and its file bear."""

    def register(draw: Draw) -> Draw:
        if name in EXPORTS:
            raise ValueError(f"Two tables are named {name!r}.")
        if holds_people and size is None:
            raise ValueError(f"Nobody can tell how many people are in {name!r}.")
        EXPORTS[name] = Export(name, permission, draw, holds_people, size)
        return draw

    return register


def numbered(rows: Iterable[Sequence[Value]]) -> list[Row]:
    """Return rows with their numbers in the first column."""
    return [Row((number, *values)) for number, values in enumerate(rows, start=1)]


def number(label: str, width: int = 11) -> Column:
    """Return a column of numbers."""
    return Column(label, width=width, is_number=True)


ORDINAL = Column("STT", width=5, is_number=True)
UNIT = Column("Tên tổ chức đảng", width=38)
