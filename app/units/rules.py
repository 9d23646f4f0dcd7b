"""The dated tree as plain values: what a change does to a history, and what may stand where."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from app.core.messages import Message, message

WITHOUT_START = date.min
WITHOUT_END = date.max

CODE_JOINT = "-"
"""Stands between a unit's code and the number of a unit below it in suggested codes."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Dated(Generic[Value]):
    """What holds from the day `first` to before the day `end`."""

    value: Value
    first: date = WITHOUT_START
    end: date = WITHOUT_END

    def holds_on(self, day: date) -> bool:
        """Tell whether it holds on a day."""
        return self.first <= day < self.end

    def overlaps(self, first: date, end: date) -> bool:
        """Tell whether it holds on any day from `first` to before `end`."""
        return self.first < end and first < self.end


def holding_on(history: Iterable[Dated[Value]], day: date) -> Dated[Value] | None:
    """Return what holds on a day; None where nothing does."""
    return next((dated for dated in history if dated.holds_on(day)), None)


def changed_from(
    history: Sequence[Dated[Value]], value: Value, day: date
) -> tuple[Dated[Value], ...]:
    """Return a history in which `value` holds from a day up to the next recorded change.

    A first value reaches back without limit. A change on a later day stands, so that recording
    the past does not undo what was decided after it; where it becomes no change, it vanishes.
    Equal neighbours are one, hence the same change twice is one change.
    """
    if not history:
        return (Dated(value),)
    changes = [bound for dated in history for bound in (dated.first, dated.end) if bound > day]
    end = min(changes, default=WITHOUT_END)
    before = [
        Dated(dated.value, dated.first, min(dated.end, day))
        for dated in history
        if dated.first < day
    ]
    after = [
        Dated(dated.value, max(dated.first, end), dated.end) for dated in history if dated.end > end
    ]
    return tuple(_joined([*before, Dated(value, day, end), *after]))


def corrected(history: Iterable[Dated[Value]], value: Value, day: date) -> tuple[Dated[Value], ...]:
    """Return a history in which `value` holds in place of what holds on a day, as long as that."""
    return tuple(
        _joined(
            Dated(value, dated.first, dated.end) if dated.holds_on(day) else dated
            for dated in history
        )
    )


def _joined(history: Iterable[Dated[Value]]) -> Iterator[Dated[Value]]:
    """Make one of neighbours that touch and have the same value."""
    last: Dated[Value] | None = None
    for dated in history:
        if last is not None and (last.end, last.value) == (dated.first, dated.value):
            last = Dated(last.value, last.first, dated.end)
            continue
        if last is not None:
            yield last
        last = dated
    if last is not None:
        yield last


def next_code(prefix: str, taken: Iterable[str]) -> str:
    """Return a prefix with the number after the highest one that follows it among codes."""
    rests = (code.removeprefix(prefix) for code in taken if code.startswith(prefix))
    numbers = [int(rest) for rest in rests if rest.isascii() and rest.isdecimal()]
    return f"{prefix}{max(numbers, default=0) + 1:02}"


@dataclass(frozen=True, slots=True)
class Description:
    """What a unit is called and what it is; level and kind are codes."""

    name: str
    level: str
    kind: str


@dataclass(frozen=True, slots=True)
class UnitHistory:
    """Under which parents a unit stands (codes, None as a root) and what it is, by date."""

    parents: tuple[Dated[str | None], ...] = ()
    descriptions: tuple[Dated[Description], ...] = ()


Tree = Mapping[str, UnitHistory]
"""The units of a tenant by code."""


@dataclass(frozen=True)
class Vocabulary:
    """The levels and kinds that a tenant has, and the kind of each level that is taken for it."""

    levels: tuple[str, ...]
    kinds: tuple[str, ...]
    cell_kinds: frozenset[str]
    default_kinds: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """How a unit shall stand from a day on. `row` says where this was asked; no kind is usual."""

    row: int
    code: str
    parent_code: str | None
    level: str
    name: str
    kind: str | None = None
    members: int | None = None


@dataclass(frozen=True)
class Fault:
    """Why an entry cannot be carried out; the column is the part of it that is wrong."""

    entry: Entry
    column: str
    value: str
    reason: Message


@dataclass(frozen=True)
class Outcome:
    """The histories that the accepted entries lead to, by code, and why the others are refused."""

    histories: Mapping[str, UnitHistory]
    faults: tuple[Fault, ...]


def outcome(
    entries: Sequence[Entry], tree: Tree, vocabulary: Vocabulary, effective: date
) -> Outcome:
    """Carry out what can be carried out of some entries, whose order means nothing.

    Refused are: what is said twice of one unit, no name, an unknown level or kind, a parent that
    is not there, a cell with units below it, and a unit that would stand below itself at any
    date. Whether the rest is done nevertheless is the caller's choice.
    """
    check = _Check(tree, vocabulary, effective)
    wanted: dict[str, _Wanted] = {}
    faults: list[Fault] = []
    first_rows: dict[str, int] = {}
    for entry in entries:
        fault = next(check.faults_alone(entry, first_rows.get(entry.code)), None)
        first_rows.setdefault(entry.code, entry.row)
        if fault is None:
            wanted[entry.code] = check.wanted(entry)
        else:
            faults.append(fault)
    # Refusing some entries may cure or condemn others, so they are all looked at again.
    while refused := check.faults_together(wanted, faults):
        faults += refused
        for fault in refused:
            del wanted[fault.entry.code]
    return Outcome(
        histories={code: unit.history for code, unit in wanted.items()},
        faults=tuple(sorted(faults, key=lambda fault: fault.entry.row)),
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An entry, and the history that its unit then has."""

    entry: Entry
    history: UnitHistory
    is_moved: bool
    becomes_a_cell: bool


@dataclass(frozen=True)
class _Check:
    """Says what is wrong with entries, each alone and all together in the tree."""

    tree: Tree
    vocabulary: Vocabulary
    effective: date

    def faults_alone(self, entry: Entry, first_row: int | None) -> Iterator[Fault]:
        """Say what is wrong with an entry by itself; `first_row` named the same unit before."""
        if first_row is not None:
            reason = message("Mã này đã có ở dòng %(row)s của tệp.", row=str(first_row))
            yield Fault(entry, "code", entry.code, reason)
        if not entry.name:
            yield Fault(entry, "name", "", message("Thiếu tên tổ chức."))
        if entry.level not in self.vocabulary.levels:
            yield Fault(entry, "level", entry.level, _not_among(self.vocabulary.levels))
        if entry.kind is not None and entry.kind not in self.vocabulary.kinds:
            reason = _not_among(self.vocabulary.kinds)
            yield Fault(entry, "kind", entry.kind, reason)
        if self._kind(entry) is None:
            reason = message("Cấp này không có loại hình mặc định: hãy ghi loại hình.")
            yield Fault(entry, "kind", "", reason)
        if entry.parent_code == entry.code:
            reason = message("Một tổ chức không thể trực thuộc chính mình.")
            yield Fault(entry, "parent_code", entry.code, reason)

    def wanted(self, entry: Entry) -> _Wanted:
        """Return what an entry without faults leads to."""
        before = self.tree.get(entry.code, UnitHistory())
        description = Description(entry.name, entry.level, self._kind(entry) or "")
        parents = changed_from(before.parents, entry.parent_code, self.effective)
        descriptions = changed_from(before.descriptions, description, self.effective)
        return _Wanted(
            entry=entry,
            history=UnitHistory(parents, descriptions),
            is_moved=parents != before.parents,
            becomes_a_cell=(
                descriptions != before.descriptions
                and description.kind in self.vocabulary.cell_kinds
            ),
        )

    def _kind(self, entry: Entry) -> str | None:
        """Return the kind that is meant: the one given, else the unit's own, else the level's."""
        if entry.kind is not None:
            return entry.kind
        known = self.tree.get(entry.code, UnitHistory())
        described = holding_on(known.descriptions, self.effective)
        if described is not None and described.value.level == entry.level:
            return described.value.kind
        return self.vocabulary.default_kinds.get(entry.level)

    def faults_together(
        self, wanted: Mapping[str, _Wanted], refused: Iterable[Fault]
    ) -> list[Fault]:
        """Say which units cannot stand where they are wanted; the first sort of fault found."""
        rows = {fault.entry.code: fault.entry.row for fault in refused}
        return (
            list(self._without_parent(wanted, rows))
            or list(self._cells_above_others(wanted))
            or list(self._below_cells(wanted))
            or list(self._in_circles(wanted))
        )

    def _without_parent(
        self, wanted: Mapping[str, _Wanted], refused_rows: Mapping[str, int]
    ) -> Iterator[Fault]:
        below: dict[str, list[Entry]] = {}
        for unit in wanted.values():
            parent = unit.entry.parent_code
            if parent is not None and parent not in self.tree:
                below.setdefault(parent, []).append(unit.entry)
        missing = [parent for parent in below if parent not in wanted]
        rows = dict(refused_rows)
        while missing:
            parent = missing.pop()
            for entry in below.get(parent, ()):
                yield Fault(entry, "parent_code", parent, _why_missing(rows.get(parent)))
                rows[entry.code] = entry.row
                if entry.code not in self.tree:
                    missing.append(entry.code)

    def _cells_above_others(self, wanted: Mapping[str, _Wanted]) -> Iterator[Fault]:
        """Find units that would become cells although units stay below them."""
        as_cells = {
            code: holding_on(unit.history.descriptions, self.effective)
            for code, unit in wanted.items()
            if unit.becomes_a_cell and code in self.tree
        }
        if not as_cells:
            return
        staying: dict[str, str] = {}
        for child, history in self.tree.items():
            if child in wanted and wanted[child].is_moved:
                continue
            for placement in history.parents:
                cell = as_cells.get(placement.value or "")
                if cell and placement.value and placement.overlaps(self.effective, cell.end):
                    staying[placement.value] = child
        for code, child in sorted(staying.items()):
            entry = wanted[code].entry
            yield Fault(
                entry,
                "kind" if entry.kind else "level",
                entry.kind or entry.level,
                message(
                    "Chi bộ không có tổ chức trực thuộc, nhưng %(code)s vẫn còn %(child)s.",
                    code=code,
                    child=child,
                ),
            )

    def _below_cells(self, wanted: Mapping[str, _Wanted]) -> Iterator[Fault]:
        for unit in wanted.values():
            cell = self._cell_above(unit, wanted) if unit.is_moved else None
            if cell is not None:
                reason = message("Tổ chức cấp trên là chi bộ; chi bộ không có tổ chức trực thuộc.")
                yield Fault(unit.entry, "parent_code", cell, reason)

    def _cell_above(self, unit: _Wanted, wanted: Mapping[str, _Wanted]) -> str | None:
        """Return a parent of a unit that is a cell meanwhile, from the effective day on."""
        for placement in unit.history.parents:
            if placement.value is None or placement.end <= self.effective:
                continue
            first = max(placement.first, self.effective)
            if any(
                described.value.kind in self.vocabulary.cell_kinds
                for described in self._history(placement.value, wanted).descriptions
                if described.overlaps(first, placement.end)
            ):
                return placement.value
        return None

    def _in_circles(self, wanted: Mapping[str, _Wanted]) -> Iterator[Fault]:
        for code, unit in wanted.items():
            circle = self._way_back(code, wanted) if unit.is_moved else None
            if circle is not None:
                yield Fault(
                    unit.entry,
                    "parent_code",
                    unit.entry.parent_code or "",
                    message(
                        "Các tổ chức trực thuộc vòng tròn: %(codes)s.", codes=" → ".join(circle)
                    ),
                )

    def _way_back(self, start: str, wanted: Mapping[str, _Wanted]) -> tuple[str, ...] | None:
        """Return a way from a unit upwards to itself through days that all of it shares."""
        waiting: list[tuple[Dated[str | None], tuple[str, ...]]] = [
            (placement, (start,)) for placement in self._history(start, wanted).parents
        ]
        while waiting:
            edge, way = waiting.pop()
            if edge.value == start:
                return (*way, start)
            # A way into a circle of others ends here: they find it themselves.
            if edge.value is None or edge.value in way:
                continue
            waiting += [
                (
                    Dated(above.value, max(above.first, edge.first), min(above.end, edge.end)),
                    (*way, edge.value),
                )
                for above in self._history(edge.value, wanted).parents
                if above.overlaps(edge.first, edge.end)
            ]
        return None

    def _history(self, code: str, wanted: Mapping[str, _Wanted]) -> UnitHistory:
        return wanted[code].history if code in wanted else self.tree[code]


def _why_missing(refused_row: int | None) -> Message:
    if refused_row is None:
        return message("Không có tổ chức cấp trên này trong tệp và trong cây tổ chức.")
    return message("Tổ chức cấp trên ở dòng %(row)s không được nhập.", row=str(refused_row))


def _not_among(codes: Iterable[str]) -> Message:
    return message("Chỉ nhận: %(allowed)s.", allowed=", ".join(codes))
