"""Drafting every board from a unit down to its last cells: saying by what, looking, doing it."""

from http import HTTPStatus

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.errors import Conflict, NotAllowed, Refused
from app.core.messages import message
from app.quotas.allocation_forms import BelowForm
from app.quotas.asked import Asked, asked_of
from app.quotas.below_pages import below_page
from app.quotas.criteria import Criterion
from app.quotas.drafting_below import BoardsBelow, draft_below, plan_below
from app.quotas.queries import sets_quotas_of
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.web.addresses import see_other
from app.web.errors import status_of
from app.web.guards import Permission, requires

pages = Blueprint("below", __name__, template_folder="templates")

OF_ONE_SENDING = ("csrf_token", "client_key", "seen")
"""Fields that a preview does not carry on to what is done."""


@pages.get("/units/<opaque('unit'):unit_id>/quotas/below")
@requires(Permission.SET_QUOTAS)
def below(unit_id: int) -> str:
    """Ask by what the boards below are to be divided."""
    asked = _asked(current_context(), unit_id)
    return _page(asked, BelowForm(formdata=None, way=Criterion.MEMBERS.value))


@pages.post("/units/<opaque('unit'):unit_id>/quotas/below")
@requires(Permission.SET_QUOTAS)
def preview(unit_id: int) -> ResponseReturnValue:
    """Show what becomes of each board; nothing is written."""
    context = current_context()
    asked = _asked(context, unit_id)
    form = BelowForm()
    if not form.validate():
        return _page(asked, form), form.status
    return _previewed(context, asked, form)


@pages.post("/units/<opaque('unit'):unit_id>/quotas/below/drafts")
@requires(Permission.SET_QUOTAS)
def draft(unit_id: int) -> ResponseReturnValue:
    """Write the drafts that were looked at."""
    context = current_context()
    asked = _asked(context, unit_id)
    form = BelowForm()
    if not form.validate():
        return _page(asked, form), form.status
    claimed = claim(context, request.form.get("client_key", ""))
    if not claimed.is_first:
        return see_other(claimed.result or asked.url("quotas.board"))
    try:
        done = draft_below(
            context,
            asked.unit,
            asked.key,
            form.plan(),
            replaces=form.replaces.data,
            seen=request.form.get("seen", ""),
        )
    except Conflict as conflict:
        form.show(conflict)
        return _previewed(context, asked, form, status_of(conflict))
    except Refused as refusal:
        form.show(refusal)
        return _page(asked, form), form.status
    flash(
        _(
            "Đã lập %(count)s bản nháp. Mỗi cấp ủy xem lại và ban hành bảng của mình.",
            count=len(done.written),
        ),
        "success",
    )
    address = asked.url("quotas.board")
    settle(context, request.form["client_key"], address)
    return see_other(address)


def _asked(context: Context, unit_id: int) -> Asked:
    asked = asked_of(context, unit_id)
    if not sets_quotas_of(context, asked.unit.id):
        raise NotAllowed(message("Bảng giao chỉ tiêu do chính cấp ủy của tổ chức đó lập."))
    return asked


def _previewed(
    context: Context, asked: Asked, form: BelowForm, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    try:
        planned = plan_below(
            context, asked.unit, asked.key, form.plan(), replaces=form.replaces.data
        )
    except Refused as refusal:
        form.show(refusal)
        return _page(asked, form), form.status
    return _page(asked, form, planned), status


def _page(asked: Asked, form: BelowForm, planned: BoardsBelow | None = None) -> str:
    carried = [(name, value) for name, value in request.form.items() if name not in OF_ONE_SENDING]
    return render_template(
        "quotas/below.html",
        asked=asked,
        form=form,
        page=below_page(planned) if planned else None,
        carried=carried,
        client_key=new_client_key(),
    )
