"""The pages of a demonstration: replaying real reorganisations, moving its clock."""

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from wtforms.validators import InputRequired

from app.demo import moves, replays
from app.demo.moves import Move
from app.demo.stages import words_at
from app.tenants.context import Context
from app.tenants.current import current_context
from app.web.addresses import see_other
from app.web.fields import DateField
from app.web.forms import Form
from app.web.guards import Permission, requires
from app.web.i18n import render_message

pages = Blueprint("replays", __name__, url_prefix="/replays", template_folder="templates")


class ClockForm(Form):
    """To which day the clock shall go."""

    on = DateField(lazy_gettext("Ngày của bản trình diễn"), [InputRequired()])


WATCHER = "move"
"""The part of the page that asks again and again how far a move is."""


@pages.get("")
@requires(Permission.REORGANISE)
def index() -> ResponseReturnValue:
    """Offer the replays, and another day; say how far a move is, and lead on when it has ended."""
    context = current_context()
    move = moves.latest_move(context)
    if request.headers.get("HX-Trigger") == WATCHER and not _waits(move):
        return Response(headers={"HX-Redirect": _result(context, move)})
    return _page(ClockForm(formdata=None, on=replays.LATEST_DAY), move)


@pages.post("/<replay>")
@requires(Permission.REORGANISE)
def prepare(replay: str) -> ResponseReturnValue:
    """Have the clock moved to the day and what happened then made ready to be looked at."""
    context = current_context()
    moves.ask_for_replay(context, replay)
    return see_other(_result(context, moves.latest_move(context)))


@pages.post("")
@requires(Permission.REORGANISE)
def move_clock() -> ResponseReturnValue:
    """Have the clock moved."""
    form = ClockForm()
    context = current_context()
    if not form.validate() or form.on.data is None:
        return _page(form, moves.latest_move(context)), form.status
    moves.ask_for_day(context, form.on.data)
    return see_other(url_for("replays.index"))


def _waits(move: Move | None) -> bool:
    return move is not None and move.state == moves.WAITING


def _result(context: Context, move: Move | None) -> str:
    """Return where a move leads: to the draft that it has prepared, else to this page."""
    if move is not None and move.replay is not None and move.state == moves.DONE:
        draft = replays.draft_of(context, replays.replay_by_key(move.replay))
        if draft is not None:
            return url_for("reorganisations.page", reorganisation_id=draft)
    return url_for("replays.index")


def _page(form: ClockForm, move: Move | None) -> str:
    context = current_context()
    return render_template(
        "demo/replays.html",
        offered=[(each, render_message(each.replay.title)) for each in replays.offered(context)],
        move=move,
        waits=_waits(move),
        at_work=render_message(words_at(move.progress)) if move else "",
        watcher=WATCHER,
        today=context.today,
        form=form,
    )
