"""What writers were told has been done, and what therefore must be counted. Plain Python.

Nothing here asks the program: the recount shares no line with it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

TOP = "P"
DISTRICTS = ("D1", "D2", "D3", "D4")
COMMUNES_BY_HOME = {f"C{n}": DISTRICTS[n % len(DISTRICTS)] for n in range(8)}
CELLS_OF_COMMUNE = {
    commune: tuple(f"{commune}B{n}" for n in range(3)) for commune in COMMUNES_BY_HOME
}
UNITS = (TOP, *DISTRICTS, *COMMUNES_BY_HOME, *(c for cs in CELLS_OF_COMMUNE.values() for c in cs))
COMMUNE_OF_CELL = {cell: commune for commune, cells in CELLS_OF_COMMUNE.items() for cell in cells}

Counts = dict[date, int]


@dataclass(frozen=True)
class Fact:
    """A step as it must stand: when it was taken and which cell is credited."""

    taken_on: date
    cell: str


@dataclass
class Known:
    """A person as acknowledged."""

    cell: str
    sex: str
    steps: dict[str, Fact] = field(default_factory=dict)
    moved_on: date = date.min
    moves: int = 0
    is_kept: bool = False
    """Whether nobody is going to undo the adding."""
    token: str = ""
    """Names the person in addresses, once known."""


@dataclass
class Ledger:
    """What one writer, or all of them together, were told."""

    people: dict[str, Known] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    parents: dict[str, list[tuple[date, str]]] = field(default_factory=dict)
    files: list[int] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    tried_again: int = 0
    failures: list[str] = field(default_factory=list)

    def note(self, act: str) -> None:
        """Count what was acknowledged."""
        self.done[act] = self.done.get(act, 0) + 1

    def take_over(self, other: "Ledger") -> None:
        """Add what another writer was told."""
        self.people |= other.people
        self.gone |= other.gone
        self.parents |= other.parents
        self.files += other.files
        self.tried_again += other.tried_again
        self.failures += other.failures
        for act, number in other.done.items():
            self.done[act] = self.done.get(act, 0) + number


def recount(
    people: Iterable[Known], parents: Mapping[str, list[tuple[date, str]]], today: date
) -> dict[tuple[str, str, str, bool], Counts]:
    """Count steps by unit, kind of step, sex ('' for all) and whether on today's tree, by month."""
    counted: dict[tuple[str, str, str, bool], Counts] = {}
    for person in people:
        for kind, fact in person.steps.items():
            month = fact.taken_on.replace(day=1)
            for is_now in (False, True):
                on = today if is_now else fact.taken_on
                for unit in _way_up(fact.cell, on, parents):
                    for sex in ("", person.sex):
                        counts = counted.setdefault((unit, kind, sex, is_now), {})
                        counts[month] = counts.get(month, 0) + 1
    return counted


def _way_up(
    cell: str, on: date, parents: Mapping[str, list[tuple[date, str]]]
) -> tuple[str, str, str, str]:
    commune = COMMUNE_OF_CELL[cell]
    moves = [(date.min, COMMUNES_BY_HOME[commune]), *parents.get(commune, ())]
    district = [parent for start, parent in moves if start <= on][-1]
    return cell, commune, district, TOP
