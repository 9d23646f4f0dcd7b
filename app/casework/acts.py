"""Acts on one person besides taking steps: correcting, moving, mentors, consents, a new case.

Each is one short form of its own: asked by GET, carried out by POST.
"""

from collections.abc import Callable

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.cases import queries
from app.cases.commands import correct_person
from app.cases.rules import StepDraft, StepKind
from app.casework.blueprint import pages
from app.casework.fields import known_date
from app.casework.forms import (
    ConsentForm,
    MentorForm,
    MoveForm,
    NewCaseForm,
    PersonCorrectionForm,
    RemarkForm,
    person_values,
)
from app.casework.queries import place
from app.core.errors import Conflict, NotFound, Refused
from app.core.messages import message
from app.measures.queries import segments, stated_segments
from app.procedure.cases import CaseState, Taking
from app.procedure.commands import approve, keep_details, move_person, open_another_case
from app.procedure.details import MentorDetails, with_mentor, with_remark
from app.procedure.findings import RULE_NAMES, Rule
from app.procedure.queries import case_state
from app.procedure.taking import ApprovalDraft
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.units.below import cells_under
from app.web.addresses import see_other
from app.web.errors import status_of
from app.web.forms import Form
from app.web.guards import Permission, requires
from app.web.i18n import render_message
from app.web.opaque import open_id


@pages.route("/people/<opaque('person'):person_id>/correct", methods=["GET", "POST"])
@requires(Permission.RECORD_PEOPLE)
def correct(person_id: int) -> ResponseReturnValue:
    """Correct what is recorded of a person, with a reason."""
    context = current_context()
    case = queries.person(context, person_id)
    stated = stated_segments(segments(context))
    form = PersonCorrectionForm(stated, **person_values(case.details, stated))

    def act() -> str:
        correct_person(context, person_id, form.corrected(case.details), reason=form.reason.data)
        return str(_("Đã sửa thông tin. Giá trị cũ còn trong lịch sử."))

    return _answer(_("Sửa thông tin"), person_id, case.path, case.details.full_name, form, act)


@pages.get("/people/<opaque('person'):person_id>/move")
@requires(Permission.RECORD_PEOPLE)
def move(person_id: int) -> ResponseReturnValue:
    """Ask to which cell of the reader's a person goes."""
    return _move(person_id)


@pages.post("/people/<opaque('person'):person_id>/move")
@requires(Permission.RECORD_PEOPLE)
def save_move(person_id: int) -> ResponseReturnValue:
    """Move a person, with the one case, to another cell of the reader's."""
    return _move(person_id)


def _move(person_id: int) -> ResponseReturnValue:
    context = current_context()
    case = queries.person(context, person_id)
    form = MoveForm(
        [cell for cell in cells_under(context, context.scope.first) if cell.id != case.cell_id],
        moved_on=context.today,
    )

    def act() -> str:
        move_person(
            context,
            person_id,
            open_id("unit", form.cell.data),
            moved_on=known_date(form.moved_on),
            document_no=form.document_no.data,
        )
        return str(_("Đã chuyển. Các bước đã ghi vẫn tính cho chi bộ cũ."))

    return _answer(_("Chuyển chi bộ"), person_id, case.path, case.details.full_name, form, act)


@pages.route("/people/<opaque('person'):person_id>/mentor", methods=["GET", "POST"])
@requires(Permission.RECORD_PEOPLE)
def change_mentor(person_id: int) -> ResponseReturnValue:
    """Have another member help from a day on; who helped before stays in the file."""
    context = current_context()
    state = case_state(context, person_id)
    known = _mentor_details(state)
    form = MentorForm(since=context.today)

    def act() -> str:
        details = with_mentor(known, form.mentor.data, known_date(form.since))
        keep_details(context, person_id, StepKind.MENTOR, details)
        return str(_("Đã đổi người giúp đỡ."))

    name = state.person.full_name
    return _answer(_("Đổi đảng viên giúp đỡ"), person_id, state.path, name, form, act)


@pages.route("/people/<opaque('person'):person_id>/remark", methods=["GET", "POST"])
@requires(Permission.RECORD_PEOPLE)
def add_remark(person_id: int) -> ResponseReturnValue:
    """Keep a mentor's periodic remark: a day and a rating."""
    context = current_context()
    state = case_state(context, person_id)
    known = _mentor_details(state)
    form = RemarkForm(made_on=context.today)

    def act() -> str:
        details = with_remark(known, known_date(form.made_on), form.rating.data)
        keep_details(context, person_id, StepKind.MENTOR, details)
        return str(_("Đã ghi nhận xét."))

    name = state.person.full_name
    return _answer(_("Nhận xét của người giúp đỡ"), person_id, state.path, name, form, act)


@pages.route("/people/<opaque('person'):person_id>/consent/<rule>", methods=["GET", "POST"])
@requires(Permission.RECORD_PEOPLE)
def approval(person_id: int, rule: str) -> ResponseReturnValue:
    """Record a committee's consent to what the law warns of."""
    if rule not in list(Rule):
        raise NotFound(message("Không có quy định nào mang mã “%(code)s”.", code=rule))
    context = current_context()
    case = queries.person(context, person_id)
    form = ConsentForm()

    def act() -> str:
        draft = ApprovalDraft(
            Rule(rule), form.approved_by.data, known_date(form.approved_on), form.document_no.data
        )
        approve(context, person_id, draft)
        return str(_("Đã ghi ý kiến đồng ý."))

    title = _("Ý kiến đồng ý: %(rule)s", rule=render_message(RULE_NAMES[Rule(rule)]))
    return _answer(title, person_id, case.path, case.details.full_name, form, act)


@pages.get("/people/<opaque('person'):person_id>/again")
@requires(Permission.RECORD_PEOPLE)
def begin_again(person_id: int) -> ResponseReturnValue:
    """Ask when somebody whose case has ended was listed again."""
    return _begin_again(person_id)


@pages.post("/people/<opaque('person'):person_id>/again")
@requires(Permission.RECORD_PEOPLE)
def save_new_case(person_id: int) -> ResponseReturnValue:
    """Begin a new case of somebody whose case has ended."""
    return _begin_again(person_id)


def _begin_again(person_id: int) -> ResponseReturnValue:
    context = current_context()
    case = queries.person(context, person_id)
    form = NewCaseForm(listed=context.today)

    def act() -> str:
        open_another_case(context, person_id, Taking(StepDraft(known_date(form.listed))))
        return str(_("Đã mở hồ sơ mới."))

    return _answer(_("Mở hồ sơ mới"), person_id, case.path, case.details.full_name, form, act)


def _answer(  # noqa: PLR0917 the parts of the one page
    title: str,
    person_id: int,
    path: str,
    name: str,
    form: Form,
    act: Callable[[], str],
) -> ResponseReturnValue:
    """Show the form, or carry it out and lead back to the person; a key keeps it to one time."""
    context = current_context()
    status = 200
    address = url_for("cases.person", person_id=person_id)
    if request.method == "POST":
        if form.validate():
            claimed = claim(context, request.form.get("client_key", ""))
            if not claimed.is_first:
                return see_other(address)
            try:
                flash(act(), "success")
            except (Refused, Conflict) as refusal:
                form.show(refusal)
                status = status_of(refusal)
            else:
                settle(context, request.form["client_key"], address)
                return see_other(address)
        else:
            status = form.status
    hidden = {"csrf_token", "name_asked"}
    page = render_template(
        "cases/person_act.html",
        title=title,
        person_id=person_id,
        place=place(context, path),
        name=name,
        form=form,
        shown=[field for field in form if field.name not in hidden],
        client_key=new_client_key(),
    )
    return page, status


def _mentor_details(state: CaseState) -> MentorDetails:
    step = state.steps.get(StepKind.MENTOR)
    if step is None or not isinstance(step.details, MentorDetails):
        raise NotFound(message("Chưa phân công đảng viên giúp đỡ."))
    return step.details
