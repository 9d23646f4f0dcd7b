"""Which cell admits how many and when, so that every goal of the plan is met to the day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, repeat
from random import Random

from app.demo.apportion import share
from app.demo.chance import happens, stream
from app.demo.plans import BranchPlan, Goal, ProvincePlan
from app.demo.quotas import APPETITE
from app.demo.tables import UnitRow
from app.demo.units import RESIDENTIAL, Tree
from app.demo.working_days import busyness, working_days

_ONE_DAY = timedelta(days=1)

# A committee signs on two days of the week; which two is its own habit.
_SIGNING_WEEKDAYS = ((0, 3), (1, 4), (2, 4), (0, 2), (1, 3))

# How far a unit falls short of its quota or passes it, beside its neighbours, in percent.
_LEANING = (55, 145)
_CELL_LEANING = (4, 16)
_PERCENT_OF_DORMANT_CELLS = 14
_PASSING_PERCENT = 70
_MOST_ABOVE_QUOTA = 2


@dataclass(frozen=True, slots=True)
class Admission:
    """One person to be admitted."""

    cell: UnitRow
    decided_on: date


@dataclass(frozen=True, slots=True)
class _Window:
    """A span of days in which a branch admits an exact number."""

    first: date
    last: date
    admitted: int


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The least and the most that one child of a branch admits in a year."""

    least: int
    most: int


def admissions(
    plan: ProvincePlan, tree: Tree, assigned_by_year: Mapping[int, Mapping[str, int]]
) -> Iterator[Admission]:
    """Yield every admission of a province, branch by branch and year by year."""
    for code, branch in plan.branches.items():
        for year, windows in _windows_by_year(branch).items():
            rng = stream(plan.tenant_code, "admissions", str(year), code)
            head = tree.by_code[code]
            children = _receivers(tree, head)
            assigned = assigned_by_year.get(year, {})
            totals = _totals(plan, rng, children, windows=windows, assigned=assigned)
            cells = [
                _admitting_cells(plan, tree, rng, child=child, total=total)
                for child, total in zip(children, totals, strict=True)
            ]
            urgent, others = _by_urgency(plan, cells, assigned=assigned, year=year)
            in_time = sum(w.admitted for w in windows if w.last <= plan.leaders_by)
            ordered = _in_order(rng, urgent, others, in_time=in_time)
            yield from _dated(rng, head, ordered, windows)


def _windows_by_year(branch: BranchPlan) -> dict[int, list[_Window]]:
    windows: dict[int, list[_Window]] = {}
    before = Goal(date.min, 0)
    for goal in branch.goals:
        same_year = goal.until.year == before.until.year
        first = before.until + _ONE_DAY if same_year else date(goal.until.year, 1, 1)
        admitted = goal.admitted - before.admitted if same_year else goal.admitted
        windows.setdefault(goal.until.year, []).append(_Window(first, goal.until, admitted))
        before = goal
    return windows


def _receivers(tree: Tree, head: UnitRow) -> Sequence[UnitRow]:
    """Return the children among which a branch's admissions are shared.

    Under the root only the cells: its districts are branches of their own.
    """
    return tree.cells_of(head) if head.level == "province" else tree.children[head.code]


def _totals(
    plan: ProvincePlan,
    rng: Random,
    children: Sequence[UnitRow],
    *,
    windows: Sequence[_Window],
    assigned: Mapping[str, int],
) -> list[int]:
    """Share a year's admissions of a branch among its children."""
    total = sum(window.admitted for window in windows)
    by_quota = any(child.code in assigned for child in children)
    sizes = [assigned.get(child.code, 0) if by_quota else child.members for child in children]
    weights = [size * rng.randint(*_LEANING) for size in sizes]
    if windows[-1].last.year != plan.leaders_by.year:
        return share(total, weights)
    if plan.leaders.isdisjoint(child.code for child in children):
        caps = [plan.laggards.get(child.code, total) for child in children]
        return share(total, weights, caps=caps)
    bounds = [
        _beside_leaders(plan, rng, child, quota)
        for child, quota in zip(children, sizes, strict=True)
    ]
    return share(
        total,
        weights,
        floors=[bound.least for bound in bounds],
        caps=[bound.most for bound in bounds],
    )


def _beside_leaders(plan: ProvincePlan, rng: Random, child: UnitRow, quota: int) -> _Bounds:
    """Bound what a leader admits, or one beside it: a commune above 70 %, no one the whole."""
    if child.code in plan.leaders:
        admitted = quota + rng.randint(0, _MOST_ABOVE_QUOTA)
        return _Bounds(admitted, admitted)
    passing = quota * _PASSING_PERCENT // 100 + 1
    return _Bounds(passing if child.level == "commune" else 1, quota - 1)


def _admitting_cells(
    plan: ProvincePlan, tree: Tree, rng: Random, *, child: UnitRow, total: int
) -> list[UnitRow]:
    """Name the cell of each admission of one child, some cells never."""
    cells = tree.cells_of(child)
    weights = [
        0 if is_dormant(plan, cell) else APPETITE[cell.kind] * rng.randint(*_CELL_LEANING)
        for cell in cells
    ]
    parts = share(total, weights)
    named = [cell for cell, part in zip(cells, parts, strict=True) for cell in repeat(cell, part)]
    rng.shuffle(named)
    return named


def is_dormant(plan: ProvincePlan, cell: UnitRow) -> bool:
    """Whether a cell has admitted no one for years, for want of young people."""
    return cell.kind in RESIDENTIAL and happens(
        stream(plan.tenant_code, "dormant", cell.code), _PERCENT_OF_DORMANT_CELLS
    )


def _by_urgency(
    plan: ProvincePlan,
    cells_by_child: Sequence[Sequence[UnitRow]],
    *,
    assigned: Mapping[str, int],
    year: int,
) -> tuple[list[UnitRow], list[UnitRow]]:
    """Split off the admissions that the leaders need to fulfil their quotas in time."""
    urgent: list[UnitRow] = []
    others: list[UnitRow] = []
    for cells in cells_by_child:
        commune = cells[0].parent_code if cells else ""
        is_leader = year == plan.leaders_by.year and commune in plan.leaders
        needed = assigned[commune] if is_leader else 0
        urgent += cells[:needed]
        others += cells[needed:]
    return urgent, others


def _in_order(
    rng: Random, urgent: Sequence[UnitRow], others: Sequence[UnitRow], *, in_time: int
) -> list[UnitRow]:
    """Order a year's admissions by chance, the urgent ones among the first `in_time`."""
    shuffled = rng.sample(others, len(others))
    early = [*urgent, *shuffled[: in_time - len(urgent)]]
    rng.shuffle(early)
    return early + shuffled[in_time - len(urgent) :]


def _dated(
    rng: Random, head: UnitRow, cells: Sequence[UnitRow], windows: Sequence[_Window]
) -> Iterator[Admission]:
    """Give each admission a day of its window on which the branch's own committee signs."""
    remaining = iter(cells)
    for window in windows:
        days = signing_days(head, window.first, window.last)
        decided = rng.choices(days, [busyness(day) for day in days], k=window.admitted)
        for cell, day in zip(islice(remaining, window.admitted), decided, strict=True):
            yield Admission(cell, day)


def signing_days(head: UnitRow, first: date, last: date) -> list[date]:
    """List the days from the first to the last on which a committee signs."""
    weekdays = _SIGNING_WEEKDAYS[sum(map(ord, head.code)) % len(_SIGNING_WEEKDAYS)]
    return [day for day in working_days(first, last) if day.weekday() in weekdays]
