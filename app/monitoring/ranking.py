"""Children of a unit ranked by how far they are behind, with what says why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.monitoring.activity import NOTHING_AT_ALL, Activity, activity_below
from app.monitoring.asking import Asked
from app.monitoring.queries import (
    THIS_YEAR,
    Attainment,
    Question,
    attainment_of,
    last_year_spans,
    quotas_of,
    units_below,
    year_before,
)
from app.monitoring.rules import pace
from app.rollups.below import monthly_counts_below
from app.rollups.queries import Span
from app.tenants.context import Context

TREND = "trend"
TREND_MONTHS = 12


@dataclass(frozen=True)
class RankedChild:
    """A child's figures; `behind` an even pace, None without a quota; `trend` month by month."""

    attainment: Attainment
    behind: int | None
    trend: tuple[int, ...]
    activity: Activity
    days_since: int | None


@dataclass(frozen=True)
class Ranking:
    """The children of a unit, whoever is furthest behind first; without a quota last."""

    children: tuple[RankedChild, ...]
    months: tuple[date, ...]
    last_year_as_of: date | None

    @property
    def behind(self) -> tuple[RankedChild, ...]:
        """Who is behind, the furthest first."""
        return tuple(child for child in self.children if child.behind and child.behind > 0)

    @property
    def with_quota(self) -> int:
        """How many children have a quota."""
        return sum(child.behind is not None for child in self.children)


def ranking(context: Context, about: Asked) -> Ranking:
    """Rank a unit's children by four statements."""
    question, unit = about.question, about.unit
    months = tuple(_months_to(question.as_of))
    below = units_below(context, unit, question)
    last_year = last_year_spans(unit, question, below, question.as_of)
    spans = (
        Span(THIS_YEAR, question.period.start, question.as_of, question.tree),
        *last_year,
        Span(TREND, months[0], question.as_of, question.tree),
    )
    counted = monthly_counts_below(
        context, parent_ids=[unit.id], measure_id=question.measure.id, spans=spans
    )
    quotas = quotas_of(context, [child.id for child in below], question, about.descent)
    going_on = activity_below(
        context, unit.id, [measure.id for measure in about.offered], question.as_of
    )
    ranked = [
        _ranked(
            attainment_of(
                context,
                child,
                quotas.get(child.id, ()),
                count=counted.of_child(THIS_YEAR, unit.id, child.id),
                last_year=(
                    counted.of_child(year_before(unit, child, question), unit.id, child.id)
                    if last_year
                    else None
                ),
            ),
            question,
            tuple(counted.of_month(TREND, child.id, month) for month in months),
            going_on.get(child.id, NOTHING_AT_ALL),
        )
        for child in below
    ]
    return Ranking(
        children=tuple(sorted(ranked, key=_furthest_behind)),
        months=months,
        last_year_as_of=last_year[0].last if last_year else None,
    )


def _months_to(day: date) -> Iterator[date]:
    """Go through the first days of the months up to that of a day."""
    number = day.year * 12 + day.month - 1
    for month in range(number - TREND_MONTHS + 1, number + 1):
        yield date(month // 12, month % 12 + 1, 1)


def _ranked(
    attainment: Attainment, question: Question, trend: tuple[int, ...], activity: Activity
) -> RankedChild:
    quota = attainment.quota
    paced = None if quota is None else pace(quota, question.period, question.as_of)
    last_on = activity.last_on
    return RankedChild(
        attainment=attainment,
        behind=None if paced is None else paced - attainment.count,
        trend=trend,
        activity=activity,
        days_since=None if last_on is None else (question.as_of - last_on) // timedelta(days=1),
    )


def _furthest_behind(child: RankedChild) -> tuple[bool, int, str]:
    return child.behind is None, -(child.behind or 0), child.attainment.unit.sort_key
