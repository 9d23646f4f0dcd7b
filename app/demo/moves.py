"""Asking a demonstration to move its clock on, and doing so in a worker.

Living through years takes longer than a page may. There is one move of a demonstration at a time,
so whoever asks twice is led to the one that waits.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.audit.commands import Change, record
from app.core.database import db
from app.core.errors import AppError, Conflict
from app.core.messages import Message, message
from app.demo import replays
from app.demo.models import DemonstrationMove
from app.tenants.context import Actor, Context

WAITING, DONE, FAILED = "waiting", "done", "failed"

_BROKEN = message(
    "Có lỗi ngoài dự kiến; người quản trị hệ thống xem được ở trang công việc nền. "
    "Bạn có thể thử lại."
)


@dataclass(frozen=True)
class Move:
    """Where a demonstration was asked to go, how far that is, and why it failed if it did."""

    replay: str | None
    to_day: date
    asker: Actor
    state: str
    progress: int
    failure: str | None


def latest_move(context: Context) -> Move | None:
    """Return the move that waits or was the last one."""
    row = db.session.execute(
        select(
            DemonstrationMove.replay,
            DemonstrationMove.to_day,
            DemonstrationMove.asked_by,
            DemonstrationMove.asker,
            DemonstrationMove.state,
            DemonstrationMove.progress,
            DemonstrationMove.failure,
        ).where(DemonstrationMove.tenant_id == context.tenant_id)
    ).one_or_none()
    if row is None:
        return None
    asker = Actor("user", row.asked_by, row.asker)
    return Move(row.replay, row.to_day, asker, row.state, row.progress, row.failure)


def ask_for_replay(context: Context, key: str) -> None:
    """Have a replay prepared, unless it is or waits to be."""
    replay = replays.replay_by_key(key)
    if replays.draft_of(context, replay) is not None:
        return
    replays.refuse_unless_possible(context, replay)
    _ask(context, key, max(replay.effective_on, context.today))


def ask_for_day(context: Context, on: date) -> None:
    """Have the clock moved to a day."""
    replays.refuse_unless_demonstration(context)
    _ask(context, None, on)


def carry_on(context: Context, tell: Callable[[int], None]) -> None:
    """Do what waits; what refuses it is kept with it."""
    move = latest_move(context)
    if move is None or move.state != WAITING:
        return
    acting = replace(context, actor=move.asker)
    try:
        with db.session.begin_nested():
            if move.replay is None:
                replays.move_clock(acting, move.to_day, tell)
            else:
                replays.prepare(acting, move.replay, tell)
    except AppError as error:
        _end(context, FAILED, failure=error.message)
    else:
        _end(context, DONE)


def give_up(context: Context) -> None:
    """Have a move that the program cannot make wait no longer."""
    _end(context, FAILED, failure=_BROKEN)


def _ask(context: Context, key: str | None, on: date) -> None:
    """Ask for a move. One that waits already is left alone; Conflict when it is another one."""
    values = {
        "replay": key,
        "to_day": on,
        "asked_by": context.actor.id,
        "asker": context.actor.name,
        "state": WAITING,
        "progress": 0,
        "failure": None,
        "asked_at": func.now(),
    }
    asked = db.session.execute(
        insert(DemonstrationMove)
        .values(tenant_id=context.tenant_id, **values)
        .on_conflict_do_update(
            index_elements=["tenant_id"], set_=values, where=DemonstrationMove.state != WAITING
        )
        .returning(DemonstrationMove.tenant_id)
    ).one_or_none()
    if asked is None:
        _refuse_another(context, key, on)
        return
    after = {"replay": key, "day": on}
    record(context, Change("demonstration.move_asked", "setting", context.tenant_id, after=after))


def _refuse_another(context: Context, key: str | None, on: date) -> None:
    waiting = latest_move(context)
    if waiting is not None and (waiting.replay, waiting.to_day) != (key, on):
        raise Conflict(message("Bản trình diễn đang chuyển ngày; hãy đợi xong rồi làm tiếp."))


def _end(context: Context, state: str, *, failure: Message | None = None) -> None:
    db.session.execute(
        update(DemonstrationMove)
        .where(DemonstrationMove.tenant_id == context.tenant_id)
        .values(state=state, failure=None if failure is None else str(failure), progress=100),
        execution_options={"synchronize_session": False},
    )
