"""Pages of people: the list of a unit, one person, adding one, recording an admission."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.accounts.access import may
from app.cases import queries
from app.cases.commands import add_person, correct_step, record_steps
from app.cases.duplicates import LookAlikes, look_alikes
from app.cases.forms import (
    AdmissionForm,
    CeremonyForm,
    PeopleFilterForm,
    PersonForm,
    StepForm,
    admission_defaults,
    step_form,
)
from app.cases.pages import person_lines, person_page, taken_words
from app.cases.queries import PeopleFilter, TakenStep
from app.cases.rules import PRINCIPAL_STEPS, STEP_NAMES, RecordedCase, StepKind
from app.core.dates import parse_iso_date
from app.core.errors import Conflict, NotFound, Refused
from app.core.messages import message
from app.measures.queries import introducers, segments, stated_segments
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.units.queries import UnitRow, cells_under, unit_with_ancestors
from app.web.addresses import kept_parameters, page_number, see_other
from app.web.errors import status_of
from app.web.guards import Permission, requires
from app.web.i18n import render_message
from app.web.opaque import open_id, seal_id

pages = Blueprint("cases", __name__, template_folder="templates")

_FILTERS = ("q", "cell", "born", "standing", "step", "first", "last")


@pages.get("/units/<opaque('unit'):unit_id>/people")
@requires(Permission.SEE_PEOPLE)
def people(unit_id: int) -> str:
    """List the people at and below a unit."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    form = PeopleFilterForm(request.args, cells_under(context, unit.path))
    taken = _taken_step()
    found = queries.people(context, unit, replace(form.wanted, taken=taken), page_number())
    return render_template(
        "cases/people.html",
        unit=unit,
        above=above,
        form=form,
        taken=taken_words(taken) if taken else None,
        page=found,
        lines=person_lines(found),
        page_url=lambda number: url_for("cases.people", unit_id=unit.id, page=number, **_address()),
        is_filtered=bool(_address()),
        may_record=may(Permission.RECORD_PEOPLE),
    )


@pages.get("/people/<opaque('person'):person_id>")
@requires(Permission.SEE_PEOPLE)
def person(person_id: int) -> str:
    """Show one person with the steps taken."""
    context = current_context()
    case = queries.person(context, person_id)
    cell, above = unit_with_ancestors(context, case.cell_id)
    may_record = may(Permission.RECORD_PEOPLE)
    return render_template(
        "cases/person.html",
        person_id=person_id,
        cell=cell,
        above=above,
        page=person_page(
            case,
            cell_names=queries.cell_names(
                context, {cell.id, *(step.cell_id for step in case.steps.values())}
            ),
            segments=segments(context),
        ),
        may_record=may_record,
    )


@pages.get("/people/<opaque('person'):person_id>/steps/<kind>")
@requires(Permission.RECORD_PEOPLE)
def step(person_id: int, kind: str) -> str:
    """Ask for the date of a step, or for another one where it is recorded."""
    context = current_context()
    case = queries.person(context, person_id)
    return _step_form(context, case, *_asked_step(context, case, kind))


@pages.post("/people/<opaque('person'):person_id>/steps/<kind>")
@requires(Permission.RECORD_PEOPLE)
def save_step(person_id: int, kind: str) -> ResponseReturnValue:
    """Record or correct a step. Sending the same values again changes nothing."""
    context = current_context()
    case = queries.person(context, person_id)
    asked, form = _asked_step(context, case, kind)
    if not form.validate():
        return _step_form(context, case, asked, form), form.status
    try:
        if asked in case.steps:
            correct_step(context, person_id, asked, form.draft)
        else:
            record_steps(context, person_id, {asked: form.draft})
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _step_form(context, case, asked, form), status_of(refusal)
    flash(_("Đã ghi “%(step)s”.", step=render_message(STEP_NAMES[asked])), "success")
    return see_other(url_for("cases.person", person_id=person_id))


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
    if not form.has_seen_look_alikes:
        found = look_alikes(context, form.cell_id, form.details)
        if found.is_any:
            form.ask_about_look_alikes()
            return _person_form(unit, above, form, found)
    claimed = claim(context, request.form.get("client_key", ""))
    if not claimed.is_first:
        return see_other(claimed.result or url_for("cases.people", unit_id=unit.id))
    try:
        person_id = add_person(context, form.cell_id, form.details, form.steps)
    except Refused as refusal:
        form.show(refusal)
        return _person_form(unit, above, form), status_of(refusal)
    flash(_("Đã thêm %(name)s.", name=form.details.full_name), "success")
    if request.form.get("then") == "admission":
        address = url_for(
            "cases.record_admission", unit_id=unit.id, person=seal_id("person", person_id)
        )
    else:
        address = url_for("cases.person", person_id=person_id)
    settle(context, request.form["client_key"], address)
    return see_other(address)


@pages.get("/units/<opaque('unit'):unit_id>/admission")
@requires(Permission.RECORD_PEOPLE)
def record_admission(unit_id: int) -> str:
    """Ask whose admission it is, then for the decision and the ceremony."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    if "person" not in request.args:
        return _choice_of_person(context, unit, above)
    case = queries.person(context, _chosen_person())
    if StepKind.DECISION in case.steps:
        return _admission_form(context, unit, case, CeremonyForm(ceremony=context.today))
    last = queries.last_decision(context, (above[-1] if above else unit).path)
    form = AdmissionForm(**admission_defaults(last, context.today))
    return _admission_form(context, unit, case, form)


@pages.post("/units/<opaque('unit'):unit_id>/admission")
@requires(Permission.RECORD_PEOPLE)
def save_admission(unit_id: int) -> ResponseReturnValue:
    """Record the admission and lead to the figures that it has moved."""
    context = current_context()
    unit, _above = unit_with_ancestors(context, unit_id)
    case = queries.person(context, _chosen_person())
    form = CeremonyForm() if StepKind.DECISION in case.steps else AdmissionForm()
    if not form.validate():
        return _admission_form(context, unit, case, form), form.status
    claimed = claim(context, request.form.get("client_key", ""))
    if not claimed.is_first:
        return see_other(claimed.result or url_for("cases.people", unit_id=unit.id))
    try:
        record_steps(context, case.person_id, form.steps)
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _admission_form(context, unit, case, form), status_of(refusal)
    address = _figures_of(context, case)
    settle(context, request.form["client_key"], address)
    return see_other(address)


def _figures_of(context: Context, case: RecordedCase) -> str:
    """Tell of the admission, and return the page on which the cell's new total stands."""
    cell, above = unit_with_ancestors(context, case.cell_id)
    link = Markup('<a href="{}">{}</a>').format(
        url_for("cases.person", person_id=case.person_id), case.details.full_name
    )
    text = Markup(_("Đã ghi kết nạp %(person)s vào %(cell)s. Số mới ở ngay dưới đây."))  # noqa: S704 our own text
    flash(text % {"person": link, "cell": cell.name}, "success")
    return url_for("monitoring.attainment", unit_id=(above[-1] if above else cell).id)


def _choice_of_person(context: Context, unit: UnitRow, above: tuple[UnitRow, ...]) -> str:
    words = request.args.get("q", "")
    wanted = PeopleFilter(words=words, is_not_admitted=True)
    found = queries.people(context, unit, wanted, page_number())
    return render_template(
        "cases/choice_of_person.html",
        unit=unit,
        above=above,
        words=words,
        page=found,
        lines=person_lines(found),
        page_url=lambda number: url_for(
            "cases.record_admission", unit_id=unit.id, q=words or None, page=number
        ),
    )


def _admission_form(
    context: Context, unit: UnitRow, case: RecordedCase, form: AdmissionForm | CeremonyForm
) -> str:
    cell, above = unit_with_ancestors(context, case.cell_id)
    return render_template(
        "cases/admission.html",
        unit=unit,
        above=above,
        cell=cell,
        case=case,
        person_token=seal_id("person", case.person_id),
        decision=case.steps.get(StepKind.DECISION),
        form=form,
        client_key=new_client_key(),
    )


def _asked_step(context: Context, case: RecordedCase, kind: str) -> tuple[StepKind, StepForm]:
    if kind not in PRINCIPAL_STEPS:
        raise NotFound(message("Không có bước nào mang mã “%(code)s”.", code=kind))
    asked = StepKind(kind)
    recorded = case.draft_of(asked) if asked in case.steps else None
    return asked, step_form(asked, introducers(segments(context)), recorded)


def _step_form(context: Context, case: RecordedCase, asked: StepKind, form: StepForm) -> str:
    cell, above = unit_with_ancestors(context, case.cell_id)
    return render_template(
        "cases/step.html",
        cell=cell,
        above=above,
        case=case,
        kind=asked.value,
        name=render_message(STEP_NAMES[asked]),
        is_recorded=asked in case.steps,
        form=form,
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


def _chosen_person() -> int:
    return open_id("person", request.args.get("person", ""))


def _taken_step() -> TakenStep | None:
    """Read from the address which step a figure counts, and from when to when."""
    kind = request.args.get("step")
    if not kind:
        return None
    if kind not in list(StepKind):
        raise NotFound(message("Không có bước nào mang mã “%(code)s”.", code=kind))
    first, last = (request.args.get(name) for name in ("first", "last"))
    return TakenStep(
        StepKind(kind),
        parse_iso_date(first) if first else None,
        parse_iso_date(last) if last else None,
    )


def _address() -> dict[str, Any]:
    """Return what the links of the list keep of its address."""
    return kept_parameters(_FILTERS)
