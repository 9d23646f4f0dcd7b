"""Pages on which steps are taken and corrected, and what was just recorded is undone."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.cases import queries
from app.cases.rules import STEP_NAMES, RecordedCase, StepKind
from app.casework.approval_forms import ApprovalFields
from app.casework.blueprint import pages
from app.casework.forms import AdmissionForm, CeremonyForm, admission_defaults
from app.casework.pages import person_lines
from app.casework.queries import Card, act, cards_of_cell, place
from app.casework.rules import only_completes
from app.casework.step_forms import StepForm, step_form
from app.core.errors import AppError, Conflict, NotFound, Refused
from app.core.messages import message
from app.measures.queries import introducers, segments
from app.procedure.cases import CaseState, TakenStep, Taking
from app.procedure.commands import correct, keep_details, withdraw_step
from app.procedure.details import from_json
from app.procedure.queries import case_state, law
from app.procedure.recordings import undo
from app.procedure.taking import ApprovalNeeded, take_steps
from app.procedure.transfers import sent_of
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.units.queries import unit_with_ancestors
from app.units.rows import UnitRow
from app.web.addresses import page_number, see_other
from app.web.errors import status_of
from app.web.guards import Permission, requires
from app.web.i18n import render_message
from app.web.opaque import open_id, seal_id


@pages.get("/people/<opaque('person'):person_id>/steps/<kind>")
@requires(Permission.RECORD_PEOPLE)
def step(person_id: int, kind: str) -> str:
    """Ask for a step with its details, or for other ones where it is recorded."""
    context = current_context()
    state = case_state(context, person_id)
    asked = _known_kind(kind)
    return _step_page(context, state, asked, _form_of(context, state, asked))


@pages.post("/people/<opaque('person'):person_id>/steps/<kind>")
@requires(Permission.RECORD_PEOPLE)
def save_step(person_id: int, kind: str) -> ResponseReturnValue:
    """Record, complete or correct a step. Sending the same values again changes nothing."""
    context = current_context()
    state = case_state(context, person_id)
    asked = _known_kind(kind)
    form = _form_of(context, state, asked)
    if not form.validate():
        return _step_page(context, state, asked, form), form.status
    claimed = claim(context, request.form.get("client_key", ""))
    if not claimed.is_first:
        return see_other(claimed.result or url_for("cases.person", person_id=person_id))
    try:
        address = _kept(context, state, asked, form)
    except (Refused, Conflict) as refusal:
        show(form, refusal)
        return _step_page(context, state, asked, form), status_of(refusal)
    settle(context, request.form["client_key"], address)
    return see_other(address)


@pages.post("/people/<opaque('person'):person_id>/steps/<kind>/withdraw")
@requires(Permission.RECORD_PEOPLE)
def withdraw(person_id: int, kind: str) -> ResponseReturnValue:
    """Take away a step that was recorded by mistake, with a reason."""
    context = current_context()
    asked = _known_kind(kind)
    state = case_state(context, person_id)
    try:
        withdraw_step(context, person_id, asked, reason=request.form.get("why", ""))
    except (Refused, Conflict) as refusal:
        form = _form_of(context, state, asked)
        form.form_errors = [render_message(refusal.message)]
        return _step_page(context, state, asked, form), status_of(refusal)
    flash(_("Đã bỏ “%(step)s” ghi nhầm.", step=render_message(STEP_NAMES[asked])), "success")
    return see_other(url_for("cases.person", person_id=person_id))


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
        return _admission_page(context, unit, case, CeremonyForm(ceremony=context.today))
    last = queries.last_decision(context, (above[-1] if above else unit).path)
    form = AdmissionForm(**admission_defaults(last, context.today))
    return _admission_page(context, unit, case, form)


@pages.post("/units/<opaque('unit'):unit_id>/admission")
@requires(Permission.RECORD_PEOPLE)
def save_admission(unit_id: int) -> ResponseReturnValue:
    """Record the admission and lead to the new total, where it may be undone."""
    context = current_context()
    unit, _above = unit_with_ancestors(context, unit_id)
    case = queries.person(context, _chosen_person())
    form = CeremonyForm() if StepKind.DECISION in case.steps else AdmissionForm()
    if not form.validate():
        return _admission_page(context, unit, case, form), form.status
    claimed = claim(context, request.form.get("client_key", ""))
    if not claimed.is_first:
        return see_other(claimed.result or url_for("cases.people", unit_id=unit.id))
    takings = {kind: Taking(draft) for kind, draft in form.steps.items()}
    try:
        recorded = take_steps(context, case.person_id, takings, form.approvals)
    except (Refused, Conflict) as refusal:
        show(form, refusal)
        return _admission_page(context, unit, case, form), status_of(refusal)
    address = url_for("cases.recorded", recording_id=recorded.recording_id)
    settle(context, request.form["client_key"], address)
    return see_other(address)


@pages.get("/recordings/<opaque('recording'):recording_id>")
@requires(Permission.RECORD_PEOPLE)
def recorded(recording_id: int) -> str:
    """Say what was just recorded, where the unit stands now, and offer to undo it."""
    context = current_context()
    done = act(context, recording_id)
    cells = {person.cell_id: person for person in done.people}
    shown: tuple[Card, ...] = ()
    if len(cells) == 1 and not done.is_undone:
        (one,) = cells.values()
        shown = cards_of_cell(context, one.path)
    return render_template(
        "cases/recorded.html",
        act=done,
        cards=shown,
        step_names={kind: render_message(name) for kind, name in STEP_NAMES.items()},
        client_key=new_client_key(),
    )


@pages.post("/recordings/<opaque('recording'):recording_id>/undo")
@requires(Permission.RECORD_PEOPLE)
def undo_recording(recording_id: int) -> ResponseReturnValue:
    """Take back what was recorded within the last ten minutes."""
    context = current_context()
    try:
        undo(context, recording_id)
    except (Refused, Conflict) as refusal:
        flash(render_message(refusal.message), "error")
        return see_other(url_for("cases.recorded", recording_id=recording_id))
    flash(_("Đã hoàn tác. Số liệu trở lại như trước."), "success")
    return see_other(url_for("cases.recorded", recording_id=recording_id))


def show(form: ApprovalFields, refusal: AppError) -> None:
    """Show a refusal at the form; a warning of the law asks for a consent."""
    if isinstance(refusal, ApprovalNeeded):
        form.ask(refusal)
    else:
        form.show(refusal)


def _kept(context: Context, state: CaseState, asked: StepKind, form: StepForm) -> str:
    """Record, complete or correct a step; return the address of the page that shows it."""
    known = state.steps.get(asked)
    name = render_message(STEP_NAMES[asked])
    if known is None:
        taking = form.taking(from_json(asked, None))
        done = take_steps(context, state.person_id, {asked: taking}, form.approvals)
        return url_for("cases.recorded", recording_id=done.recording_id)
    taking = form.taking(known.details)
    is_same = (taking.draft.taken_on, taking.draft.document_no) == (
        known.taken_on,
        known.document_no,
    )
    is_same = is_same and taking.draft.introducers == _introducing(asked, known)
    if is_same and taking.details == known.details:
        flash(_("Không có gì thay đổi."), "info")
    elif is_same and taking.details and only_completes(known.details, taking.details):
        keep_details(context, state.person_id, asked, taking.details)
        flash(_("Đã bổ sung “%(step)s”.", step=name), "success")
    else:
        correct(context, state.person_id, asked, taking, reason=form.reason.data or "")
        flash(_("Đã sửa “%(step)s”. Giá trị cũ còn trong lịch sử.", step=name), "success")
        if asked is StepKind.MOVED_AWAY and sent_of(context, state):
            flash(_("Tệp chuyển hồ sơ nay ghi ngày mới: hãy tải lại và gửi cho nơi nhận."), "info")
    return url_for("cases.person", person_id=state.person_id)


def _known_kind(kind: str) -> StepKind:
    if kind not in list(StepKind):
        raise NotFound(message("Không có bước nào mang mã “%(code)s”.", code=kind))
    return StepKind(kind)


def _introducing(asked: StepKind, known: TakenStep) -> frozenset[int]:
    return frozenset(known.segments if asked is StepKind.INTRODUCTION else ())


def _form_of(context: Context, state: CaseState, asked: StepKind) -> StepForm:
    is_introduction = asked is StepKind.INTRODUCTION
    known = introducers(segments(context)) if is_introduction else {}
    return step_form(
        asked,
        known,
        state.steps.get(asked),
        taken_on=context.today,
    )


def _step_page(context: Context, state: CaseState, asked: StepKind, form: StepForm) -> str:
    where = place(context, state.path)
    rules = law(context).on(form.taken_on.data or context.today)
    return render_template(
        "cases/step.html",
        place=where,
        state=state,
        kind=asked.value,
        name=render_message(STEP_NAMES[asked]),
        is_recorded=asked in state.steps,
        paper=rules.forms.get(asked.value),
        rules=rules,
        form=form,
        client_key=new_client_key(),
    )


def _choice_of_person(context: Context, unit: UnitRow, above: tuple[UnitRow, ...]) -> str:
    words = request.args.get("q", "")
    wanted = queries.PeopleFilter(words=words, is_not_admitted=True)
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


def _admission_page(
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


def _chosen_person() -> int:
    return open_id("person", request.args.get("person", ""))
