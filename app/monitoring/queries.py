"""Attainment: what was counted beside what was asked for, of a unit and of its children."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from app.core.errors import Refused
from app.core.messages import message
from app.core.numbers import percentage
from app.core.periods import Period, same_span_last_year
from app.measures.queries import MeasureRow, SegmentRow
from app.quotas.in_force import QuotaFigure, added_up, quotas_in_force
from app.quotas.rules import rating_quota
from app.reorganisations.lineage import (
    Descent,
    Forebears,
    forebears,
    has_begun_inside,
    heirs_today,
)
from app.rollups.models import Tree
from app.rollups.queries import Counts, Span, counts, segment_counts
from app.tenants.context import Context
from app.units.below import children, children_then_and_today
from app.units.rows import UnitRow

THIS_YEAR = "this_year"
LAST_YEAR = "last_year"
ONE_DAY = timedelta(days=1)
THIS_YEAR_MAPPED = "this_year_mapped"
"""This year on the units that last year is mapped to: what it may be compared with."""
LAST_YEAR_THEN = "last_year_then"
"""Last year as it stood then: says whether mapping it changed a figure."""
PAST = ("past_1", "past_2", "past_3")
"""The spans of whole earlier years, the last one first."""


TREES = {"then": Tree.THEN, "now": Tree.NOW}
"""The trees that a question may name: of each step's date, or today's."""


@dataclass(frozen=True)
class Attainment:
    """One unit's count and quotas. `rated` is the quota that the tenant rates by."""

    unit: UnitRow
    quotas: tuple[QuotaFigure, ...]
    rated: QuotaFigure | None
    count: int
    last_year: int | None

    @property
    def quota(self) -> int | None:
        """The whole number that the rated quota means."""
        return self.rated.count if self.rated else None

    @property
    def percent(self) -> Decimal | None:
        """The count in percent of the rated quota; None without one or with 0."""
        return percentage(self.count, self.quota)

    @property
    def has_figures(self) -> bool:
        """Whether there is anything to say: a count, last year's, or a quota."""
        return bool(self.count or self.last_year or self.quotas)


@dataclass(frozen=True)
class AttainmentReport:
    """Attainment of a unit and its children over a period up to a day, both counted.

    `counts` has the unit's by month too: this year's up to the day, last year's whole.
    `mapped_count` is the unit's on the units that last year's is mapped to.
    """

    measure: MeasureRow
    period: Period
    as_of: date
    tree: Tree
    unit: Attainment
    children: tuple[Attainment, ...]
    last_year_as_of: date | None
    counts: Counts
    mapped_count: int


@dataclass(frozen=True)
class Question:
    """What is asked: which measure, in all or one segment, when, and on which tree.

    `compares` is false where the unit stood on a part of the days alone, so that a year earlier
    is none like it.
    """

    measure: MeasureRow
    period: Period
    as_of: date
    tree: Tree = Tree.THEN
    segment: SegmentRow | None = None
    compares: bool = True


def tree_of(context: Context, unit: UnitRow, period: Period, wanted: str | None) -> Tree:
    """Return the tree that a question about a unit is answered on.

    Unless it is named: that of then, but today's for a unit that a reorganisation began inside
    the period. Refused is today's tree for a unit that has ended; its heirs are named.
    """
    if wanted is None:
        return Tree.NOW if has_begun_inside(context, unit.id, period) else Tree.THEN
    tree = TREES[wanted]
    if tree is Tree.NOW and not unit.path:
        heirs = heirs_today(context, unit.id)
        raise Refused(
            message(
                "Tổ chức này đã kết thúc; nay là: %(heirs)s.",
                heirs=", ".join(f"{heir.code} {heir.name}" for heir in heirs) or "–",
            )
        )
    return tree


def attainment(
    context: Context, unit: UnitRow, question: Question, descent: Descent | None = None
) -> AttainmentReport:
    """Report a unit and every unit that was its child in the period.

    On today's tree those that are its children today stand beside them, whose counts make up the
    unit's; who has left since has nothing left to count here, but may still have a quota. Whoever
    has read the descent of units already hands it over.
    """
    below = units_below(context, unit, question)
    spans = _spans(unit, question, below)
    counted = counts(
        context,
        unit_id=unit.id,
        measure_id=question.measure.id,
        spans=spans,
        slot=question.segment.slot if question.segment else None,
    )
    quotas = quotas_of(context, [unit.id, *(child.id for child in below)], question, descent)
    compares = len(spans) > 1
    rows = tuple(
        attainment_of(
            context,
            child,
            quotas.get(child.id, ()),
            count=counted.of_child(THIS_YEAR, child.id),
            last_year=(
                counted.of_child(year_before(unit, child, question), child.id) if compares else None
            ),
        )
        for child in below
    )
    own = attainment_of(
        context,
        unit,
        quotas.get(unit.id, ()),
        count=counted.total(THIS_YEAR),
        last_year=counted.total(LAST_YEAR) if compares else None,
    )
    return AttainmentReport(
        measure=question.measure,
        period=question.period,
        as_of=question.as_of,
        tree=question.tree,
        unit=own,
        children=rows,
        last_year_as_of=spans[1].last if compares else None,
        counts=counted,
        mapped_count=counted.total(THIS_YEAR_MAPPED if compares else THIS_YEAR),
    )


@dataclass(frozen=True)
class SegmentCount:
    """How many of a unit's count belong to a segment."""

    segment: SegmentRow
    count: int
    percent: Decimal | None


@dataclass(frozen=True)
class Breakdown:
    """A unit's count by overlapping segments; they are never added together."""

    total: int
    segments: tuple[SegmentCount, ...]


def breakdown(
    context: Context, unit: UnitRow, question: Question, segments: Sequence[SegmentRow]
) -> Breakdown:
    """Count a unit's steps over the period by segment; percentages are of the measure."""
    total, by_slot = segment_counts(
        context,
        unit_id=unit.id,
        measure_id=question.measure.id,
        span=Span(THIS_YEAR, question.period.start, question.as_of, question.tree),
    )
    return Breakdown(
        total=total,
        segments=tuple(
            SegmentCount(segment, count, percentage(count, total))
            for segment in segments
            for count in (by_slot.get(segment.slot, 0),)
        ),
    )


def units_below(context: Context, unit: UnitRow, question: Question) -> tuple[UnitRow, ...]:
    """Return who is a row under a unit: its children of the period, as called on the day.

    On today's tree those of today as well.
    """
    period, named_on = question.period, question.as_of
    first, last = period.start, period.last_day
    if question.tree is Tree.THEN:
        return children(context, unit.id, first, last, named_on=named_on)
    return children_then_and_today(context, unit.id, first, last, named_on=named_on)


def quotas_of(
    context: Context,
    unit_ids: Sequence[int],
    question: Question,
    descent: Descent | None = None,
) -> Mapping[int, tuple[QuotaFigure, ...]]:
    """Return the quotas of units; on today's tree those of whom each stood for on the day.

    They are added up; nothing is known where one of them was split since.
    """
    stood_for = _stood_for(context, unit_ids, question, descent)
    asked = {*unit_ids, *(one for each in stood_for.values() for one in each.unit_ids)}
    known = quotas_in_force(
        context,
        sorted(asked),
        question.measure.id,
        question.period,
        question.as_of,
        question.segment.id if question.segment else None,
    )
    restated = {
        unit_id: added_up(known.get(one, ()) for one in sorted(each.unit_ids))
        if each.is_exact
        else ()
        for unit_id, each in stood_for.items()
    }
    return {**known, **restated}


def _stood_for(
    context: Context, unit_ids: Sequence[int], question: Question, descent: Descent | None
) -> Mapping[int, Forebears]:
    if question.tree is not Tree.NOW:
        return {}
    if descent is None:
        return forebears(context, unit_ids, question.as_of)
    return descent.forebears(unit_ids, question.as_of)


def last_year_spans(
    unit: UnitRow, question: Question, below: Sequence[UnitRow], until: date
) -> tuple[Span, ...]:
    """Return the spans of a year earlier: on mapped units, and for some units as they stood then.

    None where there is no year earlier to compare with.
    """
    before = same_span_last_year(question.period, until)
    if before is None or not question.compares:
        return ()
    as_they_stood = any(year_before(unit, child, question) == LAST_YEAR_THEN for child in below)
    return (
        Span(LAST_YEAR, *before, mapped_tree(unit)),
        Span(LAST_YEAR_THEN, *before, Tree.THEN, has_children=as_they_stood),
    )


def mapped_tree(unit: UnitRow) -> Tree:
    """Return the tree that earlier years stand on; who has ended is mapped to none but itself."""
    return Tree.NOW if unit.path else Tree.THEN


def year_before(unit: UnitRow, child: UnitRow, question: Question | AttainmentReport) -> str:
    """Return the name of the span that says what a child had a year earlier.

    On mapped units. A child of then that has ended or moved since counts elsewhere today: what it
    had itself is what its count of then is like.
    """
    is_mapped = child.is_child_of(unit) or question.tree is Tree.NOW
    return LAST_YEAR if is_mapped else LAST_YEAR_THEN


def _spans(unit: UnitRow, question: Question, below: Sequence[UnitRow]) -> tuple[Span, ...]:
    """Return this year's span; within a year also last year's, and whole earlier ones.

    Whole months are the cheapest to read.
    """
    this_year = Span(THIS_YEAR, question.period.start, question.as_of, question.tree)
    last_year = last_year_spans(unit, question, below, question.as_of)
    if not last_year:
        return (this_year,)
    mapped = mapped_tree(unit)
    past = (
        Span(name, *whole, mapped, has_children=False)
        for name, whole in zip(PAST, _earlier_years(question.period), strict=False)
    )
    like_last_year = replace(this_year, name=THIS_YEAR_MAPPED, tree=mapped, has_children=False)
    return (this_year, *last_year, like_last_year, *past)


def _earlier_years(period: Period) -> Iterator[tuple[date, date]]:
    """Go through the period's spans one, two, three … years earlier."""
    while span := same_span_last_year(period, period.last_day):
        yield span
        period = Period(span[0], span[1] + ONE_DAY)


def attainment_of(
    context: Context,
    unit: UnitRow,
    quotas: tuple[QuotaFigure, ...],
    *,
    count: int,
    last_year: int | None,
) -> Attainment:
    """Put a unit's count beside its quotas, rated as the tenant rates."""
    return Attainment(unit, quotas, rating_quota(quotas, context.rating_source), count, last_year)
