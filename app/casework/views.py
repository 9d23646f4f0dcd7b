"""Pages of people: the list of a unit, one person, adding one, correcting and moving one."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import may
from app.cases import queries
from app.cases.duplicates import LookAlikes, look_alikes
from app.cases.queries import Credit, PeopleFilter, Stood, TakenStep
from app.cases.rules import StepKind
from app.casework.blueprint import pages
from app.casework.forms import (
    PeopleFilterForm,
    PersonForm,
)
from app.casework.history import history_lines
from app.casework.pages import person_lines, person_page, picked_words
from app.casework.queries import history, named_person, place
from app.casework.readings import readings
from app.core.dates import parse_iso_date
from app.core.errors import Conflict, NotFound, Refused
from app.core.messages import message
from app.measures.queries import segments, stated_segments
from app.monitoring.journeys import passed_beyond, stages_before
from app.privacy.commands import keep_identity, same_identity
from app.procedure.cases import Taking
from app.procedure.deciding import deciding_committees
from app.procedure.queries import case_state, law
from app.procedure.taking import add_person
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.units.below import cells_under
from app.units.queries import refuse_out_of_scope, unit_with_ancestors
from app.units.rows import UnitRow
from app.web.addresses import kept_parameters, page_number, see_other
from app.web.errors import status_of
from app.web.guards import Permission, requires
from app.web.opaque import open_id, seal_id

_FILTERS = ("q", "cell", "born", "standing", "step", "first", "last", "segment", "in_hand")
_OF_FIGURES = ("counted", "under", "of", "stood", "on", "since", "before")
"""What a figure's link asks besides: on which tree, of whom; or who stood where on a day."""


@pages.get("/units/<opaque('unit'):unit_id>/people")
@requires(Permission.SEE_PEOPLE)
def people(unit_id: int) -> str:
    """List the people at and below a unit."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    form = PeopleFilterForm(request.args, cells_under(context, unit.path))
    wanted = wanted_of(form)
    found = queries.people(context, unit, wanted, page_number())
    return render_template(
        "cases/people.html",
        unit=unit,
        above=above,
        form=form,
        taken=picked_words(wanted),
        may_miss_moved=wanted.taken is not None
        and wanted.taken.credit is not None
        and not context.scope.is_of_topmost,
        page=found,
        lines=person_lines(found),
        page_url=lambda number: url_for("cases.people", unit_id=unit.id, page=number, **_address()),
        is_filtered=bool(_address()),
        address=_address(),
        may_record=may(Permission.RECORD_PEOPLE),
    )


@pages.get("/people/<opaque('person'):person_id>")
@requires(Permission.SEE_PEOPLE)
def person(person_id: int) -> str:
    """Show one person: the way so far, what comes next, and what is missing for it."""
    return _person("cases/person.html", person_id)


@pages.get("/people/<opaque('person'):person_id>/summary")
@requires(Permission.SEE_PEOPLE)
def summary(person_id: int) -> str:
    """Show the summary of one person that is printed on one sheet."""
    return _person("cases/summary.html", person_id)


@pages.get("/people/<opaque('person'):person_id>/history")
@requires(Permission.SEE_PEOPLE)
def person_history(person_id: int) -> str:
    """Show what was changed of a person, when and by whom."""
    context = current_context()
    state = case_state(context, person_id)
    known = segments(context)
    return render_template(
        "cases/history.html",
        state=state,
        place=place(context, state.path),
        lines=history_lines(history(context, person_id), known),
    )


@pages.get("/people/<opaque('person'):person_id>/readers")
@requires(Permission.SEE_READERS)
def person_readers(person_id: int) -> str:
    """Show who has read the sensitive fields of a person or taken them out, when and why."""
    context = current_context()
    person = named_person(context, person_id)
    return render_template(
        "cases/readers.html",
        person=person,
        place=place(context, person.path),
        readings=readings(context, person_id, person.path),
    )


@pages.get("/units/<opaque('unit'):unit_id>/people/new")
@requires(Permission.RECORD_PEOPLE)
def new_person(unit_id: int) -> str:
    """Ask for a new person of one of the unit's cells."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    cells = cells_under(context, unit.path)
    # Who is added in order to be admitted was listed some time ago.
    listed_on = None if request.args.get("then") == "admission" else context.today
    form = PersonForm(cells, stated_segments(segments(context)), listed=listed_on)
    return _person_form(unit, above, form)


@pages.post("/units/<opaque('unit'):unit_id>/people/new")
@requires(Permission.RECORD_PEOPLE)
def save_new_person(unit_id: int) -> ResponseReturnValue:
    """Add the person, and go on to the admission if that was asked for."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    form = PersonForm(cells_under(context, unit.path), stated_segments(segments(context)))
    if not form.validate():
        return _person_form(unit, above, form), form.status
    try:
        found = _perhaps_on_record(context, form)
    except Refused as refusal:
        form.show(refusal)
        return _person_form(unit, above, form), status_of(refusal)
    if found.is_any:
        # An answer and no failure: the questions have to stay in the trail.
        return _person_form(unit, above, form, found), HTTPStatus.OK
    claimed = claim(context, request.form.get("client_key", ""))
    if not claimed.is_first:
        return see_other(claimed.result or url_for("cases.people", unit_id=unit.id))
    goes_on = request.form.get("then") == "admission"
    if goes_on and form.listed.data == context.today:
        # The day is the form's own suggestion: who is admitted by now was listed before today.
        form.listed.data = None
    steps = {kind: Taking(draft) for kind, draft in form.steps.items()}
    try:
        done = add_person(context, form.cell_id, form.details, steps)
        if form.identity.data:
            keep_identity(context, done.person_ids[0], form.identity.data)
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _person_form(unit, above, form), status_of(refusal)
    if goes_on:
        flash(_("Đã thêm %(name)s.", name=form.details.full_name), "success")
        token = seal_id("person", done.person_ids[0])
        address = url_for("cases.record_admission", unit_id=unit.id, person=token)
    else:
        address = url_for("cases.recorded", recording_id=done.recording_id)
    settle(context, request.form["client_key"], address)
    return see_other(address)


def _perhaps_on_record(context: Context, form: PersonForm) -> LookAlikes:
    """Return who has the number, else who looks like the person and was not shown before."""
    if form.identity.data:
        found = same_identity(context, form.identity.data)
        if found.is_any:
            form.refuse_identity(found)
            return found
    if form.has_seen_look_alikes:
        return LookAlikes((), is_one_outside=False)
    found = look_alikes(context, form.cell_id, form.details)
    if found.is_any:
        form.ask_about_look_alikes()
    return found


def _person(template: str, person_id: int) -> str:
    context = current_context()
    state = case_state(context, person_id)
    may_record = may(Permission.RECORD_PEOPLE)
    where = place(
        context, state.path, {step.cell_id for step in state.steps.values() if step.cell_id}
    )
    known = law(context)
    deciding = deciding_committees(context, (state.path,), known.on(context.today))
    page = person_page(
        state,
        known,
        context.today,
        where.names,
        segments(context),
        deciding=deciding.get(state.path),
        may_record=may_record,
    )
    return render_template(
        template,
        person_id=person_id,
        place=where,
        page=page,
        may_record=may_record,
        may_see_readers=may(Permission.SEE_READERS),
        has_mentor=StepKind.MENTOR in state.steps and not state.is_closed,
        today=context.today,
        tenant_name=context.tenant_name,
    )


def _person_form(
    unit: UnitRow,
    above: tuple[UnitRow, ...],
    form: PersonForm,
    found: LookAlikes | None = None,
) -> str:
    return render_template(
        "cases/new_person.html",
        unit=unit,
        above=above,
        form=form,
        client_key=new_client_key(),
        leads_to_admission=request.values.get("then") == "admission",
        found=found,
    )


def wanted_of(form: PeopleFilterForm) -> PeopleFilter:
    """Return whom the form and the address ask for."""
    return replace(
        form.wanted,
        taken=_taken_step(),
        stood=_stood(),
        is_in_hand=bool(request.args.get("in_hand")),
    )


def _taken_step() -> TakenStep | None:
    """Read from the address which step a figure counts, and from when to when."""
    kind = _step("step")
    if kind is None:
        return None
    first, last = (request.args.get(name) for name in ("first", "last"))
    counted = request.args.get("counted", "")
    under, of = (
        open_id("unit", token) if (token := request.args.get(name)) else None
        for name in ("under", "of")
    )
    refuse_out_of_scope(current_context(), [unit for unit in (under, of) if unit is not None])
    return TakenStep(
        kind,
        parse_iso_date(first) if first else None,
        parse_iso_date(last) if last else None,
        slot=request.args.get("segment", type=int),
        credit=Credit(counted) if counted in list(Credit) else None,
        under=under,
        of=of,
    )


def _stood() -> Stood | None:
    """Read from the address at which step people stood on a day, on the way to which one."""
    kind, counted = _step("stood"), _step("before")
    on, since = (request.args.get(name) for name in ("on", "since"))
    if kind is None or counted is None or not on or not since:
        return None
    if kind not in stages_before(counted):
        raise NotFound(message("Không có bước nào mang mã “%(code)s”.", code=kind.value))
    return Stood(kind, parse_iso_date(on), parse_iso_date(since), passed_beyond(kind, counted))


def _step(name: str) -> StepKind | None:
    code = request.args.get(name)
    if not code:
        return None
    if code not in list(StepKind):
        raise NotFound(message("Không có bước nào mang mã “%(code)s”.", code=code))
    return StepKind(code)


def _address() -> dict[str, Any]:
    """Return what the links of the list keep of its address."""
    return kept_parameters((*_FILTERS, *_OF_FIGURES))
