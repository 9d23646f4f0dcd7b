"""Dividing a board by figures: saying by what, looking at each box before and after.

Taking it over is saving the board: the preview's form goes to the board's own address, so a
conflict with another editor is told there as for any other save.
"""

from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.errors import NotAllowed, NotFound, Refused
from app.core.messages import message
from app.quotas.allocation_forms import (
    FLOOR,
    AllocationForm,
    bound_name,
    read_bounds,
    typed_bounds,
)
from app.quotas.allocation_pages import (
    NOTHING_TYPED,
    Column,
    Typed,
    candidates,
    division_page,
    weighed_rows,
)
from app.quotas.asked import Asked, asked_of, edited_board
from app.quotas.criteria import Criterion
from app.quotas.grid import was_text
from app.quotas.pages import contents_of, segment_codes_of
from app.quotas.plans import Division, divide
from app.quotas.queries import sets_quotas_of
from app.quotas.references import references
from app.tenants.context import Context
from app.tenants.current import current_context
from app.web.guards import Permission, requires
from app.web.i18n import render_message

pages = Blueprint("allocation", __name__, template_folder="templates")


@pages.get("/units/<opaque('unit'):unit_id>/quotas/allocation")
@requires(Permission.SET_QUOTAS)
def allocation(unit_id: int) -> str:
    """Ask by what the board is to be divided."""
    context = current_context()
    asked = _asked(context, unit_id)
    column = _column(context, asked, "")
    form = AllocationForm(formdata=None, way=Criterion.MEMBERS.value, column="")
    form.offer((*column.board.segments, *column.board.others))
    return _page(asked, column, form)


@pages.post("/units/<opaque('unit'):unit_id>/quotas/allocation")
@requires(Permission.SET_QUOTAS)
def preview(unit_id: int) -> ResponseReturnValue:
    """Show what dividing the board comes to; nothing is written."""
    context = current_context()
    asked = _asked(context, unit_id)
    column = _column(context, asked, request.form.get("column", ""))
    form = AllocationForm()
    form.offer((*column.board.segments, *column.board.others))
    typed = typed_bounds(request.form)
    bounds, problems = read_bounds(typed)
    if bounds.keys() - {row.unit.id for row in column.board.rows}:
        raise NotFound(message("Tổ chức này không có trên bảng."))
    if not form.validate() or problems:
        return _page(asked, column, form, Typed(typed, problems)), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        division = divide(
            form.plan(bounds),
            candidates(column),
            None if column.segment else column.board.held,
        )
    except Refused as refusal:
        at_boxes = {
            bound_name(FLOOR, int(problem.field)): problem.message
            for problem in refusal.problems
            if problem.field.isdecimal()
        }
        if not at_boxes:
            form.show(refusal)
        return _page(asked, column, form, Typed(typed, at_boxes)), HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(asked, column, form, Typed(typed), division=division)


def _asked(context: Context, unit_id: int) -> Asked:
    asked = asked_of(context, unit_id)
    if not sets_quotas_of(context, asked.unit.id):
        raise NotAllowed(message("Bảng giao chỉ tiêu do chính cấp ủy của tổ chức đó lập."))
    return asked


def _column(context: Context, asked: Asked, code: str) -> Column:
    board = edited_board(context, replace(asked, wanted=(*asked.wanted, code) if code else ()))
    segment = next((row for row in board.segments if code and row.code == code), None)
    below = [row.unit for row in board.rows]
    known = references(context, board.unit, board.key, below, base=board.base, segment=segment)
    return Column(board, segment, known.of_children)


def _page(
    asked: Asked,
    column: Column,
    form: AllocationForm,
    typed: Typed = NOTHING_TYPED,
    *,
    division: Division | None = None,
) -> str:
    board, segment = column.board, column.segment
    wanted = {*asked.wanted, *((segment.code,) if segment else ())}
    return render_template(
        "quotas/allocation.html",
        asked=replace(asked, wanted=tuple(sorted(wanted))),
        board=board,
        column=segment.name if segment else _("Tổng số"),
        form=form,
        rows=weighed_rows(column, typed),
        errors=[(render_message(text), name) for name, text in typed.problems.items()],
        division=division_page(column, division) if division else None,
        seen=board.versions.seen,
        was=was_text(contents_of(board), segment_codes_of(board)),
    )
