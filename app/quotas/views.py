"""The board of a unit, publishing it, its versions, and the quota that a unit sets itself."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts.access import may
from app.core.errors import Conflict, NotAllowed, Refused
from app.core.messages import Message, message
from app.measures.filters import measure_choices, period_choices
from app.quotas import boards
from app.quotas.asked import Asked, asked_of
from app.quotas.boards import Board, last_change
from app.quotas.commands import publish_distribution, save_draft
from app.quotas.forms import OwnQuotaForm, PublicationForm
from app.quotas.pages import (
    BoardPage,
    board_page,
    changed_rows,
    conflict_rows,
    quota_text,
    read_boxes,
    typed_boxes,
)
from app.quotas.queries import (
    VersionRow,
    Versions,
    lines_of_version,
    own_quota,
    sets_quotas_of,
    versions,
)
from app.quotas.rules import OWN, Seen
from app.quotas.stated import state_quota
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.units.queries import UnitRow
from app.web.addresses import see_other
from app.web.errors import status_of
from app.web.guards import Permission, requires

pages = Blueprint("quotas", __name__, template_folder="templates")


@pages.get("/units/<opaque('unit'):unit_id>/quotas")
@requires(Permission.SEE_FIGURES)
def board(unit_id: int) -> str:
    """Show what a unit was assigned and what it gives to each child."""
    context = current_context()
    asked = asked_of(context, unit_id)
    if _may_set(context, asked.unit):
        return _board(context, asked, board_page(_load(context, asked, _edited)))
    # A draft is its committee's own business until it is published.
    in_force = _load(context, asked, lambda found: found.in_force(context.today))
    return _board(context, asked, board_page(in_force))


@pages.post("/units/<opaque('unit'):unit_id>/quotas")
@requires(Permission.SET_QUOTAS)
def save(unit_id: int) -> ResponseReturnValue:
    """Save the boxes as the draft, and go on to publishing it if that was asked for."""
    context = current_context()
    asked = asked_of(context, unit_id)
    typed = typed_boxes(request.form)
    counts, problems = read_boxes(typed)
    if problems:
        return _refused(context, asked, typed, problems)
    seen = Seen.read(request.form.get("seen", ""))
    try:
        save_draft(context, asked.key, seen, counts)
    except Conflict:
        return _conflict(context, asked, typed)
    except Refused as refusal:
        found = {int(problem.field): problem.message for problem in refusal.problems}
        return _refused(context, asked, typed, found)
    if request.form.get("then") == "publish":
        return see_other(asked.url("quotas.check"))
    flash(_("Đã lưu bản nháp. Tổ chức cấp dưới chưa thấy cho đến khi ban hành."), "success")
    return see_other(asked.url("quotas.board"))


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
    found = _load(context, asked, lambda versions: versions.numbered(number))
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


def _load(context: Context, asked: Asked, choose: Callable[[Versions], VersionRow | None]) -> Board:
    return boards.board(context, asked.unit, asked.measure, asked.period, choose=choose)


def _edited(found: Versions) -> VersionRow | None:
    return found.current


def _board(context: Context, asked: Asked, page: BoardPage) -> str:
    return render_template(
        "quotas/board.html",
        asked=asked,
        page=page,
        own=quota_text(page.board.own),
        may_set=_may_set(context, asked.unit),
        measures=measure_choices(asked.offered),
        # Next year's quotas are given before it begins.
        periods=period_choices(context.today.year + 1, asked.period),
    )


def _refused(
    context: Context, asked: Asked, typed: Mapping[int, str], problems: Mapping[int, Message]
) -> tuple[str, int]:
    page = board_page(_load(context, asked, _edited), typed, problems)
    return _board(context, asked, page), HTTPStatus.UNPROCESSABLE_ENTITY


def _conflict(context: Context, asked: Asked, typed: Mapping[int, str]) -> tuple[str, int]:
    found = _load(context, asked, _edited)
    current = found.versions.current
    page = render_template(
        "quotas/conflict.html",
        asked=asked,
        seen=found.versions.seen,
        rows=conflict_rows(found, typed),
        last_change=last_change(context, current.id) if current else None,
    )
    return page, HTTPStatus.CONFLICT


def _check(
    context: Context, asked: Asked, form: PublicationForm, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    if not sets_quotas_of(context, asked.unit.id):
        raise NotAllowed(message("Bảng giao chỉ tiêu do chính cấp ủy của tổ chức đó ban hành."))
    found = _load(context, asked, _edited)
    if found.versions.draft is None:
        flash(_("Không có bản nháp nào đang chờ ban hành."), "warning")
        return see_other(asked.url("quotas.board"))
    page = board_page(found)
    form.reason.flags.required = page.weighed.reserve != 0
    form.cause.flags.required = found.versions.latest is not None
    shown = render_template(
        "quotas/publication.html",
        asked=asked,
        page=page,
        changes=changed_rows(found, lines_of_version(context, found.versions.latest)),
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


def _may_set(context: Context, unit: UnitRow) -> bool:
    return may(Permission.SET_QUOTAS) and sets_quotas_of(context, unit.id)
