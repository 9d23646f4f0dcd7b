"""How a total is to be divided among the children of a board, and what comes of it. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from app.core.errors import Problem, Refused, refused_at
from app.core.messages import message
from app.core.text import clean
from app.quotas.allocation import Claim, Share, allocate
from app.quotas.criteria import Criterion, Parts, Reference, figure, grand_total, grown, weights

_GROWTH = re.compile(r"([+\-−])?(\d{1,3})(?:[.,](\d{1,2}))?\s*%?", re.ASCII)

TOTAL = "total"
GROWTH = "growth"
"""The fields of a plan that a problem may name."""


@dataclass(frozen=True)
class Bounds:
    """The least and the most that a box may get; None is without."""

    floor: int | None = None
    cap: int | None = None


@dataclass(frozen=True)
class Plan:
    """By what a total is divided, within what bounds.

    The total is what was typed, or what the children had last year grown by a percentage, or else
    what the issuer has. A box's own bound goes before the one for all. `floor_per_cell` asks for
    at least one for each cell with members and sources, `cap_by_sources` for no more than there
    are sources in hand.
    """

    parts: Parts
    total: int | None = None
    growth: Decimal | None = None
    growth_of: Criterion = Criterion.LAST_RESULT
    for_all: Bounds = field(default_factory=Bounds)
    of_boxes: Mapping[int, Bounds] = field(default_factory=dict)
    floor_per_cell: bool = False
    cap_by_sources: bool = False


@dataclass(frozen=True)
class Candidate:
    """A box that a plan may fill: of which unit, what is known of it, and what it holds fast."""

    unit_id: int
    code: str
    reference: Reference
    held: int | None = None


@dataclass(frozen=True)
class Division:
    """What a plan comes to: the total it divided and the share of each unit.

    `unknown` tells of which units a criterion of the plan knows nothing: they weigh nothing by it.
    """

    total: int
    shares: Mapping[int, Share]
    unknown: Mapping[Criterion, tuple[int, ...]]


def divide(plan: Plan, candidates: Sequence[Candidate], available: int | None) -> Division:
    """Divide a total by a plan; `available` is what the issuer has, None where it has nothing.

    Refused names a field of the plan, or a unit by its number where a box cannot be filled.
    """
    total = _total(plan, candidates, available)
    free = [candidate for candidate in candidates if candidate.held is None]
    weighed = weights([candidate.reference for candidate in free], plan.parts)
    by_unit = dict(zip((candidate.unit_id for candidate in free), weighed, strict=True))
    claims = [_claim(plan, candidate, by_unit) for candidate in candidates]
    try:
        shares = allocate(total, claims)
    except Refused as refusal:
        units = {candidate.code: str(candidate.unit_id) for candidate in candidates}
        problems = [Problem(units[row.field], row.message) for row in refusal.problems]
        raise Refused(refusal.message, problems) from refusal
    return Division(
        total,
        {candidate.unit_id: share for candidate, share in zip(candidates, shares, strict=True)},
        _unknown(plan, free),
    )


def _unknown(plan: Plan, free: Sequence[Candidate]) -> dict[Criterion, tuple[int, ...]]:
    found = {
        criterion: tuple(
            candidate.unit_id
            for candidate in free
            if figure(candidate.reference, criterion) is None
        )
        for criterion, part in plan.parts.items()
        if part
    }
    return {criterion: units for criterion, units in found.items() if units}


def _total(plan: Plan, candidates: Sequence[Candidate], available: int | None) -> int:
    if plan.total is not None and plan.growth is not None:
        raise refused_at(GROWTH, message("Chỉ ghi một trong hai: tổng cần phân hoặc mức tăng."))
    if plan.total is not None:
        return plan.total
    if plan.growth is not None:
        known = [candidate.reference for candidate in candidates]
        return grown(grand_total(known, plan.growth_of), plan.growth)
    if available is None:
        raise refused_at(TOTAL, message("Chưa được cấp trên giao số nào; hãy ghi tổng cần phân."))
    return available


def _claim(plan: Plan, candidate: Candidate, weighed: Mapping[int, Fraction]) -> Claim:
    own = plan.of_boxes.get(candidate.unit_id, Bounds())
    return Claim(
        key=candidate.code,
        weight=weighed.get(candidate.unit_id, 0),
        floor=_floor(plan, own, candidate.reference),
        cap=_cap(plan, own, candidate.reference),
        held=candidate.held,
    )


def _floor(plan: Plan, own: Bounds, reference: Reference) -> int:
    if own.floor is not None:
        return own.floor
    per_cell = reference.cells if plan.floor_per_cell else 0
    return max(plan.for_all.floor or 0, per_cell)


def _cap(plan: Plan, own: Bounds, reference: Reference) -> int | None:
    if own.cap is not None:
        return own.cap
    caps = [plan.for_all.cap, reference.sources if plan.cap_by_sources else None]
    return min((cap for cap in caps if cap is not None), default=None)


def read_growth(text: str) -> Decimal:
    """Read a percentage of growth such as 5, 5,5% or -3."""
    match = _GROWTH.fullmatch(clean(text))
    if match is None:
        raise Refused(
            message(
                "Mức tăng “%(value)s” phải là số phần trăm, ví dụ 5 hoặc 5,5; giảm thì ghi -3.",
                value=clean(text),
            )
        )
    return Decimal(f"{match[1] or ''}{match[2]}.{match[3] or 0}".replace("−", "-"))
