"""One version of a distribution by itself, as its paper shows it: who is given what."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.periods import Period
from app.measures.queries import MeasureRow, SegmentRow, segments_of
from app.quotas.boards import children_on_board
from app.quotas.queries import (
    BoardKey,
    VersionRow,
    Versions,
    distributions,
    held_on,
    lines_of_version,
)
from app.quotas.rules import DRAFT, SUPERSEDED, Balance, Line, Quota, balance
from app.tenants.context import Context
from app.units.queries import UnitRow


@dataclass(frozen=True)
class GivenRow:
    """A unit with what it is given, in all and by segment."""

    unit_name: str
    quota: Quota | None
    segments: tuple[tuple[SegmentRow, Quota], ...]


@dataclass(frozen=True)
class DecidedVersion:
    """A version with what it gives; `children` is how many units it could have given to.

    What a draft weighs against is what its issuer holds today.
    """

    unit: UnitRow
    measure: MeasureRow
    period: Period
    version: VersionRow
    weighed: Balance
    rows: tuple[GivenRow, ...]
    children: int

    @property
    def is_draft(self) -> bool:
        """Whether nothing has been decided yet."""
        return self.version.state == DRAFT


def decided_version(
    context: Context,
    unit: UnitRow,
    measure: MeasureRow,
    period: Period,
    *,
    choose: Callable[[Versions], VersionRow],
) -> DecidedVersion:
    """Return the version of a unit's distribution that `choose` picks; it may raise NotFound."""
    key = BoardKey(unit.id, measure.id, period)
    found = distributions(context, key, last_year=None)
    version = choose(found.given)
    lines = (
        lines_of_version(context, version)
        if version.state == SUPERSEDED
        else found.lines.get(version.id, ())
    )
    below = children_on_board(context, key, lines)
    return DecidedVersion(
        unit=unit,
        measure=measure,
        period=period,
        version=version,
        weighed=_weighed(context, key, version, lines),
        rows=_rows(context, measure, below, lines),
        children=len(below),
    )


def _weighed(
    context: Context, key: BoardKey, version: VersionRow, lines: Sequence[Line]
) -> Balance:
    if version.assigned is not None:
        return Balance(version.assigned, version.assigned - version.reserve)
    return balance(held_on(context, key, context.today), lines)


def _rows(
    context: Context, measure: MeasureRow, below: Sequence[UnitRow], lines: Sequence[Line]
) -> tuple[GivenRow, ...]:
    by_unit: dict[int, dict[int | None, Quota]] = defaultdict(dict)
    for line in lines:
        by_unit[line.unit_id][line.segment_id] = line.quota
    has_segments = any(line.segment_id is not None for line in lines)
    segments = segments_of(context, measure) if has_segments else ()
    return tuple(
        GivenRow(
            unit.name,
            by_unit[unit.id].get(None),
            tuple((s, by_unit[unit.id][s.id]) for s in segments if s.id in by_unit[unit.id]),
        )
        for unit in below
        if unit.id in by_unit
    )
