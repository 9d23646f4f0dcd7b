"""What a reader without row rights is shown of sensitive groups. See docs/decisions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.periods import Period, same_span_last_year
from app.measures.queries import SegmentRow
from app.measures.rules import Attribute
from app.monitoring.suppression import Family, Place, is_shown
from app.rollups.small_counts import Quarter, QuarterFigure, figures_on_the_way
from app.tenants.context import Context
from app.units.rows import UnitRow

QUARTER_MONTHS = 3
_ONE_DAY = timedelta(days=1)
_SENSITIVE = (Attribute.ETHNICITY, Attribute.RELIGION)


@dataclass(frozen=True)
class ShownCount:
    """A count of a sensitive group to the end of a quarter, and the same span a year earlier.

    None where it may not be shown.
    """

    place: Place | None
    last_year: Place | None


@dataclass(frozen=True)
class ShownCounts:
    """The sensitive groups of a unit by slot, counted to the end of a finished quarter."""

    until: date | None
    by_slot: Mapping[int, ShownCount]


def is_sensitive(segment: SegmentRow) -> bool:
    """Tell whether small counts of a segment are kept from readers without row rights."""
    return segment.is_sensitive or segment.attribute in _SENSITIVE


def shown_counts(  # noqa: PLR0917 a question in full
    context: Context,
    unit: UnitRow,
    measure_id: int,
    period: Period,
    as_of: date,
    segments: Iterable[SegmentRow],
) -> ShownCounts:
    """Return what may be shown of sensitive segments, by one statement.

    Of several segments that ask for one attribute the first alone: what lies in one and not in
    the other would be told by subtracting.
    """
    sensitive = [segment.slot for segment in segments if is_sensitive(segment)]
    offered = _first_of_each(segments)
    hidden = {slot: ShownCount(None, None) for slot in sensitive}
    this_year = finished_quarters(period, min(as_of, context.today - _ONE_DAY))
    if not offered or not this_year:
        return ShownCounts(None, hidden)
    until = this_year[-1].last
    before = same_span_last_year(period, until)
    last_year = (
        finished_quarters(Period(before[0], before[1] + _ONE_DAY), before[1]) if before else ()
    )
    figures = figures_on_the_way(
        context,
        unit_id=unit.id,
        measure_id=measure_id,
        slots=offered,
        quarters=[*last_year, *this_year],
    )
    shown = {
        slot: ShownCount(
            place=added_up(figures, slot, unit.id, this_year),
            last_year=added_up(figures, slot, unit.id, last_year) if last_year else None,
        )
        for slot in offered
    }
    return ShownCounts(until, {**hidden, **shown})


def finished_quarters(period: Period, last: date) -> tuple[Quarter, ...]:
    """Return the quarters of a period that are over by a day; none if it begins inside one."""
    start = period.start
    if start.day != 1 or start.month % QUARTER_MONTHS != 1:
        return ()
    found = []
    while (end := _quarter_end(start)) <= min(last, period.last_day):
        found.append(Quarter(start, end))
        start = end + _ONE_DAY
    return tuple(found)


def _same_quarters_last_year(period: Period, until: date) -> tuple[Quarter, ...]:
    before = same_span_last_year(period, until)
    if before is None:
        return ()
    return finished_quarters(Period(before[0], before[1] + _ONE_DAY), before[1])


def added_up(
    figures: Collection[QuarterFigure], slot: int, unit_id: int, quarters: Sequence[Quarter]
) -> Place | None:
    """Return a unit's count over quarters if it may be shown in each of them, else None."""
    whole = Place(0, 0)
    for quarter in quarters:
        found = _in_quarter(
            [row for row in figures if row.first == quarter.first and row.slot == slot], unit_id
        )
        if found is None:
            return None
        whole = Place(whole.total + found.total, whole.part + found.part)
    return whole


def _in_quarter(rows: Sequence[QuarterFigure], unit_id: int) -> Place | None:
    """Return a unit's count in a quarter if it may be shown; a quarter without rows is empty."""
    own = [row for row in rows if row.unit_id == unit_id]
    if not sum(row.total for row in own):
        return Place(0, 0)
    way = rows[0].way
    if way is None or not all(row.is_still for row in own):
        return None
    families = {above: _family(rows, above) for above in way}
    return families[unit_id].unit if is_shown(way, families) else None


def _family(rows: Sequence[QuarterFigure], above: int) -> Family:
    unit = Place(0, 0)
    for row in rows:
        if row.unit_id == above:
            unit = Place(unit.total + row.total, unit.part + row.part)
    children = {
        row.unit_id: Place(row.total, row.part)
        for row in rows
        if row.parent_id == above and row.is_still
    }
    return Family(unit, children)


def _first_of_each(segments: Iterable[SegmentRow]) -> list[int]:
    """Return the slots of the first sensitive segment of each attribute; the stated are one."""
    first: dict[Attribute | None, int] = {}
    for segment in segments:
        if is_sensitive(segment):
            first.setdefault(segment.attribute, segment.slot)
    return list(first.values())


def _quarter_end(first: date) -> date:
    month = first.month + QUARTER_MONTHS
    following = date(first.year + month // 13, (month - 1) % 12 + 1, 1)
    return following - _ONE_DAY
