"""One version of a distribution by itself, as its paper shows it: who is given what."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.periods import Period
from app.measures.queries import MeasureRow, SegmentRow
from app.quotas.boards import Frame, with_named
from app.quotas.queries import VersionRow, Versions, distributions, lines_of_version
from app.quotas.rules import DRAFT, SUPERSEDED, Balance, Line, Quota, balance
from app.tenants.context import Context
from app.units.rows import UnitRow


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
    context: Context, frame: Frame, *, choose: Callable[[Versions], VersionRow]
) -> DecidedVersion:
    """Return the version of a unit's distribution that `choose` picks; it may raise NotFound."""
    key = frame.key
    found = distributions(context, key, last_year=None)
    version = choose(found.given)
    lines = (
        lines_of_version(context, version)
        if version.state == SUPERSEDED
        else found.lines.get(version.id, ())
    )
    below = with_named(context, key, frame.below, lines)
    return DecidedVersion(
        unit=frame.unit,
        measure=frame.measure,
        period=frame.period,
        version=version,
        weighed=_weighed(found.held, version, lines),
        rows=_rows(frame.segments, below, lines),
        children=len(below),
    )


def _weighed(held: Quota | None, version: VersionRow, lines: Sequence[Line]) -> Balance:
    if version.assigned is not None:
        return Balance(version.assigned, version.assigned - version.reserve)
    return balance(held.count if held else None, lines)


def _rows(
    segments: Sequence[SegmentRow], below: Sequence[UnitRow], lines: Sequence[Line]
) -> tuple[GivenRow, ...]:
    by_unit: dict[int, dict[int | None, Quota]] = defaultdict(dict)
    for line in lines:
        by_unit[line.unit_id][line.segment_id] = line.quota
    return tuple(
        GivenRow(
            unit.name,
            by_unit[unit.id].get(None),
            tuple((s, by_unit[unit.id][s.id]) for s in segments if s.id in by_unit[unit.id]),
        )
        for unit in below
        if unit.id in by_unit
    )
