"""An issuer's board: its children with what they are given, and who changed it last."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import db
from app.core.dates import FIRST_YEAR
from app.core.periods import Period, same_span_last_year
from app.measures.queries import MeasureRow, SegmentRow
from app.quotas.boxes import BoxKey, Mark, base_of, key_of
from app.quotas.in_force import QuotaFigure, quotas_in_force
from app.quotas.queries import (
    SUBJECT,
    Distributions,
    VersionRow,
    Versions,
    distributions,
    lines_of_version,
)
from app.quotas.references import Known, references
from app.quotas.rules import ASSIGNED, SUPERSEDED, Base, BoardKey, Line, Quota
from app.tenants.context import Context
from app.units.below import children
from app.units.rows import UnitRow


@dataclass(frozen=True)
class SegmentQuota:
    """A quota for one segment of what a unit is given."""

    segment: SegmentRow
    quota: Quota


@dataclass(frozen=True)
class BoardRow:
    """A child and its quota in the version shown."""

    unit: UnitRow
    quota: Quota | None
    segments: tuple[SegmentQuota, ...]


@dataclass(frozen=True)
class Frame:
    """A board before any quota stands on it: whose it is, of what and when.

    `below` are the unit's children in the period, `segments` those that the measure has.
    """

    unit: UnitRow
    measure: MeasureRow
    period: Period
    below: tuple[UnitRow, ...]
    segments: tuple[SegmentRow, ...]

    @property
    def key(self) -> BoardKey:
        """The key of the unit's board."""
        return BoardKey(self.unit.id, self.measure.id, self.period)


@dataclass(frozen=True)
class Board:
    """What an issuer has before it when it distributes a measure for a period.

    `held` is what it was assigned itself, as of today; None where nothing was. `figures` are its
    quotas of every source, as of today. `segments` are those with boxes of their own, `others`
    those that may get them. `lines` are those of the version shown, `lines_decided_last` those of
    the version that the next one follows. `base` is what percentages are taken of.
    """

    key: BoardKey
    unit: UnitRow
    measure: MeasureRow
    held: int | None
    figures: tuple[QuotaFigure, ...]
    rows: tuple[BoardRow, ...]
    segments: tuple[SegmentRow, ...]
    others: tuple[SegmentRow, ...]
    lines: tuple[Line, ...]
    lines_decided_last: tuple[Line, ...]
    marks: Mapping[BoxKey, Mark]
    base: Base
    versions: Versions

    @cached_property
    def quotas(self) -> Mapping[BoxKey, Quota]:
        """What stands in each box."""
        return {key_of(line): line.quota for line in self.lines}


@dataclass(frozen=True)
class LastChange:
    """Who changed a distribution last, and when."""

    actor_name: str
    occurred_at: datetime


def board(
    context: Context,
    frame: Frame,
    *,
    choose: Callable[[Versions], VersionRow | None],
    wanted: Collection[str] = (),
) -> Board:
    """Return the board of a unit: a row for each child it had in the period.

    `choose` says which version's quotas it holds; `wanted` are codes of segments that are to have
    boxes although none has a quota yet.
    """
    key = frame.key
    last_year = _year_before(key.period)
    found = distributions(context, key, last_year)
    chosen = choose(found.given)
    lines = _lines(context, found, chosen)
    lines_before = (
        _lines(context, found, found.given_last_year.in_force(last_year.last_day))
        if last_year
        else ()
    )
    given = {line.segment_id for line in (*lines, *lines_before)}
    segments = tuple(row for row in frame.segments if row.id in given or row.code in wanted)
    totals = {line.unit_id: line.quota for line in lines if line.segment_id is None}
    of_segments = _segment_quotas(segments, lines)
    below = () if frame.unit.is_cell else with_named(context, key, frame.below, lines)
    rows = (BoardRow(child, totals.get(child.id), of_segments.get(child.id, ())) for child in below)
    return Board(
        key=key,
        unit=frame.unit,
        measure=frame.measure,
        held=found.held.count if found.held else None,
        figures=_figures(context, key, found),
        rows=tuple(rows),
        segments=segments,
        others=tuple(row for row in frame.segments if row not in segments),
        lines=lines,
        lines_decided_last=_lines(context, found, found.given.latest),
        marks=found.marks.get(chosen.id, {}) if chosen else {},
        base=base_of(lines),
        versions=found.given,
    )


def known_of_children(context: Context, board: Board) -> Known:
    """Return what is known of each child of a board, members being those of the board's base."""
    units = [row.unit for row in board.rows]
    return references(context, board.unit, board.key, units, base=board.base)


def children_on_board(
    context: Context, key: BoardKey, lines: Sequence[Line]
) -> tuple[UnitRow, ...]:
    """Return the children in the period, and those named by the lines that came or left outside."""
    below = children(context, key.issuer_id, key.period.start, key.period.last_day)
    return with_named(context, key, below, lines)


def with_named(
    context: Context, key: BoardKey, below: tuple[UnitRow, ...], lines: Sequence[Line]
) -> tuple[UnitRow, ...]:
    """Return the children in the period with those named by the lines that came or left outside.

    One that left before the period began is among the latter: what is summed must be seen.
    """
    missing = {line.unit_id for line in lines} - {unit.id for unit in below}
    if not missing:
        return below
    last = max(key.period.start, context.today)
    others = children(context, key.issuer_id, date(FIRST_YEAR, 1, 1), last)
    return tuple(
        sorted(
            (*below, *(unit for unit in others if unit.id in missing)),
            key=lambda unit: (unit.sort_key, unit.code),
        )
    )


def left_before(context: Context, key: BoardKey, lines: Sequence[Line]) -> tuple[UnitRow, ...]:
    """Return those named by the lines that are children neither in the period nor today."""
    first = min(context.today, key.period.start)
    last = max(context.today, key.period.last_day)
    present = {unit.id for unit in children(context, key.issuer_id, first, last)}
    if present >= {line.unit_id for line in lines}:
        return ()
    shown = children_on_board(context, key, lines)
    return tuple(unit for unit in shown if unit.id not in present)


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


def _year_before(period: Period) -> Period | None:
    span = same_span_last_year(period, period.last_day)
    return None if span is None else Period(span[0], span[1] + timedelta(days=1))


def _figures(context: Context, key: BoardKey, found: Distributions) -> tuple[QuotaFigure, ...]:
    """Return a unit's quotas of every source as of today, assigned first."""
    quotas = {} if found.held is None else {ASSIGNED: found.held}
    for source, its_versions in found.stated.items():
        for line in _lines(context, found, its_versions.in_force(context.today)):
            if line.segment_id is None:
                quotas[source] = line.quota
    if any(quota.base == Base.CURRENT for quota in quotas.values()):
        # A percentage of current members is counted anew each day.
        figures = quotas_in_force(
            context, (key.issuer_id,), key.measure_id, key.period, context.today
        )
        return figures.get(key.issuer_id, ())
    return tuple(QuotaFigure(source, *astuple(quota)) for source, quota in quotas.items())


def _segment_quotas(
    segments: Sequence[SegmentRow], lines: Sequence[Line]
) -> dict[int, tuple[SegmentQuota, ...]]:
    """Return the quotas of each unit by segment, in the order of the segments."""
    by_segment: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.segment_id is not None:
            by_segment[line.segment_id].append(line)
    found: dict[int, list[SegmentQuota]] = defaultdict(list)
    for segment in segments:
        for line in by_segment[segment.id]:
            found[line.unit_id].append(SegmentQuota(segment, line.quota))
    return {unit_id: tuple(quotas) for unit_id, quotas in found.items()}
