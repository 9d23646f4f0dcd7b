"""By what the numbers of a split unit are shared among its heirs. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from app.reorganisations.quota_rules import Flow, Portion
from app.reorganisations.rules import Heir, Plan, PlannedUnit, Share, StandingUnit


class ShareBy(StrEnum):
    """What decides about an heir's part: the cells or the people that it takes, or nothing."""

    CELLS = "cells"
    PEOPLE = "people"
    DEFAULT_HEIR = "default_heir"


def flow_of(
    plan: Plan, ids: Mapping[str, int], named: Mapping[str, str], weights: Mapping[str, int]
) -> Flow:
    """Return who takes over from whom, by the numbers of units.

    `ids` are by the codes of after, `named` gives those; `weights` say by the codes of before how
    much each cell weighs.
    """
    old_ids = {code: ids[named[code]] for code in plan.before}
    parents_before = {
        old_ids[code]: None if unit.parent_code is None else old_ids[unit.parent_code]
        for code, unit in plan.before.items()
    }
    parents_after = {
        ids[code]: None if unit.parent_code is None else ids[unit.parent_code]
        for code, unit in plan.after.items()
    }
    heirs = {
        code: _taking_heirs(plan, code)
        for code, heirs in plan.heirs.items()
        if heirs or code in plan.ended
    }
    taken = _taken(plan, heirs, weights)
    return Flow(
        portions={old_ids[code]: _portions(each, ids, taken[code]) for code, each in heirs.items()},
        receivers={
            old_ids[code]: None if receiver is None else ids[receiver]
            for code, receiver in plan.receivers.items()
        },
        parents_before=parents_before,
        parents_after=parents_after,
    )


def cell_weights(share_by: ShareBy, plan: Plan, people: Mapping[str, int]) -> dict[str, int]:
    """Return how much each leaf of the tree before weighs."""
    if share_by is ShareBy.DEFAULT_HEIR:
        return {}
    if share_by is ShareBy.PEOPLE:
        return dict(people)
    above = {unit.parent_code for unit in plan.before.values()}
    return {code: 1 for code in plan.before if code not in above}


def _portions(
    heirs: Sequence[Heir], ids: Mapping[str, int], taken: Mapping[str, int]
) -> tuple[Portion, ...]:
    if len(heirs) == 1:
        return (Portion(ids[heirs[0].code], 1),)
    return tuple(Portion(ids[heir.code], taken[heir.code]) for heir in heirs)


def _taking_heirs(plan: Plan, code: str) -> list[Heir]:
    """Return the heirs that take something of a unit, the default one first."""
    heirs = (heir for heir in plan.heirs[code] if heir.share is not Share.CLOSE)
    return sorted(heirs, key=lambda heir: not heir.is_default)


def _taken(
    plan: Plan, heirs: Mapping[str, Sequence[Heir]], weights: Mapping[str, int]
) -> dict[str, Counter[str]]:
    """Return by each split unit what the cells that stood below it weigh, by the heir they went to.

    Each cell is looked at once: a province has thousands of them, and hundreds of split units.
    """
    heirs_of = {code: {heir.code for heir in each} for code, each in heirs.items() if len(each) > 1}
    taken: dict[str, Counter[str]] = {code: Counter() for code in heirs}
    for cell, weight in weights.items():
        if cell not in plan.before:
            continue
        now = tuple(_upward(plan.after, plan.receivers[cell]))
        for code in _upward(plan.before, plan.before[cell].parent_code):
            at = next((unit for unit in now if unit in heirs_of.get(code, ())), None)
            if at is not None:
                taken[code][at] += weight
    return taken


def _upward(
    tree: Mapping[str, StandingUnit] | Mapping[str, PlannedUnit], code: str | None
) -> Iterator[str]:
    """Yield a unit and all above it."""
    while code is not None:
        yield code
        code = tree[code].parent_code
