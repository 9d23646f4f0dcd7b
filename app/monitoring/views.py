"""Pages of figures: how a unit and its children stand, and what their counts are made of."""

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.access import current_principal
from app.core.dates import parse_date
from app.core.errors import NotFound
from app.core.messages import message
from app.core.periods import Period, as_of, parse_period
from app.measures.queries import MeasureRow, measures, segments_of
from app.monitoring import queries
from app.monitoring.pages import ORDERS, attainment_page, breakdown_columns, breakdown_rows
from app.monitoring.queries import Question
from app.rollups.models import Tree
from app.tenants.context import Context
from app.tenants.current import current_context
from app.units.queries import unit_with_ancestors
from app.web.guards import Permission, requires, signed_in

pages = Blueprint("monitoring", __name__, template_folder="templates")

TREES = {"then": Tree.THEN, "now": Tree.NOW}
YEARS_OFFERED = 5


@pages.get("/")
@signed_in
def home() -> Response:
    """Open what the reader wants first: how the unit acted for stands."""
    principal = current_principal()
    if principal is None or principal.unit is None:
        return redirect(url_for("accounts.overview"), code=303)
    return redirect(url_for("monitoring.attainment", unit_id=principal.unit.id), code=303)


@pages.get("/units/<opaque('unit'):unit_id>/attainment")
@requires(Permission.SEE_FIGURES)
def attainment(unit_id: int) -> str:
    """Show a unit's count beside its quotas, and its children's."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    offered = measures(context)
    question = _question(context, offered)
    report = queries.attainment(context, unit, question)
    order = request.args.get("order", ORDERS[0])
    return render_template(
        "monitoring/attainment.html",
        page=attainment_page(report, _address(), order if order in ORDERS else ORDERS[0]),
        unit=unit,
        above=above,
        measures=offered,
        periods=_periods_offered(context.today, question.period),
        address=_address(),
        may_see_people=_may(Permission.SEE_PEOPLE),
        may_record_people=_may(Permission.RECORD_PEOPLE),
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
        measures=offered,
        periods=_periods_offered(context.today, question.period),
        address=_address(),
    )


def _question(context: Context, offered: tuple[MeasureRow, ...]) -> Question:
    """Read the question from the address; this year's admissions up to today when it is bare."""
    period = parse_period(request.args.get("period") or str(context.today.year))
    requested = request.args.get("as_of")
    return Question(
        measure=_measure(offered, request.args.get("measure") or "admission"),
        period=period,
        as_of=as_of(period, context.today, parse_date(requested) if requested else None),
        tree=TREES.get(request.args.get("tree", ""), Tree.THEN),
    )


def _measure(offered: tuple[MeasureRow, ...], code: str) -> MeasureRow:
    found = next((row for row in offered if row.code == code), None)
    if found is None:
        raise NotFound(message("Không có chỉ tiêu thống kê nào mang mã “%(code)s”.", code=code))
    return found


def _may(permission: Permission) -> bool:
    principal = current_principal()
    return principal is not None and principal.may(permission)


def _address() -> dict[str, str]:
    """Return what the links of the page keep of its address."""
    kept = ("period", "measure", "as_of", "tree")
    return {name: request.args[name] for name in kept if request.args.get(name)}


def _periods_offered(today: date, chosen: Period) -> list[str]:
    """Return the last years, newest first, and the chosen period where it is none of them."""
    years = [str(today.year - back) for back in range(YEARS_OFFERED)]
    return years if str(chosen) in years else [str(chosen), *years]
