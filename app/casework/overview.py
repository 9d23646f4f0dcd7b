"""What waits for whom: the first page of whoever records, the board of cases, who holds them."""

from math import ceil

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import current_principal, may
from app.casework.blueprint import pages, todo_pages
from app.casework.boards import (
    Stayed,
    at_risk,
    board,
    holding_lines,
    stay_choices,
    whole_prospect,
)
from app.casework.held_lines import HELD_FILTERS, HeldFilterForm, held_line
from app.casework.queries import PlaceUnit, cards_of_desk, desk, this_month
from app.casework.todo_lines import todo_groups
from app.core.errors import Conflict, Refused
from app.procedure.held import held_cases
from app.procedure.nil_reports import cells_with_steps, nil_reports, report_nothing
from app.procedure.todo import Window, holdings_below, pipeline, todo
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.units.below import cells_under
from app.units.queries import unit_with_ancestors
from app.web.addresses import kept_parameters, page_number, see_other
from app.web.guards import Permission, requires
from app.web.i18n import render_message

UNITS_ON_A_PAGE = 50


@todo_pages.get("/todo")
@requires(Permission.SEE_PEOPLE)
def mine() -> ResponseReturnValue:
    """Open what waits for the unit that the reader acts for."""
    principal = current_principal()
    if principal is None or principal.unit is None:
        return see_other(url_for("accounts.overview"))
    return see_other(url_for("todo.of_unit", unit_id=principal.unit.id))


@todo_pages.get("/units/<opaque('unit'):unit_id>/todo")
@requires(Permission.SEE_PEOPLE)
def of_unit(unit_id: int) -> str:
    """Show what waits at and below a unit, the overdue first, and how many are to be admitted."""
    context = current_context()
    unit = desk(context, unit_id)
    asked = request.args.get("window")
    window = Window(asked) if asked in list(Window) else None
    found = todo(context, unit, window=window)
    (card,) = cards_of_desk(context, unit)
    return render_template(
        "cases/todo.html",
        unit=unit,
        card=card,
        groups=todo_groups(found, context.today, window, unit.id, is_cell=unit.is_cell),
        month=context.today,
        may_record=may(Permission.RECORD_PEOPLE),
        may_set_quotas=may(Permission.SET_QUOTAS),
        client_key=new_client_key(),
        rows=found.counts[window] if window else sum(found.counts.values()),
        address={"window": window.value} if window else {},
    )


@todo_pages.get("/units/<opaque('unit'):unit_id>/nothing")
@requires(Permission.SEE_PEOPLE)
def nothing_new(unit_id: int) -> str:
    """Show which cells have said that nothing arose this month."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    cells = cells_under(context, unit.path)
    numbers = [cell.id for cell in cells]
    known = nil_reports(context, numbers, this_month(context))
    with_steps = cells_with_steps(context, numbers, this_month(context))
    return render_template(
        "cases/nothing_new.html",
        unit=unit,
        above=above,
        cells=[
            (cell, known.get(cell.id), cell.id in with_steps, new_client_key()) for cell in cells
        ],
        month=context.today,
        may_record=may(Permission.RECORD_PEOPLE),
    )


@todo_pages.post("/units/<opaque('unit'):unit_id>/nothing")
@requires(Permission.RECORD_PEOPLE)
def save_nothing_new(unit_id: int) -> ResponseReturnValue:
    """Record that nothing arose in a cell this month."""
    context = current_context()
    claimed = claim(context, request.form.get("client_key", ""))
    address = url_for("todo.of_unit", unit_id=unit_id)
    if not claimed.is_first:
        return see_other(claimed.result or address)
    try:
        done = report_nothing(context, unit_id, this_month(context))
    except (Refused, Conflict) as refusal:
        flash(render_message(refusal.message), "error")
        return see_other(address)
    if done.recording_id:
        address = url_for("cases.recorded", recording_id=done.recording_id)
    else:
        flash(_("Chi bộ đã báo không phát sinh tháng này."), "info")
    settle(context, request.form["client_key"], address)
    return see_other(address)


@pages.get("/units/<opaque('unit'):unit_id>/pipeline")
@requires(Permission.SEE_PEOPLE)
def pipeline_board(unit_id: int) -> str:
    """Show the open cases of a unit by step: how many, how long, and who has waited longest."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    stayed = Stayed.of(request.args.get("stayed", ""))
    return render_template(
        "cases/pipeline.html",
        unit=unit,
        above=above,
        stayed=stayed.value,
        stays=stay_choices(),
        columns=board(context, unit, pipeline(context, unit), stayed),
    )


@todo_pages.get("/units/<opaque('unit'):unit_id>/holdings")
@requires(Permission.SEE_PEOPLE)
def holders(unit_id: int) -> str:
    """Show below a unit who holds how many cases, how long, and what quota is at risk."""
    context = current_context()
    unit = desk(context, unit_id)
    held = holdings_below(context, unit.id)
    children = [PlaceUnit(one.unit_id, one.name) for one in held]
    own, *below = cards_of_desk(context, unit, children)
    lines = holding_lines(held, below, context.today)
    risky = at_risk(lines)
    only_risky = bool(request.args.get("risk"))
    shown = risky if only_risky else lines
    pages_of_them = max(1, ceil(len(shown) / UNITS_ON_A_PAGE))
    page = min(page_number(), pages_of_them)
    return render_template(
        "cases/holdings.html",
        unit=unit,
        own=own,
        prospect=whole_prospect(held, own),
        total=sum(line.total for line in lines),
        lines=shown[(page - 1) * UNITS_ON_A_PAGE : page * UNITS_ON_A_PAGE],
        page=page,
        pages=pages_of_them,
        page_url=lambda number: url_for(
            "todo.holders", unit_id=unit.id, risk=1 if only_risky else None, page=number
        ),
        risky=len(risky),
        only_risky=only_risky,
        today=context.today,
    )


@todo_pages.get("/units/<opaque('unit'):unit_id>/held")
@requires(Permission.SEE_PEOPLE)
def held(unit_id: int) -> str:
    """List the open cases at and below a unit, those held longest first."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    form = HeldFilterForm(request.args)
    found = held_cases(context, unit, form.wanted(context.today), page_number())
    address = kept_parameters(HELD_FILTERS)
    return render_template(
        "cases/held.html",
        unit=unit,
        above=above,
        form=form,
        page=found,
        lines=[held_line(case, context.today) for case in found.cases],
        address=address,
        page_url=lambda number: url_for("todo.held", unit_id=unit.id, page=number, **address),
    )
