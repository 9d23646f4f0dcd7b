"""The dated tree after a plan: what becomes of every unit's history. Pure.

Units are named by their codes of after, which `new_codes` gives for every code of before.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from app.reorganisations.rules import Plan
from app.units.rules import Dated, UnitHistory, changed_from

Histories = Mapping[str, UnitHistory]


def new_codes(plan: Plan, codes: Mapping[str, int]) -> dict[str, str]:
    """Return the code of after of every unit that is known before."""
    return {
        code: plan.continuing[code].code
        if code in plan.continuing
        else plan.recoded.get(code, code)
        for code in codes
    }


def histories_after(
    plan: Plan, tree: Histories, named: Mapping[str, str]
) -> dict[str, UnitHistory]:
    """Return all histories after a plan, by codes of after.

    What was before the day stays. From it on a unit stands where the plan puts it, up to its next
    recorded move; whoever stood, or is recorded to come, below a unit that ends or is split
    stands below its receiver. A unit that ended is still called as it was.
    """
    after = {named[code]: _continued(plan, code, tree[code], named) for code in tree}
    for unit in plan.begun:
        after[unit.code] = UnitHistory(
            parents=(Dated(unit.parent_code, plan.effective),),
            descriptions=(Dated(unit.description),),
        )
    return after


def with_cells_kept(
    plan: Plan, cells: Iterable[str], *, after: Histories, tree: Histories, named: Mapping[str, str]
) -> dict[str, UnitHistory]:
    """Return the histories with these cells, which end, still standing where their parents went.

    So that what they have done since the day can leave them for their heirs: a step has a place
    on its day at every moment.
    """
    kept = {
        named[code]: UnitHistory(_routed(plan, tree[code], named), after[named[code]].descriptions)
        for code in cells
    }
    return {**after, **kept}


def _continued(
    plan: Plan, code: str, history: UnitHistory, named: Mapping[str, str]
) -> UnitHistory:
    if code in plan.ended:
        return UnitHistory(
            tuple(
                Dated(_named(placed.value, named), placed.first, min(placed.end, plan.effective))
                for placed in history.parents
                if placed.first < plan.effective
            ),
            history.descriptions,
        )
    parents = _routed(plan, history, named)
    planned = plan.continuing.get(code)
    if planned is None:
        return UnitHistory(parents, history.descriptions)
    return UnitHistory(
        changed_from(parents, planned.parent_code, plan.effective),
        changed_from(history.descriptions, planned.description, plan.effective),
    )


def _routed(
    plan: Plan, history: UnitHistory, named: Mapping[str, str]
) -> tuple[Dated[str | None], ...]:
    """Return a unit's parents by their codes of after, from the day on their receivers."""
    parents: list[Dated[str | None]] = []
    for placed in history.parents:
        before, after = _cut(placed, plan.effective)
        if before is not None:
            parents.append(Dated(_named(before.value, named), before.first, before.end))
        if after is not None:
            parents.append(Dated(_received(plan, after.value, named), after.first, after.end))
    return _joined(parents)


def _cut(
    placed: Dated[str | None], day: date
) -> tuple[Dated[str | None] | None, Dated[str | None] | None]:
    """Return what of a placement lies before a day, and what from it on."""
    before = Dated(placed.value, placed.first, min(placed.end, day)) if placed.first < day else None
    after = Dated(placed.value, max(placed.first, day), placed.end) if placed.end > day else None
    return before, after


def _received(plan: Plan, parent: str | None, named: Mapping[str, str]) -> str | None:
    if parent is not None and parent in plan.receivers:
        return plan.receivers[parent]
    return _named(parent, named)


def _named(code: str | None, named: Mapping[str, str]) -> str | None:
    return None if code is None else named[code]


def _joined(history: list[Dated[str | None]]) -> tuple[Dated[str | None], ...]:
    """Make one of neighbours that touch under one parent."""
    joined: list[Dated[str | None]] = []
    for placed in history:
        last = joined[-1] if joined else None
        if last is not None and (last.end, last.value) == (placed.first, placed.value):
            joined[-1] = Dated(last.value, last.first, placed.end)
        else:
            joined.append(placed)
    return tuple(joined)
