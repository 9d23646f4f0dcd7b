"""The first page of figures: how a unit and its children stand."""

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.access import current_principal, may
from app.monitoring import queries
from app.monitoring.asking import asked
from app.monitoring.blueprint import pages
from app.monitoring.pages import ORDERS, attainment_page
from app.rounds.pages import task
from app.rounds.waiting import Waiting, measures_and_waiting
from app.tenants.context import Context
from app.tenants.current import current_context
from app.web.addresses import see_other
from app.web.guards import Permission, requires, signed_in


@pages.get("/")
@signed_in
def home() -> Response:
    """Open what the reader wants first: what waits for who records, else how the unit stands."""
    principal = current_principal()
    if principal is None or principal.unit is None:
        return see_other(url_for("accounts.overview"))
    records = principal.may(Permission.RECORD_PEOPLE)
    first = "todo.of_unit" if records else "monitoring.attainment"
    return see_other(url_for(first, unit_id=principal.unit.id))


@pages.get("/units/<opaque('unit'):unit_id>/attainment")
@requires(Permission.SEE_FIGURES)
def attainment(unit_id: int) -> str:
    """Show a unit's count beside its quotas, and its children's."""
    context = current_context()
    about = asked(context, unit_id)
    report = queries.attainment(context, about.unit, about.question, about.descent)
    order = request.args.get("order", ORDERS[0])
    return render_template(
        "monitoring/attainment.html",
        **about.on_page,
        page=attainment_page(report, about, order if order in ORDERS else ORDERS[0]),
        tasks=[task(unit_id, found, context.today) for found in _waiting(context, unit_id)],
        may_see_people=may(Permission.SEE_PEOPLE),
        may_record_people=may(Permission.RECORD_PEOPLE),
        may_remind=may(Permission.REMIND) and not about.unit.is_cell,
    )


def _waiting(context: Context, unit_id: int) -> tuple[Waiting, ...]:
    """Return what waits for its committee, on the page of the unit acted for."""
    if context.unit_id != unit_id or not may(Permission.SET_QUOTAS):
        return ()
    return measures_and_waiting(context, unit_id)[1]
