"""The parent's page of a round, and what it asks of a child: an answer, then a commitment."""

from collections.abc import Callable

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts.access import may
from app.core.errors import Conflict, NotAllowed, Refused
from app.core.messages import message
from app.measures.filters import measure_choices, period_choices
from app.quotas.asked import Asked, asked_of
from app.quotas.queries import sets_quotas_of
from app.quotas.rules import Seen
from app.rounds.commands import answer_round, open_round, remind, sign_commitment
from app.rounds.forms import AnswerForm, CommitmentForm, RoundForm, text_of
from app.rounds.pages import state_row, task
from app.rounds.queries import (
    ChildState,
    RoundRow,
    child_states,
    round_asking,
    round_with_states,
)
from app.rounds.waiting import waiting_for
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.units.queries import unit_with_ancestors
from app.units.rows import UnitRow
from app.web.addresses import see_other
from app.web.errors import status_of
from app.web.guards import Permission, requires

pages = Blueprint("rounds", __name__, template_folder="templates")


@pages.get("/units/<opaque('unit'):unit_id>/tasks")
@requires(Permission.SEE_FIGURES)
def tasks(unit_id: int) -> str:
    """List what waits for a unit."""
    context = current_context()
    unit, above = unit_with_ancestors(context, unit_id)
    found = waiting_for(context, unit_id)
    return render_template(
        "rounds/tasks.html",
        unit=unit,
        above=above,
        tasks=[task(unit_id, waiting, context.today) for waiting in found],
        may_see_people=may(Permission.SEE_PEOPLE),
    )


@pages.get("/units/<opaque('unit'):unit_id>/round")
@requires(Permission.SEE_FIGURES)
def overview(unit_id: int) -> str:
    """Show a round with the state of every child."""
    context = current_context()
    asked = asked_of(context, unit_id)
    return _overview(context, asked)


@pages.post("/units/<opaque('unit'):unit_id>/round")
@requires(Permission.SET_QUOTAS)
def open_one(unit_id: int) -> ResponseReturnValue:
    """Open a round, or set other days for it."""
    context = current_context()
    asked = asked_of(context, unit_id)
    form = RoundForm()
    if form.validate():
        try:
            return done_once(
                context,
                asked.url("rounds.overview"),
                lambda: _open(context, asked, form),
            )
        except (Refused, NotAllowed) as refusal:
            form.show(refusal)
            return _overview(context, asked, form), status_of(refusal)
    return _overview(context, asked, form), form.status


@pages.post("/units/<opaque('unit'):unit_id>/round/reminders")
@requires(Permission.REMIND)
def remind_silent(unit_id: int) -> Response:
    """Remind every child that has not answered."""
    context = current_context()
    asked = asked_of(context, unit_id)
    found, states = round_with_states(context, asked.key, _below(asked))
    if found is not None:
        reminded = remind(context, found, states)
        flash(_("Đã đôn đốc %(number)s tổ chức.", number=reminded), "success")
    return see_other(asked.url("rounds.overview"))


@pages.get("/units/<opaque('unit'):unit_id>/answer")
@requires(Permission.SET_QUOTAS)
def answer(unit_id: int) -> str:
    """Ask a unit for its sources and the quota that it registers."""
    context = current_context()
    asked = asked_of(context, unit_id)
    found, state = _own_state(context, asked)
    form = AnswerForm(
        formdata=None,
        sources=state.sources,
        quota=state.registered.count if state.registered else None,
        cause=state.cause,
    )
    return _answer(asked, found, state, form)


@pages.post("/units/<opaque('unit'):unit_id>/answer")
@requires(Permission.SET_QUOTAS)
def save_answer(unit_id: int) -> ResponseReturnValue:
    """Keep the answer of a unit."""
    context = current_context()
    asked = asked_of(context, unit_id)
    found, state = _own_state(context, asked)
    form = AnswerForm()
    if not form.validate():
        return _answer(asked, found, state, form), form.status
    seen = Seen.read(request.form.get("seen", ""))

    def act() -> None:
        answer_round(context, asked.unit.id, found, seen, form.answer)
        flash(_("Đã gửi cấp trên."), "success")

    try:
        return done_once(context, url_for("rounds.tasks", unit_id=unit_id), act)
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _answer(asked, found, state, form), status_of(refusal)


@pages.get("/units/<opaque('unit'):unit_id>/commitment")
@requires(Permission.SET_QUOTAS)
def commitment(unit_id: int) -> str:
    """Show what a unit was given and ask its head to sign for it."""
    context = current_context()
    asked = asked_of(context, unit_id)
    found, state = _own_state(context, asked)
    form = CommitmentForm(formdata=None, signed_on=context.today)
    return _commitment(asked, found, state, form)


@pages.post("/units/<opaque('unit'):unit_id>/commitment")
@requires(Permission.SET_QUOTAS)
def sign(unit_id: int) -> ResponseReturnValue:
    """Keep the commitment of a unit's head."""
    context = current_context()
    asked = asked_of(context, unit_id)
    found, state = _own_state(context, asked)
    form = CommitmentForm()
    if not form.validate():
        return _commitment(asked, found, state, form), form.status
    version = request.form.get("version", 0, type=int)

    def act() -> None:
        sign_commitment(context, asked.unit.id, found.key, version, form.signature)
        flash(_("Đã ký cam kết."), "success")

    try:
        return done_once(context, url_for("rounds.tasks", unit_id=unit_id), act)
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _commitment(asked, found, state, form), status_of(refusal)


def done_once(context: Context, address: str, act: Callable[[], None]) -> Response:
    """Do what a form asks, once for its key, and lead to an address."""
    key = request.form.get("client_key", "")
    claimed = claim(context, key)
    if claimed.is_first:
        act()
        settle(context, key, address)
    return see_other(claimed.result or address)


def _open(context: Context, asked: Asked, form: RoundForm) -> None:
    open_round(context, asked.key, form.dues, text_of(form.note))
    flash(_("Đã mở đợt; các tổ chức trực thuộc thấy việc này ngay."), "success")


def _round_form(found: RoundRow | None) -> RoundForm:
    if found is None:
        return RoundForm(formdata=None)
    return RoundForm(
        formdata=None,
        survey_due_on=found.dues.survey_on,
        registration_due_on=found.dues.registration_on,
        commitment_due_on=found.dues.commitment_on,
        note=found.note,
    )


def _below(asked: Asked) -> tuple[UnitRow, ...]:
    return () if asked.unit.is_cell else asked.below


def _overview(context: Context, asked: Asked, form: RoundForm | None = None) -> str:
    found, states = round_with_states(context, asked.key, _below(asked))
    return render_template(
        "rounds/overview.html",
        asked=asked,
        round=found,
        form=form or _round_form(found),
        rows=[state_row(state, asked.address) for state in states],
        silent=sum(not state.has_answered for state in states),
        uncommitted=sum(state.assigned is not None and not state.is_committed for state in states),
        flagged=[state for state in states if state.is_overdistributed],
        may_set=may(Permission.SET_QUOTAS) and sets_quotas_of(context, asked.unit.id),
        may_remind=may(Permission.REMIND) and sets_quotas_of(context, asked.unit.id),
        measures=measure_choices(asked.offered),
        periods=period_choices(context.today.year + 1, asked.period),
        client_key=new_client_key(),
    )


def _own_state(context: Context, asked: Asked) -> tuple[RoundRow, ChildState]:
    """Return the round that asks a unit, and how far the unit has come; its own board alone."""
    if not sets_quotas_of(context, asked.unit.id):
        raise NotAllowed(message("Trả lời và ký cam kết do chính tổ chức được giao làm."))
    found = round_asking(context, asked.unit.id, asked.measure.id, asked.period)
    (state,) = child_states(context, found.key, (asked.unit,))
    return found, state


def _answer(asked: Asked, found: RoundRow, state: ChildState, form: AnswerForm) -> str:
    return render_template(
        "rounds/answer.html",
        asked=asked,
        round=found,
        row=state_row(state, asked.address),
        form=form,
        seen=Seen(state.registered_version, 0),
        client_key=new_client_key(),
    )


def _commitment(asked: Asked, found: RoundRow, state: ChildState, form: CommitmentForm) -> str:
    return render_template(
        "rounds/commitment.html",
        asked=asked,
        round=found,
        row=state_row(state, asked.address),
        form=form,
        client_key=new_client_key(),
    )
