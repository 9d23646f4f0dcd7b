"""The page with a small chart of every child of a unit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from flask import render_template
from flask_babel import gettext

from app.accounts.access import may
from app.monitoring.asking import Asked, asked
from app.monitoring.blueprint import pages
from app.monitoring.links import child_url, people_url
from app.monitoring.pages import is_chartable, months_of
from app.monitoring.queries import (
    THIS_YEAR,
    Attainment,
    attainment_of,
    last_year_spans,
    quotas_of,
    units_below,
    year_before,
)
from app.monitoring.rules import against_pace, pace
from app.rollups.below import CountsBelow, monthly_counts_below
from app.rollups.queries import Span
from app.tenants.context import Context
from app.tenants.current import current_context
from app.units.rows import UnitRow
from app.web.charts import MonthFigure, SmallDrawing, small_drawing
from app.web.formats import percent, whole_number
from app.web.guards import Permission, requires
from app.web.i18n import render_message
from app.web.languages import language


@dataclass(frozen=True)
class SmallChart:
    """A child with its drawing; `words` say what the drawing shows."""

    name: str
    url: str | None
    people_url: str | None
    figures: str
    standing: str
    words: str
    drawing: SmallDrawing


@pages.get("/units/<opaque('unit'):unit_id>/multiples")
@requires(Permission.SEE_FIGURES)
def multiples_page(unit_id: int) -> str:
    """Show how each child has got on through the period, side by side."""
    context = current_context()
    about = asked(context, unit_id)
    question = about.question
    can_draw = is_chartable(question.period, question.as_of)
    return render_template(
        "monitoring/multiples.html",
        **about.on_page,
        charts=_charts(context, about) if can_draw else [],
        may_see_people=may(Permission.SEE_PEOPLE),
        can_draw=can_draw,
    )


@dataclass(frozen=True)
class ByMonth:
    """The children that have figures, whoever is furthest behind first, with their months."""

    children: tuple[Attainment, ...]
    counted: CountsBelow


def children_by_month(context: Context, about: Asked) -> ByMonth:
    """Return how a unit's children have got on, by three statements."""
    question, unit = about.question, about.unit
    below = units_below(context, unit, question)
    counted = monthly_counts_below(
        context,
        parent_ids=[unit.id],
        measure_id=question.measure.id,
        spans=(
            Span(THIS_YEAR, question.period.start, question.as_of, question.tree),
            *last_year_spans(unit, question, below, question.period.last_day),
        ),
    )
    quotas = quotas_of(context, [child.id for child in below], question, about.descent)
    children = [
        attainment_of(
            context,
            child,
            quotas.get(child.id, ()),
            count=counted.of_child(THIS_YEAR, unit.id, child.id),
            last_year=counted.of_child(year_before(unit, child, question), unit.id, child.id),
        )
        for child in below
    ]
    drawn = [child for child in children if child.has_figures]
    return ByMonth(tuple(sorted(drawn, key=_behind_first(about))), counted)


def _charts(context: Context, about: Asked) -> list[SmallChart]:
    found = children_by_month(context, about)
    return [_chart(child, about, found.counted) for child in found.children]


def _behind_first(about: Asked) -> Callable[[Attainment], tuple[int, str]]:
    def key(child: Attainment) -> tuple[int, str]:
        behind = _behind(child, about)
        return (1_000_000 if behind is None else -behind, child.unit.sort_key)

    return key


def _chart(child: Attainment, about: Asked, counted: CountsBelow) -> SmallChart:
    question = about.question
    months = list(running_totals(child.unit, about, counted))
    highest = max(
        child.quota or 0,
        *(number or 0 for month in months for number in (month.admitted, month.last_year)),
    )
    behind = against_pace(_behind(child, about))
    figures = (
        f"{whole_number(child.count, language())}/{whole_number(child.quota, language())}"
        f" · {percent(child.percent, language())}"
    )
    standing = "" if behind is None else render_message(behind)
    by_month = ", ".join(str(month.admitted) for month in months if month.admitted is not None)
    return SmallChart(
        name=child.unit.name,
        url=child_url(child.unit, about.address),
        people_url=people_url(child.unit, question, about.unit) if child.count else None,
        figures=figures,
        standing=standing,
        words=gettext(
            "%(unit)s, cộng dồn từng tháng: %(numbers)s", unit=child.unit.name, numbers=by_month
        ),
        drawing=small_drawing(months, child.quota, question.as_of, highest),
    )


def _behind(child: Attainment, about: Asked) -> int | None:
    question = about.question
    if child.quota is None:
        return None
    return pace(child.quota, question.period, question.as_of) - child.count


def running_totals(child: UnitRow, about: Asked, counted: CountsBelow) -> Iterator[MonthFigure]:
    """Go through the months of the period with what a child had counted by their ends."""
    question = about.question
    has_last_year = question.period.is_within_a_year and question.compares
    earlier = year_before(about.unit, child, question)
    admitted = last_year = 0
    for month in months_of(question.period):
        admitted += counted.of_month(THIS_YEAR, child.id, month)
        if has_last_year:
            before = date(month.year - 1, month.month, 1)
            last_year += counted.of_month(earlier, child.id, before)
        yield MonthFigure(
            month=month,
            admitted=admitted if month <= question.as_of else None,
            last_year=last_year if has_last_year else None,
        )
