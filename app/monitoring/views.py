"""Pages of figures: how a unit and its children stand, and what their counts are made of."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.access import current_principal, may
from app.core.dates import parse_date
from app.core.periods import as_of
from app.measures.filters import asked_measure, asked_period, measure_choices, period_choices
from app.measures.queries import MeasureRow, measures, segments_of
from app.monitoring import queries
from app.monitoring.pages import ORDERS, attainment_page, breakdown_columns, breakdown_rows
from app.monitoring.queries import TREES, Question
from app.rollups.models import Tree
from app.rounds.pages import task
from app.rounds.waiting import Waiting, measures_and_waiting
from app.tenants.context import Context
from app.tenants.current import current_context
from app.units.queries import unit_with_ancestors
from app.web.addresses import kept_parameters, see_other
from app.web.guards import Permission, requires, signed_in

pages = Blueprint("monitoring", __name__, template_folder="templates")


@pages.get("/")
@signed_in
def home() -> Response:
    """Open what the reader wants first: how the unit acted for stands."""
    principal = current_principal()
    if principal is None or principal.unit is None:
        return see_other(url_for("accounts.overview"))
    return see_other(url_for("monitoring.attainment", unit_id=principal.unit.id))


@pages.get("/units/<opaque('unit'):unit_id>/attainment")
@requires(Permission.SEE_FIGURES)
def attainment(unit_id: int) -> str:
    """Show a unit's count beside its quotas, and its children's."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    offered, waiting = _offered(context, unit.id)
    question = _question(context, offered)
    report = queries.attainment(context, unit, question)
    order = request.args.get("order", ORDERS[0])
    return render_template(
        "monitoring/attainment.html",
        page=attainment_page(report, _address(), order if order in ORDERS else ORDERS[0]),
        unit=unit,
        above=above,
        measures=measure_choices(offered),
        periods=period_choices(context.today.year, question.period),
        address=_address(),
        tasks=[task(unit.id, found, context.today) for found in waiting],
        may_see_people=may(Permission.SEE_PEOPLE),
        may_record_people=may(Permission.RECORD_PEOPLE),
    )


@pages.get("/units/<opaque('unit'):unit_id>/breakdown")
@requires(Permission.SEE_FIGURES)
def breakdown(unit_id: int) -> str:
    """Show what a unit's count is made of, segment by segment."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    offered = measures(context)
    question = _question(context, offered)
    found = queries.breakdown(context, unit, question, segments_of(context, question.measure))
    return render_template(
        "monitoring/breakdown.html",
        breakdown=found,
        rows=breakdown_rows(found),
        columns=breakdown_columns(),
        question=question,
        unit=unit,
        above=above,
        measures=measure_choices(offered),
        periods=period_choices(context.today.year, question.period),
        address=_address(),
    )


def _offered(context: Context, unit_id: int) -> tuple[tuple[MeasureRow, ...], tuple[Waiting, ...]]:
    """Return the measures, and on the page of the unit acted for what waits for its committee."""
    if context.unit_id == unit_id and may(Permission.SET_QUOTAS):
        return measures_and_waiting(context, unit_id)
    return measures(context), ()


def _question(context: Context, offered: tuple[MeasureRow, ...]) -> Question:
    """Read the question from the address; this year's admissions up to today when it is bare."""
    period = asked_period(context.today)
    requested = request.args.get("as_of")
    return Question(
        measure=asked_measure(offered),
        period=period,
        as_of=as_of(period, context.today, parse_date(requested) if requested else None),
        tree=TREES.get(request.args.get("tree", ""), Tree.THEN),
    )


def _address() -> dict[str, Any]:
    """Return what the links of the page keep of its address."""
    return kept_parameters(("period", "measure", "as_of", "tree"))
