"""The words of reorganisations: operations, the ground they work on, and the plan they make."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from app.core.messages import Message
from app.units.rules import Description, UnitHistory, Vocabulary, holding_on


class Share(StrEnum):
    """How much of a unit goes where."""

    WHOLE = "whole"
    PART = "part"
    CLOSE = "close"
    CREATE = "create"
    """No part of any unit: one begins. On screen only; files have no level to say."""


class How(StrEnum):
    """What becomes of a unit."""

    STAYS = "stays"
    RENAMED = "renamed"
    MOVED = "moved"
    FOLLOWS = "follows"
    MERGED = "merged"
    SPLIT = "split"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Operation:
    """What becomes of one old unit, or of a part of it; `row` says where this was asked.

    `level` and `kind` are codes that the new unit shall have, if others than usual. A unit that is
    created comes from no old one: `old_code` is empty.
    """

    row: int
    old_code: str
    share: Share
    old_name: str | None = None
    new_code: str | None = None
    new_name: str | None = None
    new_parent_code: str | None = None
    is_default_heir: bool = False
    level: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an operation cannot be carried out; the column is the part of it that is wrong."""

    row: int
    column: str
    value: str
    reason: Message


@dataclass(frozen=True, slots=True)
class StandingUnit:
    """A unit as it stands on the day of the reorganisation, before it."""

    code: str
    parent_code: str | None
    description: Description


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """A unit as it stands after; `identity` is its code before, None for one that begins."""

    code: str
    parent_code: str | None
    description: Description
    identity: str | None


@dataclass(frozen=True, slots=True)
class Heir:
    """Who takes the whole of a unit or a part of it, or what is left of a closed one.

    A default heir takes whatever is not routed elsewhere.
    """

    code: str
    share: Share
    is_default: bool


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of a unit that does not stay as it is.

    `origin` is the parent that it leaves; `target` its heir where it ends, else its new parent.
    """

    unit: str
    origin: str | None
    target: str | None
    how: How


@dataclass(frozen=True, slots=True)
class Question:
    """Something that nobody has decided, and what is done by default."""

    unit: str
    question: Message


@dataclass(frozen=True)
class Plan:
    """What a reorganisation does, by codes: those of before for `before`, `heirs` and `fates`.

    `after` is by the code of after. `heirs` are those of units that end or give parts away;
    `receivers` who stands, after, where each unit stood: itself, its (default) heir or, for a
    closed one, that of the nearest surviving unit above it. `recoded` are the codes that units
    which had ended, or end, must give up to new ones.
    """

    effective: date
    before: Mapping[str, StandingUnit]
    after: Mapping[str, PlannedUnit]
    fates: Mapping[str, How]
    heirs: Mapping[str, tuple[Heir, ...]]
    receivers: Mapping[str, str | None]
    recoded: Mapping[str, str]
    questions: tuple[Question, ...] = ()

    @cached_property
    def continuing(self) -> Mapping[str, PlannedUnit]:
        """The units that keep their identity, by their code of before."""
        return {unit.identity: unit for unit in self.after.values() if unit.identity is not None}

    @cached_property
    def ended(self) -> frozenset[str]:
        """The units that end."""
        return frozenset(self.before.keys() - self.continuing.keys())

    @cached_property
    def begun(self) -> tuple[PlannedUnit, ...]:
        """The units that begin."""
        return tuple(unit for unit in self.after.values() if unit.identity is None)

    def moves(self) -> tuple[Move, ...]:
        """Return what becomes of every unit that does not stay as it is, listed ones first."""
        return tuple(
            move
            for code, how in self.fates.items()
            if how is not How.STAYS
            for move in self._moves_of(code, how)
        )

    def _moves_of(self, code: str, how: How) -> Iterator[Move]:
        origin = self.before[code].parent_code
        if how in {How.MERGED, How.SPLIT, How.CLOSED}:
            for heir in self.heirs[code]:
                yield Move(code, origin, heir.code, how)
            if not self.heirs[code]:
                yield Move(code, origin, None, how)
        else:
            yield Move(code, origin, self.continuing[code].parent_code, how)


@dataclass(frozen=True)
class Planned:
    """The outcome of planning: a plan where nothing is wrong, else the faults in order of rows."""

    plan: Plan | None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Ground:
    """What a reorganisation starts from: the tree with its history, the words for it, the day.

    `peopled` are the cells that people are in, by code.
    """

    tree: Mapping[str, UnitHistory]
    vocabulary: Vocabulary
    effective: date
    peopled: frozenset[str] = frozenset()

    @cached_property
    def standing(self) -> Mapping[str, StandingUnit]:
        """The units that stand on the day, by code."""
        found = {}
        for code, history in self.tree.items():
            placed = holding_on(history.parents, self.effective)
            described = holding_on(history.descriptions, self.effective)
            if placed is not None and described is not None:
                found[code] = StandingUnit(code, placed.value, described.value)
        return found

    def is_cell(self, description: Description) -> bool:
        """Tell whether units of this kind are cells."""
        return description.kind in self.vocabulary.cell_kinds


def by_old_code(operations: Iterable[Operation]) -> Mapping[str, list[Operation]]:
    """Gather operations by the unit that they begin with; creating begins with none."""
    found: dict[str, list[Operation]] = defaultdict(list)
    for op in operations:
        if op.share is not Share.CREATE:
            found[op.old_code].append(op)
    return found


def by_new_code(operations: Iterable[Operation]) -> Mapping[str, list[Operation]]:
    """Gather operations by the unit that they lead to; closing leads to none."""
    found: dict[str, list[Operation]] = defaultdict(list)
    for op in operations:
        if op.share is not Share.CLOSE and op.new_code is not None:
            found[op.new_code].append(op)
    return found
