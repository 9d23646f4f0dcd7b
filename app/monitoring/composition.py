"""What a unit's count is made of: segments with their targets and last year's numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.core.numbers import percentage
from app.core.periods import same_span_last_year
from app.measures.queries import SegmentRow, segments_of
from app.monitoring.asking import Asked
from app.monitoring.queries import LAST_YEAR, THIS_YEAR, Question, mapped_tree
from app.monitoring.small_counts import ShownCount, ShownCounts, is_sensitive, shown_counts
from app.quotas.in_force import QuotaFigure, segment_quotas_in_force
from app.quotas.rules import rating_quota
from app.rollups.models import Tree
from app.rollups.queries import Span, segment_counts_by_span
from app.tenants.context import Context
from app.units.rows import UnitRow


@dataclass(frozen=True)
class SegmentFigures:
    """A segment's count, of how many, and last year's; `quota` is the target for it.

    `count` and `last_year` are None where they may not be shown. A sensitive segment's are those
    to the end of the last finished quarter for a reader without row rights.
    """

    segment: SegmentRow
    count: int | None
    whole: int
    last_year: int | None
    last_year_whole: int | None
    quota: QuotaFigure | None
    is_withheld: bool = False

    @property
    def percent(self) -> Decimal | None:
        """The share of the measure."""
        return None if self.count is None else percentage(self.count, self.whole)

    @property
    def last_year_percent(self) -> Decimal | None:
        """The share a year earlier."""
        if self.last_year is None or self.last_year_whole is None:
            return None
        return percentage(self.last_year, self.last_year_whole)

    @property
    def attained(self) -> Decimal | None:
        """The count in percent of the target."""
        if self.count is None or self.quota is None:
            return None
        return percentage(self.count, self.quota.count)


@dataclass(frozen=True)
class Composition:
    """A unit's count by overlapping segments, which are never added together.

    `until` is the day to which sensitive segments are counted for a reader without row rights,
    None where there is no such day or none is needed.
    """

    total: int
    last_year_total: int | None
    segments: tuple[SegmentFigures, ...]
    withholds: bool
    until: date | None


def composition(context: Context, about: Asked, *, has_row_rights: bool) -> Composition:
    """Return what the count of a question is made of, by at most four statements."""
    question, unit = about.question, about.unit
    segments = segments_of(context, question.measure)
    spans = tuple(_spans(unit, question))
    counted = segment_counts_by_span(
        context, unit_id=unit.id, measure_id=question.measure.id, spans=spans
    )
    quotas = segment_quotas_in_force(
        context, unit.id, question.measure.id, question.period, question.as_of
    )
    withholds = not has_row_rights and any(is_sensitive(segment) for segment in segments)
    shown = _shown(context, about, segments) if withholds else None
    total, by_slot = counted[THIS_YEAR]
    before = counted.get(LAST_YEAR)
    found = [
        SegmentFigures(
            segment=segment,
            count=by_slot.get(segment.slot, 0),
            whole=total,
            last_year=None if before is None else before[1].get(segment.slot, 0),
            last_year_whole=None if before is None else before[0],
            quota=rating_quota(quotas.get(segment.id, ()), context.rating_source),
        )
        for segment in segments
    ]
    return Composition(
        total=total,
        last_year_total=None if before is None else before[0],
        segments=tuple(found if shown is None else _withheld(found, shown)),
        withholds=withholds,
        until=None if shown is None else shown.until,
    )


def _spans(unit: UnitRow, question: Question) -> Iterator[Span]:
    yield Span(THIS_YEAR, question.period.start, question.as_of, question.tree)
    before = same_span_last_year(question.period, question.as_of)
    if before is not None and question.compares:
        yield Span(LAST_YEAR, *before, mapped_tree(unit))


def _shown(context: Context, about: Asked, segments: tuple[SegmentRow, ...]) -> ShownCounts:
    """Return what may be shown; on today's tree nothing, or both trees would tell who moved."""
    question = about.question
    if question.tree is Tree.NOW:
        return ShownCounts(None, {})
    return shown_counts(
        context, about.unit, question.measure.id, question.period, question.as_of, segments
    )


def _withheld(found: list[SegmentFigures], shown: ShownCounts) -> Iterator[SegmentFigures]:
    """Put what may be shown in the place of every sensitive figure."""
    for figures in found:
        if not is_sensitive(figures.segment):
            yield figures
            continue
        yield _instead(figures, shown.by_slot)


def _instead(figures: SegmentFigures, by_slot: Mapping[int, ShownCount]) -> SegmentFigures:
    shown = by_slot.get(figures.segment.slot, ShownCount(None, None))
    return SegmentFigures(
        segment=figures.segment,
        count=shown.place.part if shown.place else None,
        whole=shown.place.total if shown.place else 0,
        last_year=shown.last_year.part if shown.last_year else None,
        last_year_whole=shown.last_year.total if shown.last_year else None,
        quota=figures.quota,
        is_withheld=shown.place is None,
    )
