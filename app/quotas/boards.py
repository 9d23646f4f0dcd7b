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
    VersionRow,
    Versions,
    held_on,
    lines_of_version,
    quotas_in_force,
    versions,
)
from app.quotas.rules import ASSIGNED, Line, Quota
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

    `held` is what it was assigned itself, as of today; None where nothing was.
    """

    key: BoardKey
    unit: UnitRow
    measure: MeasureRow
    held: int | None
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
    found = versions(context, key)
    lines = lines_of_version(context, choose(found))
    totals = {line.unit_id: line.quota for line in lines if line.segment_id is None}
    segments = _segment_quotas(context, measure, lines)
    below = () if unit.is_cell else children_on_board(context, key, lines)
    last_year = _last_years_counts(context, key, below)
    rows = (
        BoardRow(child, totals.get(child.id), last_year.get(child.id), segments.get(child.id, ()))
        for child in below
    )
    held = held_on(context, key, context.today)
    return Board(key, unit, measure, held, tuple(rows), lines, found)


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


def _last_years_counts(context: Context, key: BoardKey, below: Sequence[UnitRow]) -> dict[int, int]:
    """Return what each child was assigned for the same period one year earlier."""
    span = same_span_last_year(key.period, key.period.last_day)
    if span is None or not below:
        return {}
    first, last = span
    figures = quotas_in_force(
        context,
        [unit.id for unit in below],
        key.measure_id,
        Period(first, last + timedelta(days=1)),
        last,
    )
    return {
        unit_id: figure.count
        for unit_id, found in figures.items()
        for figure in found
        if figure.source == ASSIGNED
    }


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
