"""A board's scenarios: comparing them, keeping the draft as one, making one the draft."""

from collections.abc import Callable

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import Conflict, NotAllowed, Refused
from app.core.messages import message
from app.quotas.asked import Asked, asked_of, edited_board
from app.quotas.boards import with_named
from app.quotas.forms import ScenarioForm, TakingForm
from app.quotas.queries import sets_quotas_of
from app.quotas.rules import Seen
from app.quotas.scenario_commands import (
    drop_scenario,
    keep_scenario,
    renew_scenario,
    take_scenario,
)
from app.quotas.scenario_pages import comparison_page
from app.quotas.scenarios import (
    LONGEST_NAME,
    MOST_SCENARIOS,
    scenario_among,
    scenarios_of,
    would_be_lost,
)
from app.tenants.context import Context
from app.tenants.current import current_context
from app.tenants.submissions import claim, new_client_key, settle
from app.web.addresses import see_other
from app.web.errors import status_of
from app.web.guards import Permission, requires

pages = Blueprint("scenarios", __name__, template_folder="templates")

_ONE = "/units/<opaque('unit'):unit_id>/quotas/scenarios/<opaque('scenario'):scenario_id>"


@pages.get("/units/<opaque('unit'):unit_id>/quotas/scenarios")
@requires(Permission.SET_QUOTAS)
def comparison(unit_id: int) -> str:
    """Set the draft and the scenarios side by side."""
    context = current_context()
    return _comparison(context, _asked(context, unit_id))


@pages.post("/units/<opaque('unit'):unit_id>/quotas/scenarios")
@requires(Permission.SET_QUOTAS)
def keep(unit_id: int) -> ResponseReturnValue:
    """Put the draft aside under a name."""
    context = current_context()
    asked = _asked(context, unit_id)
    form = ScenarioForm()
    if not form.validate():
        return _comparison(context, asked, form), form.status

    def act() -> None:
        keep_scenario(context, asked.key, _seen(), form.name.data or "")
        flash(_("Đã giữ thành phương án."), "success")

    try:
        return _done_once(context, asked.url("scenarios.comparison"), act)
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _comparison(context, asked, form), status_of(refusal)


@pages.post(f"{_ONE}/renewed")
@requires(Permission.SET_QUOTAS)
def renew(unit_id: int, scenario_id: int) -> ResponseReturnValue:
    """Put the draft aside under the name of a scenario."""
    context = current_context()
    asked = _asked(context, unit_id)
    form = ScenarioForm(formdata=None)
    try:
        renew_scenario(context, asked.key, _seen(), scenario_id)
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        return _comparison(context, asked, form), status_of(refusal)
    flash(_("Phương án nay giữ số của bản nháp."), "success")
    return see_other(asked.url("scenarios.comparison"))


@pages.post(f"{_ONE}/taken")
@requires(Permission.SET_QUOTAS)
def take(unit_id: int, scenario_id: int) -> ResponseReturnValue:
    """Make a scenario the draft."""
    context = current_context()
    asked = _asked(context, unit_id)
    form = TakingForm()
    if not form.validate():
        return _comparison(context, asked, taking=form, taken=scenario_id), form.status
    try:
        left_out = take_scenario(
            context, asked.key, _seen(), scenario_id, drops_draft=form.drops_draft.data
        )
    except (Refused, Conflict) as refusal:
        form.show(refusal)
        page = _comparison(context, asked, taking=form, taken=scenario_id)
        return page, status_of(refusal)
    flash(_("Phương án đã thành bản nháp."), "success")
    if left_out:
        flash(
            _("Không còn trực thuộc nên được bỏ ra: %(count)s tổ chức.", count=left_out),
            "warning",
        )
    return see_other(asked.url("quotas.board"))


@pages.post(f"{_ONE}/dropped")
@requires(Permission.SET_QUOTAS)
def drop(unit_id: int, scenario_id: int) -> Response:
    """Throw a scenario away."""
    context = current_context()
    asked = _asked(context, unit_id)
    name = drop_scenario(context, asked.key, scenario_id)
    flash(_("Đã bỏ phương án “%(name)s”.", name=name), "success")
    return see_other(asked.url("scenarios.comparison"))


def _asked(context: Context, unit_id: int) -> Asked:
    asked = asked_of(context, unit_id)
    if not sets_quotas_of(context, asked.unit.id):
        raise NotAllowed(message("Phương án là việc riêng của cấp ủy lập bảng này."))
    return asked


def _seen() -> Seen:
    return Seen.read(request.form.get("seen", ""))


def _done_once(context: Context, address: str, act: Callable[[], None]) -> Response:
    key = request.form.get("client_key", "")
    claimed = claim(context, key)
    if claimed.is_first:
        act()
        settle(context, key, address)
    return see_other(claimed.result or address)


def _comparison(
    context: Context,
    asked: Asked,
    form: ScenarioForm | None = None,
    *,
    taking: TakingForm | None = None,
    taken: int | None = None,
) -> str:
    board, kept = edited_board(context, asked), scenarios_of(context, asked.key)
    if taken is not None:
        scenario_among(kept, taken)
    every_line = [*board.lines, *(line for row in kept for line in row.lines)]
    given = {line.segment_id for line in every_line}
    columns = [row for row in asked.segments if row.id in given]
    code = request.values.get("column", "")
    segment = next((row for row in columns if row.code == code), None)
    units = with_named(context, asked.key, asked.below, every_line)
    return render_template(
        "quotas/scenarios.html",
        asked=asked,
        board=board,
        page=comparison_page(board, units, kept, segment),
        columns=[("", _("Tổng số")), *((row.code, row.name) for row in columns)],
        column=segment.code if segment else "",
        is_lost=board.versions.draft is not None
        and would_be_lost(
            board.lines, board.marks, decided_last=board.lines_decided_last, kept=kept
        ),
        form=form or ScenarioForm(formdata=None),
        taking=taking or TakingForm(formdata=None),
        taken=taken,
        most=MOST_SCENARIOS,
        longest_name=LONGEST_NAME,
        client_key=new_client_key(),
    )
