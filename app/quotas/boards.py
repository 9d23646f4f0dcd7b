"""An issuer's board: its children with what they are given, and who changed it last."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import db
from app.core.periods import Period, same_span_last_year
from app.measures.queries import MeasureRow, SegmentRow, segments_of
from app.quotas.queries import (
    SUBJECT,
    BoardKey,
    Distributions,
    Holding,
    VersionRow,
    Versions,
    as_range,
    distributions,
    held_by,
    lines_of_version,
    own_quota,
)
from app.quotas.rules import SUPERSEDED, Base, Line, Quota
from app.tenants.context import Context
from app.units.queries import UnitRow, children


@dataclass(frozen=True)
class SegmentQuota:
    """A quota for one segment of what a unit is given."""

    segment: SegmentRow
    quota: Quota


@dataclass(frozen=True)
class BoardRow:
    """A child, its quota in the version shown, and what it was assigned one year earlier."""

    unit: UnitRow
    quota: Quota | None
    last_year: int | None
    segments: tuple[SegmentQuota, ...]


@dataclass(frozen=True)
class Board:
    """What an issuer has before it when it distributes a measure for a period.

    `held` is what it was assigned itself, `own` what it has set itself, both as of today; None
    where nothing was.
    """

    key: BoardKey
    unit: UnitRow
    measure: MeasureRow
    held: int | None
    own: Quota | None
    rows: tuple[BoardRow, ...]
    lines: tuple[Line, ...]
    versions: Versions


@dataclass(frozen=True)
class LastChange:
    """Who changed a distribution last, and when."""

    actor_name: str
    occurred_at: datetime


def board(
    context: Context,
    unit: UnitRow,
    measure: MeasureRow,
    period: Period,
    *,
    choose: Callable[[Versions], VersionRow | None],
) -> Board:
    """Return the board of a unit: a row for each child it had in the period.

    `choose` says which version's quotas it holds.
    """
    key = BoardKey(unit.id, measure.id, period)
    found = distributions(context, key)
    lines = _lines(context, found, choose(found.given))
    totals = {line.unit_id: line.quota for line in lines if line.segment_id is None}
    segments = _segment_quotas(context, measure, lines)
    below = () if unit.is_cell else children_on_board(context, key, lines)
    held = _held(context, key, below)
    rows = (
        BoardRow(child, totals.get(child.id), held.get(child.id), segments.get(child.id, ()))
        for child in below
    )
    return Board(
        key=key,
        unit=unit,
        measure=measure,
        held=held[unit.id],
        own=_own_quota(context, key, found),
        rows=tuple(rows),
        lines=lines,
        versions=found.given,
    )


def children_on_board(
    context: Context, key: BoardKey, lines: Sequence[Line]
) -> tuple[UnitRow, ...]:
    """Return the children in the period, and those named by the lines that came or left outside."""
    below = children(context, key.issuer_id, key.period.start, key.period.last_day)
    missing = {line.unit_id for line in lines} - {unit.id for unit in below}
    if not missing:
        return below
    first, last = sorted((key.period.start, context.today))
    others = children(context, key.issuer_id, first, last)
    return tuple(
        sorted(
            (*below, *(unit for unit in others if unit.id in missing)),
            key=lambda unit: (unit.sort_key, unit.code),
        )
    )


def last_change(context: Context, distribution_id: int) -> LastChange | None:
    """Return who wrote to a distribution last, as the trail has it."""
    row = db.session.execute(
        select(AuditEntry.actor_name, AuditEntry.occurred_at)
        .where(
            AuditEntry.tenant_id == context.tenant_id,
            AuditEntry.subject_kind == SUBJECT,
            AuditEntry.subject_id == distribution_id,
        )
        .order_by(AuditEntry.occurred_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else LastChange(row.actor_name, row.occurred_at)


def _lines(context: Context, found: Distributions, version: VersionRow | None) -> tuple[Line, ...]:
    """Return the lines of a version; those of a superseded one are still to be read."""
    if version is not None and version.state == SUPERSEDED:
        return lines_of_version(context, version)
    return found.lines.get(version.id, ()) if version else ()


def _held(context: Context, key: BoardKey, below: Sequence[UnitRow]) -> dict[int, int | None]:
    """Return what an issuer holds today, and each child held at the end of last year's period."""
    holdings = [Holding(key.issuer_id, key.measure_id, as_range(key.period), context.today)]
    span = same_span_last_year(key.period, key.period.last_day)
    if span is not None:
        first, last = span
        last_year = as_range(Period(first, last + timedelta(days=1)))
        holdings += [Holding(unit.id, key.measure_id, last_year, last) for unit in below]
    return held_by(context, holdings)


def _own_quota(context: Context, key: BoardKey, found: Distributions) -> Quota | None:
    version = found.own.in_force(context.today)
    if version is None:
        return None
    lines = _lines(context, found, version)
    total = next((line.quota for line in lines if line.segment_id is None), None)
    # A percentage of current members is counted anew each day.
    is_counted_anew = total is not None and total.base == Base.CURRENT
    return own_quota(context, key) if is_counted_anew else total


def _segment_quotas(
    context: Context, measure: MeasureRow, lines: Sequence[Line]
) -> dict[int, tuple[SegmentQuota, ...]]:
    """Return the quotas of each unit by segment, in the order of the segments."""
    by_segment: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.segment_id is not None:
            by_segment[line.segment_id].append(line)
    found: dict[int, list[SegmentQuota]] = defaultdict(list)
    for segment in segments_of(context, measure) if by_segment else ():
        for line in by_segment[segment.id]:
            found[line.unit_id].append(SegmentQuota(segment, line.quota))
    return {unit_id: tuple(quotas) for unit_id, quotas in found.items()}
