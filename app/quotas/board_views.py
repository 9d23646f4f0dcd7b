"""The board of a unit: looking at it, filling it in, and two people filling it in at once."""

from http import HTTPStatus

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import may
from app.core.errors import Conflict, NotFound, Refused
from app.core.messages import message
from app.measures.filters import measure_choices, period_choices
from app.quotas.asked import Asked, asked_of, board_as, edited_board
from app.quotas.boards import known_of_children, last_change
from app.quotas.boxes import LONGEST_NOTE, BoxKey
from app.quotas.commands import save_board
from app.quotas.conflicts import conflict_page
from app.quotas.forms import BASE_NAMES
from app.quotas.grid import Problems, TypedBoard, read_board, typed_board
from app.quotas.pages import BoardPage, board_page, held_quotas
from app.quotas.queries import sets_quotas_of
from app.quotas.rules import Seen
from app.quotas.views import pages
from app.tenants.context import Context
from app.tenants.current import current_context
from app.units.rows import UnitRow
from app.web.addresses import see_other
from app.web.guards import Permission, requires
from app.web.opaque import open_id

__all__ = ["pages"]

CHILD = "child-"
"""Before the sealed number of the child whose boxes are to be shown after saving."""


@pages.get("/units/<opaque('unit'):unit_id>/quotas")
@requires(Permission.SEE_FIGURES)
def board(unit_id: int) -> str:
    """Show what a unit was assigned and what it gives to each child."""
    context = current_context()
    asked = asked_of(context, unit_id)
    if _may_set(context, asked.unit):
        found = edited_board(context, asked)
    else:
        # A draft is its committee's own business until it is published.
        found = board_as(context, asked, lambda versions: versions.in_force(context.today))
    known = known_of_children(context, found)
    return _board(context, asked, board_page(found, known.of_children), known.so_far)


@pages.post("/units/<opaque('unit'):unit_id>/quotas")
@requires(Permission.SET_QUOTAS)
def save(unit_id: int) -> ResponseReturnValue:
    """Save the boxes as the draft, and go on to what was asked for then."""
    context = current_context()
    asked = asked_of(context, unit_id)
    typed = typed_board(request.form, asked.segments)
    read = read_board(typed)
    if read.problems:
        return _refused(context, asked, typed, read.problems)
    try:
        save_board(
            context,
            asked.key,
            Seen.read(typed.seen),
            read.quotas,
            marks=read.marks,
            base=typed.base,
        )
    except Conflict:
        return _conflict(context, asked, typed)
    except Refused as refusal:
        found = {BoxKey.read(problem.field): problem.message for problem in refusal.problems}
        return _refused(context, asked, typed, found)
    return see_other(_next(asked, request.form.get("then", "")))


@pages.get("/units/<opaque('unit'):unit_id>/quotas/of/<opaque('unit'):child_id>")
@requires(Permission.SET_QUOTAS)
def child(unit_id: int, child_id: int) -> str:
    """Show the boxes of one child with their holds and notes."""
    context = current_context()
    asked = asked_of(context, unit_id)
    page = board_page(edited_board(context, asked))
    row = next((row for row in page.boxes if row.unit.id == child_id), None)
    if row is None or not _may_set(context, asked.unit):
        raise NotFound(message("Tổ chức này không có trên bảng."))
    return render_template(
        "quotas/child.html", asked=asked, page=page, row=row, longest_note=LONGEST_NOTE
    )


def _next(asked: Asked, then: str) -> str:
    if then == "publish":
        return asked.url("quotas.check")
    if then == "scenarios":
        return asked.url("scenarios.comparison")
    if then.startswith(CHILD):
        child_id = open_id("unit", then.removeprefix(CHILD))
        return url_for("quotas.child", unit_id=asked.unit.id, child_id=child_id, **asked.address)
    flash(_("Đã lưu bản nháp. Tổ chức cấp dưới chưa thấy cho đến khi ban hành."), "success")
    # The board's script can then take back what a helper wrote.
    return f"{asked.board_url}#helped" if then == "helped" else asked.board_url


def _board(context: Context, asked: Asked, page: BoardPage, done: int) -> str:
    return render_template(
        "quotas/board.html",
        asked=asked,
        page=page,
        quotas=held_quotas(page.board, done, context.rating_source),
        done=done,
        may_set=_may_set(context, asked.unit),
        measures=measure_choices(asked.offered),
        # Next year's quotas are given before it begins.
        periods=period_choices(context.today.year + 1, asked.period),
        bases=BASE_NAMES.items(),
        user_id=context.actor.id,
        longest_note=LONGEST_NOTE,
    )


def _refused(
    context: Context, asked: Asked, typed: TypedBoard, problems: Problems
) -> tuple[str, int]:
    found = edited_board(context, asked)
    known = known_of_children(context, found)
    page = board_page(found, known.of_children, typed=typed, problems=problems)
    return _board(context, asked, page, known.so_far), HTTPStatus.UNPROCESSABLE_ENTITY


def _conflict(context: Context, asked: Asked, typed: TypedBoard) -> tuple[str, int]:
    found = edited_board(context, asked)
    current = found.versions.current
    page = render_template(
        "quotas/conflict.html",
        asked=asked,
        page=conflict_page(found, typed),
        last_change=last_change(context, current.id) if current else None,
    )
    return page, HTTPStatus.CONFLICT


def _may_set(context: Context, unit: UnitRow) -> bool:
    return may(Permission.SET_QUOTAS) and sets_quotas_of(context, unit.id)
