"""Publishing a board, its versions, and the quota that a unit sets itself."""

from http import HTTPStatus

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import Conflict, NotAllowed, Refused
from app.core.messages import message
from app.quotas.asked import Asked, asked_of, board_as, edited_board
from app.quotas.commands import publish_distribution
from app.quotas.forms import OwnQuotaForm, PublicationForm
from app.quotas.in_force import own_quota
from app.quotas.pages import board_page, changed_rows, quota_text
from app.quotas.queries import sets_quotas_of, versions
from app.quotas.rules import OWN, Seen
from app.quotas.stated import state_quota
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.web.addresses import see_other
from app.web.errors import status_of
from app.web.guards import Permission, requires

pages = Blueprint("quotas", __name__, template_folder="templates")


@pages.get("/units/<opaque('unit'):unit_id>/quotas/publication")
@requires(Permission.SET_QUOTAS)
def check(unit_id: int) -> ResponseReturnValue:
    """Show what publishing the draft changes, and ask for the decision."""
    context = current_context()
    asked = asked_of(context, unit_id)
    return _check(context, asked, PublicationForm(formdata=None))


@pages.post("/units/<opaque('unit'):unit_id>/quotas/publication")
@requires(Permission.SET_QUOTAS)
def publish(unit_id: int) -> ResponseReturnValue:
    """Publish the draft by the decision typed."""
    context = current_context()
    asked = asked_of(context, unit_id)
    form = PublicationForm()
    if not form.validate():
        return _check(context, asked, form, form.status)
    claimed = claim(context, request.form.get("client_key", ""))
    if not claimed.is_first:
        return see_other(claimed.result or asked.url("quotas.board"))
    try:
        version = publish_distribution(
            context, asked.key, Seen.read(request.form.get("seen", "")), form.decision
        )
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _check(context, asked, form, status_of(refusal))
    flash(_("Đã ban hành phiên bản %(version)s.", version=version), "success")
    return _settled(context, asked)


@pages.get("/units/<opaque('unit'):unit_id>/quotas/versions/<int:number>")
@requires(Permission.SEE_FIGURES)
def version(unit_id: int, number: int) -> str:
    """Show a published version as it was decided."""
    context = current_context()
    asked = asked_of(context, unit_id)
    found = board_as(context, asked, lambda versions: versions.numbered(number))
    return render_template(
        "quotas/version.html",
        asked=asked,
        version=found.versions.numbered(number),
        page=board_page(found),
    )


@pages.get("/units/<opaque('unit'):unit_id>/quotas/own")
@requires(Permission.SET_QUOTAS)
def own(unit_id: int) -> str:
    """Ask for the quota that the unit sets itself."""
    context = current_context()
    return _own(context, asked_of(context, unit_id), OwnQuotaForm(formdata=None))


@pages.post("/units/<opaque('unit'):unit_id>/quotas/own")
@requires(Permission.SET_QUOTAS)
def set_own(unit_id: int) -> ResponseReturnValue:
    """Publish the quota that the unit sets itself."""
    context = current_context()
    asked = asked_of(context, unit_id)
    form = OwnQuotaForm()
    if not form.validate():
        return _own(context, asked, form), form.status
    claimed = claim(context, request.form.get("client_key", ""))
    if not claimed.is_first:
        return see_other(claimed.result or asked.url("quotas.board"))
    seen = Seen.read(request.form.get("seen", ""))
    try:
        state_quota(context, asked.key, OWN, seen, form.read(), form.decision)
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _own(context, asked, form), status_of(refusal)
    flash(_("Đã ghi chỉ tiêu nghị quyết."), "success")
    return _settled(context, asked)


def _check(
    context: Context, asked: Asked, form: PublicationForm, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    if not sets_quotas_of(context, asked.unit.id):
        raise NotAllowed(message("Bảng giao chỉ tiêu do chính cấp ủy của tổ chức đó ban hành."))
    found = edited_board(context, asked)
    if found.versions.draft is None:
        flash(_("Không có bản nháp nào đang chờ ban hành."), "warning")
        return see_other(asked.url("quotas.board"))
    page = board_page(found)
    form.reason.flags.required = page.weighed.reserve != 0
    if request.method == "GET" and page.weighed.reserve != 0 and found.versions.latest:
        # Why a reserve is kept seldom changes from one version to the next.
        form.reason.data = found.versions.latest.reserve_reason
    form.cause.flags.required = found.versions.latest is not None
    shown = render_template(
        "quotas/publication.html",
        asked=asked,
        page=page,
        changes=changed_rows(found, found.lines_decided_last),
        form=form,
        client_key=new_client_key(),
    )
    return shown, status


def _own(context: Context, asked: Asked, form: OwnQuotaForm) -> str:
    if not sets_quotas_of(context, asked.unit.id):
        raise NotAllowed(message("Chỉ tiêu nghị quyết do chính tổ chức đó đặt."))
    return render_template(
        "quotas/own.html",
        asked=asked,
        form=form,
        own=quota_text(own_quota(context, asked.key)),
        seen=versions(context, asked.key, OWN).seen,
        client_key=new_client_key(),
    )


def _settled(context: Context, asked: Asked) -> Response:
    address = asked.url("quotas.board")
    settle(context, request.form["client_key"], address)
    return see_other(address)
