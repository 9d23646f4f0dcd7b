"""Replaying real reorganisations in a demonstration, and moving its clock on.

Each replay first moves the clock to its day; the demonstration has lived on until the day before.
The second one joins three provinces: the two others come with their real districts and communes,
and with invented cells and people.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from app.core.database import db
from app.core.errors import Conflict, NotFound
from app.core.messages import Message, message
from app.demo.living_on import NEIGHBOURS, live_on
from app.demo.stages import Stage, Tell, tell_nobody
from app.demo.tables import as_csv
from app.demo.units import build_neighbours
from app.imports.rules import conclude, read_table
from app.reorganisations import commands, drafts
from app.reorganisations.commands import Decided
from app.reorganisations.drafts import Details
from app.reorganisations.file_rows import REORGANISATION_COLUMNS, operation
from app.reorganisations.models import Reorganisation
from app.reorganisations.queries import standing_reorganisation
from app.reorganisations.results import Result
from app.reorganisations.rules import Operation
from app.tenants.commands import set_clock
from app.tenants.context import Context
from app.tenants.models import Setting
from app.units.commands import import_units, refresh_tree
from app.units.models import Unit

_DATA = Path(__file__).parent / "data"
_ONE_DAY = timedelta(days=1)
LATEST_DAY = date(2026, 9, 30)
"""The day to which the clock is moved on after both."""


@dataclass(frozen=True)
class Replay:
    """A real reorganisation: its file, whose province's unit must be there, what joins it."""

    key: str
    title: Message
    decision_no: str
    issuer: str
    effective_on: date
    file: str
    of_unit: str
    after: str | None = None
    joins_neighbours: bool = False


REPLAYS: Mapping[str, Replay] = {
    replay.key: replay
    for replay in (
        Replay(
            key="2025-01-01",
            title=message("Vĩnh Phúc ngày 1/1/2025: 136 xã, phường, thị trấn còn 121"),
            decision_no="1287/NQ-UBTVQH15",
            issuer="Ủy ban Thường vụ Quốc hội",
            effective_on=date(2025, 1, 1),
            file="vinh_phuc_reorganisation_2025-01-01.csv",
            of_unit="P26",
        ),
        Replay(
            key="2025-07-01",
            title=message("Phú Thọ ngày 1/7/2025: ba tỉnh làm một, không còn cấp huyện"),
            decision_no="1676/NQ-UBTVQH15",
            issuer="Ủy ban Thường vụ Quốc hội",
            effective_on=date(2025, 7, 1),
            file="phu_tho_reorganisation_2025-07-01.csv",
            of_unit="P26",
            after="2025-01-01",
            joins_neighbours=True,
        ),
    )
}


@dataclass(frozen=True)
class Offered:
    """A replay, whether it is done already or may be now, and the draft that was prepared of it."""

    replay: Replay
    is_done: bool
    is_possible: bool
    draft: int | None


def offered(context: Context) -> tuple[Offered, ...]:
    """Return the replays that a demonstration offers; NotFound for any other tenant."""
    refuse_unless_demonstration(context)
    done = {
        key: standing_reorganisation(context, replay.decision_no) is not None
        for key, replay in REPLAYS.items()
    }
    return tuple(
        Offered(
            replay,
            is_done=done[key],
            is_possible=not done[key] and (replay.after is None or done[replay.after]),
            draft=draft_of(context, replay),
        )
        for key, replay in REPLAYS.items()
    )


def draft_of(context: Context, replay: Replay) -> int | None:
    """Return the newest draft of a replay that still waits for the word."""
    return db.session.scalars(
        select(Reorganisation.id)
        .where(
            Reorganisation.tenant_id == context.tenant_id,
            Reorganisation.decision_no == replay.decision_no,
            Reorganisation.state.in_(drafts.EDITABLE),
        )
        .order_by(Reorganisation.id.desc())
    ).first()


def prepare(context: Context, key: str, tell: Tell = tell_nobody) -> int:
    """Move the clock to a replay's day and make its draft, previewed; return its number."""
    ready, replay = _ready(context, key, tell)
    tell(Stage.PREVIEW)
    draft = drafts.begin(
        ready,
        Details(
            decision_no=replay.decision_no,
            issuer=replay.issuer,
            effective_on=replay.effective_on,
        ),
        _operations(replay),
    )
    drafts.preview_draft(ready, draft)
    return draft


def carry_out(context: Context, key: str) -> Result:
    """Replay a reorganisation at once."""
    ready, replay = _ready(context, key, tell_nobody)
    return commands.apply(
        ready,
        Decided(
            decision_no=replay.decision_no,
            effective_on=replay.effective_on,
            operations=_operations(replay),
            issuer=replay.issuer,
        ),
    )


def move_clock(context: Context, on: date, tell: Tell = tell_nobody) -> None:
    """Move a demonstration's clock to a day, until which it lives on."""
    tell(Stage.CLOCK)
    live_on(_turned(context, on), on, tell)


def replay_by_key(key: str) -> Replay:
    """Return a replay; NotFound for any other key."""
    replay = REPLAYS.get(key)
    if replay is None:
        raise NotFound(message("Không có lần sắp xếp này."))
    return replay


def refuse_unless_possible(context: Context, replay: Replay) -> None:
    """Raise Conflict unless it is a replay's turn, and its province is there."""
    found = next(each for each in offered(context) if each.replay is replay)
    if not found.is_possible:
        raise Conflict(message("Lần sắp xếp này đã làm rồi, hoặc phải làm lần trước nó đã."))
    if not _has_unit(context, replay.of_unit):
        raise Conflict(message("Cây tổ chức này không có đơn vị của lần sắp xếp ấy."))


def refuse_unless_demonstration(context: Context) -> None:
    """Raise NotFound for a tenant whose clock nobody may move."""
    clock_on = db.session.execute(
        select(Setting.clock_on).where(Setting.tenant_id == context.tenant_id)
    ).scalar()
    if clock_on is None:
        raise NotFound(message("Chỉ bản trình diễn mới có trang này."))


def _turned(context: Context, on: date) -> Context:
    """Turn the clock to a day."""
    refuse_unless_demonstration(context)
    set_clock(context, on)
    turned = replace(context, today=on)
    refresh_tree(turned)
    return turned


def _ready(context: Context, key: str, tell: Tell) -> tuple[Context, Replay]:
    """Move the clock to a replay's day, add the provinces that it joins, live on until then."""
    replay = replay_by_key(key)
    refuse_unless_possible(context, replay)
    tell(Stage.CLOCK)
    on = max(replay.effective_on, context.today)
    ready = _turned(context, on)
    if replay.joins_neighbours:
        tell(Stage.NEIGHBOURS)
        neighbours = build_neighbours(NEIGHBOURS, but=replay.of_unit)
        import_units(ready, as_csv(neighbours), replay.effective_on)
    # What happens on the day itself is for the new tree, when the clock moves on from it.
    live_on(ready, on if on > replay.effective_on else on - _ONE_DAY, tell)
    return ready, replay


def _operations(replay: Replay) -> tuple[Operation, ...]:
    table = read_table((_DATA / replay.file).read_bytes(), REORGANISATION_COLUMNS)
    conclude(table, unchanged=0, skip_bad=False)
    return tuple(operation(row) for row in table.rows)


def _has_unit(context: Context, code: str) -> bool:
    return (
        db.session.scalars(
            select(Unit.id).where(Unit.tenant_id == context.tenant_id, Unit.code == code)
        ).first()
        is not None
    )
