"""Pages of both sides of a request: who asks sees what becomes of it, who answers sees it whole."""

from datetime import date
from typing import cast

from flask import Blueprint, flash, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts.principal import Principal
from app.core.errors import NotFound, Refused
from app.core.messages import message
from app.core.text import clean
from app.countersigning.commands import Wanted, approve, ask, refuse, withdraw
from app.countersigning.forms import MergingForm, RefusalForm
from app.countersigning.pages import KIND_NAMES, details, lines, subject
from app.countersigning.queries import RequestedAct, act_in_reach, acts, two_person_rules
from app.countersigning.rules import NEEDED_TO_ANSWER, Kind
from app.tenants.context import Context
from app.web.addresses import see_other
from app.web.errors import status_of
from app.web.guards import Permission, asks_again, requires, signed_in
from app.web.i18n import render_message

LISTS = {"people": "cases.people", "todo": "todo.of_unit", "held": "todo.held"}
"""Where whoever answers looks at a list on screen, by the names that `app.exports` gives lists."""

pages = Blueprint("countersigning", __name__, template_folder="templates")


@pages.get("/two-people")
@signed_in
def index() -> str:
    """List what waits for the reader's answer, what they asked for, and what is done."""
    context, answerable = _reader()
    found = acts(context, answerable)
    own = context.actor.id
    return render_template(
        "countersigning/index.html",
        rules=two_person_rules(context),
        to_answer=lines(act for act in found if act.waits and act.requester_id != own),
        asked=lines(act for act in found if act.waits and act.requester_id == own),
        done=lines(act for act in found if not act.waits),
        may_configure=_principal().may(Permission.CONFIGURE),
    )


@pages.get("/two-people/<opaque('countersigned_act'):act_id>")
@signed_in
def act(act_id: int) -> str:
    """Show a request whole."""
    context, answerable = _reader()
    return _page(act_in_reach(context, act_id, answerable), RefusalForm(formdata=None))


@pages.post("/two-people/<opaque('countersigned_act'):act_id>/approve")
@asks_again
@signed_in
def approve_act(act_id: int) -> Response:
    """Approve a request: it is done at once, a long list by the worker."""
    context, answerable = _reader()
    approve(context, act_id, answerable)
    flash(_("Đã duyệt."), "success")
    return see_other(url_for("countersigning.index"))


@pages.post("/two-people/<opaque('countersigned_act'):act_id>/refuse")
@signed_in
def refuse_act(act_id: int) -> ResponseReturnValue:
    """Refuse a request."""
    context, answerable = _reader()
    form = RefusalForm()
    found = act_in_reach(context, act_id, answerable)
    if not form.validate():
        return _page(found, form), form.status
    try:
        refuse(context, act_id, answerable, form.because.data)
    except Refused as refusal:
        form.show(refusal)
        return _page(found, form), status_of(refusal)
    flash(_("Đã trả lời là không duyệt."), "success")
    return see_other(url_for("countersigning.index"))


@pages.post("/two-people/<opaque('countersigned_act'):act_id>/withdraw")
@signed_in
def withdraw_act(act_id: int) -> Response:
    """Take one's own request back."""
    context, _answerable = _reader()
    withdraw(context, act_id)
    flash(_("Đã rút đề nghị."), "success")
    return see_other(url_for("countersigning.index"))


@pages.route("/two-people/merging", methods=["GET", "POST"])
@asks_again
@requires(Permission.CONFIGURE)
def merging() -> ResponseReturnValue:
    """Ask another administrator to agree that the tenant is merged."""
    context, _answerable = _reader()
    form = MergingForm()
    if form.validate_on_submit():
        try:
            number = ask(context, _wanted_merging(form))
        except Refused as refusal:
            form.show(refusal)
        else:
            flash(_("Đã gửi đề nghị; một quản trị viên khác phải duyệt."), "success")
            return see_other(url_for("countersigning.act", act_id=number))
    page = render_template(
        "countersigning/merging.html", form=form, rules=two_person_rules(context)
    )
    return page, form.status


def _wanted_merging(form: MergingForm) -> Wanted:
    return Wanted(
        kind=Kind.MERGING,
        reason=form.reason.data,
        about={
            "into": clean(form.into.data),
            "decision_no": clean(form.decision_no.data),
            # The form has seen to it that there is a day.
            "effective_on": cast("date", form.effective_on.data).isoformat(),
        },
    )


def _page(found: RequestedAct, form: RefusalForm) -> str:
    is_own = found.requester_id == _principal().id
    return render_template(
        "countersigning/act.html",
        act=found,
        title=render_message(KIND_NAMES[found.kind]),
        subject=subject(found),
        details=details(found),
        list_url=_list_address(found),
        form=form,
        is_own=is_own,
    )


def _list_address(found: RequestedAct) -> str | None:
    """Return where the list of an export is on screen, for who must see it before approving."""
    if found.kind is not Kind.EXPORT:
        return None
    page = url_for(LISTS[found.about["table_name"]], unit_id=found.about["unit_id"])
    return f"{page}?{found.about['query']}"


def _reader() -> tuple[Context, frozenset[Kind]]:
    """Return the reader's context and the kinds of requests that they may answer."""
    principal = _principal()
    if principal.context is None or principal.is_operator:
        raise NotFound(message("Chỉ người của đảng bộ mới có đề nghị và trả lời."))
    answerable = (kind for kind, needed in NEEDED_TO_ANSWER.items() if principal.may(needed))
    return principal.context, frozenset(answerable)


def _principal() -> Principal:
    principal: Principal = g.principal
    return principal
