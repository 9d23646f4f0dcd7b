"""By what the numbers of a split unit are shared among its heirs. Pure."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from app.reorganisations.quota_rules import Flow, Portion
from app.reorganisations.rules import Plan, Share


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
    return Flow(
        portions={
            old_ids[code]: _portions(plan, code, ids, weights)
            for code, heirs in plan.heirs.items()
            if heirs or code in plan.ended
        },
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
    plan: Plan, code: str, ids: Mapping[str, int], weights: Mapping[str, int]
) -> tuple[Portion, ...]:
    heirs = sorted(
        (heir for heir in plan.heirs[code] if heir.share is not Share.CLOSE),
        key=lambda heir: not heir.is_default,
    )
    if len(heirs) == 1:
        return (Portion(ids[heirs[0].code], 1),)
    taken = _taken(plan, code, weights)
    return tuple(Portion(ids[heir.code], taken[heir.code]) for heir in heirs)


def _taken(plan: Plan, code: str, weights: Mapping[str, int]) -> Counter[str]:
    """Return what the cells that stood below a unit weigh, by the heir that they went to."""
    heirs = {heir.code for heir in plan.heirs[code]}
    taken: Counter[str] = Counter()
    for cell, weight in weights.items():
        if cell not in plan.before or not _is_below(plan, cell, code):
            continue
        at = plan.receivers[cell]
        while at is not None and at not in heirs:
            at = plan.after[at].parent_code
        if at is not None:
            taken[at] += weight
    return taken


def _is_below(plan: Plan, cell: str, code: str) -> bool:
    at = plan.before[cell].parent_code
    while at is not None and at != code:
        at = plan.before[at].parent_code
    return at == code
