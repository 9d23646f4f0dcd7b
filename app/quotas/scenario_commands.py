"""Putting a draft aside as a scenario, and making a scenario the draft.

Whoever writes a scenario holds the board as a writer of its draft does, so what is put aside is
what was seen, and no two write one board's scenarios at once.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, insert

from app.audit.commands import Change, record
from app.core.database import db
from app.core.errors import Refused, refused_at
from app.core.messages import message
from app.core.text import clean
from app.quotas.boards import children_on_board
from app.quotas.boxes import BoxKey, Mark, key_of
from app.quotas.commands import (
    changed_meanwhile,
    lock_board,
    replace_draft,
    require_acting_for,
)
from app.quotas.in_force import as_range
from app.quotas.models import Scenario, ScenarioBox
from app.quotas.queries import Versions, lines_of_version, marks_of_version
from app.quotas.rules import BoardKey, Line, Seen
from app.quotas.scenarios import (
    LONGEST_NAME,
    MOST_SCENARIOS,
    ScenarioRow,
    scenario_among,
    scenarios_of,
    would_be_lost,
)
from app.tenants.context import Context

SCENARIO = "scenario"
"""What the trail calls one."""

Boxes = tuple[Sequence[Line], Mapping[BoxKey, Mark]]


def keep_scenario(context: Context, key: BoardKey, seen: Seen, name: str) -> int:
    """Put aside under a name what stands on the board; return the number of the scenario.

    Conflict when the board is no longer as its editor saw it.
    """
    found = _hold_board(context, key, seen)
    kept = scenarios_of(context, key)
    cleaned = _new_name(kept, name)
    if len(kept) >= MOST_SCENARIOS:
        raise refused_at(
            "name",
            message("Đã có %(most)s phương án; hãy bỏ bớt một phương án.", most=MOST_SCENARIOS),
        )
    boxes = _current(context, found)
    scenario_id: int = db.session.execute(
        insert(Scenario)
        .values(
            tenant_id=context.tenant_id,
            issuer_id=key.issuer_id,
            measure_id=key.measure_id,
            period=as_range(key.period),
            name=cleaned,
            # The clock of the machine: several may be kept within one transaction.
            kept_at=func.clock_timestamp(),
        )
        .returning(Scenario.id)
    ).scalar_one()
    _write_boxes(context, scenario_id, boxes)
    _record(context, "scenario.kept", scenario_id, name=cleaned, boxes=len(boxes[0]))
    return scenario_id


def renew_scenario(context: Context, key: BoardKey, seen: Seen, scenario_id: int) -> None:
    """Put aside what stands on the board under the name of a scenario, instead of what it held."""
    found = _hold_board(context, key, seen)
    scenario = scenario_among(scenarios_of(context, key), scenario_id)
    boxes = _current(context, found)
    db.session.execute(
        delete(ScenarioBox).where(
            ScenarioBox.tenant_id == context.tenant_id, ScenarioBox.scenario_id == scenario_id
        )
    )
    _write_boxes(context, scenario_id, boxes)
    _record(context, "scenario.renewed", scenario_id, name=scenario.name, boxes=len(boxes[0]))


def take_scenario(
    context: Context, key: BoardKey, seen: Seen, scenario_id: int, *, drops_draft: bool
) -> int:
    """Make a scenario the draft; return how many units it names that stand below no longer.

    These are left out. Refused while the draft there is stands in no scenario and was never
    published, unless it is to be dropped. Conflict as for any save.
    """
    require_acting_for(context, key.issuer_id)
    kept = scenarios_of(context, key)
    scenario = scenario_among(kept, scenario_id)
    boxes = (*map(key_of, scenario.lines), *scenario.marks)
    found = lock_board(context, key, named={box.unit_id for box in boxes})
    lines_before = lines_of_version(context, found.current)
    # Whoever has not seen what stands there is told of the conflict instead.
    is_lost = found.seen == seen and _would_be_lost(context, found, lines_before, kept)
    if is_lost and not drops_draft:
        raise refused_at(
            "drops_draft",
            message(
                "Bản nháp đang có chưa được giữ thành phương án nào; hãy giữ lại, hoặc đánh dấu bỏ."
            ),
        )
    on_board = {unit.id for unit in children_on_board(context, key, lines_before)}
    replace_draft(
        context,
        key,
        seen,
        lines=[line for line in scenario.lines if line.unit_id in on_board],
        marks={box: mark for box, mark in scenario.marks.items() if box.unit_id in on_board},
    )
    _record(context, "scenario.taken", scenario_id, name=scenario.name, boxes=len(scenario.lines))
    return len({box.unit_id for box in boxes} - on_board)


def drop_scenario(context: Context, key: BoardKey, scenario_id: int) -> str:
    """Throw a scenario away; return its name."""
    require_acting_for(context, key.issuer_id)
    lock_board(context, key)
    scenario = scenario_among(scenarios_of(context, key), scenario_id)
    db.session.execute(
        delete(Scenario).where(Scenario.tenant_id == context.tenant_id, Scenario.id == scenario_id)
    )
    _record(context, "scenario.dropped", scenario_id, name=scenario.name, boxes=len(scenario.lines))
    return scenario.name


def _hold_board(context: Context, key: BoardKey, seen: Seen) -> Versions:
    require_acting_for(context, key.issuer_id)
    # A mark may stand at a unit that no line names.
    below = children_on_board(context, key, ())
    found = lock_board(context, key, named=[unit.id for unit in below])
    if found.seen != seen:
        raise changed_meanwhile()
    return found


def _would_be_lost(
    context: Context, found: Versions, lines: Sequence[Line], kept: Sequence[ScenarioRow]
) -> bool:
    if found.draft is None:
        return False
    return would_be_lost(
        lines,
        marks_of_version(context, found.draft),
        decided_last=lines_of_version(context, found.latest),
        kept=kept,
    )


def _new_name(others: Sequence[ScenarioRow], name: str) -> str:
    cleaned = clean(name)
    if not cleaned:
        raise refused_at("name", message("Hãy đặt tên cho phương án."))
    if len(cleaned) > LONGEST_NAME:
        raise refused_at(
            "name", message("Dài quá: nhiều nhất %(longest)s ký tự.", longest=LONGEST_NAME)
        )
    if cleaned.casefold() in {row.name.casefold() for row in others}:
        raise refused_at("name", message("Đã có phương án mang tên này."))
    return cleaned


def _current(context: Context, found: Versions) -> Boxes:
    lines = lines_of_version(context, found.current)
    if not lines:
        raise Refused(message("Bảng còn trống: chưa giao chỉ tiêu cho tổ chức nào."))
    return lines, marks_of_version(context, found.current)


def _write_boxes(context: Context, scenario_id: int, boxes: Boxes) -> None:
    lines, marks = boxes
    quotas = {key_of(line): line.quota for line in lines}
    rows = [
        {
            "tenant_id": context.tenant_id,
            "scenario_id": scenario_id,
            "unit_id": box.unit_id,
            "segment_id": box.segment_id,
            "kind": quota.kind if quota else None,
            "count": quota.count if quota else None,
            "upper_count": quota.upper_count if quota else None,
            "percent": quota.percent if quota else None,
            "base": quota.base if quota else None,
            "is_held": mark.is_held,
            "note": mark.note,
        }
        for box in {**quotas, **marks}
        for quota, mark in ((quotas.get(box), marks.get(box, Mark())),)
    ]
    db.session.execute(insert(ScenarioBox), rows)


def _record(context: Context, action: str, scenario_id: int, **what: str | int) -> None:
    record(context, Change(action, SCENARIO, scenario_id, after=what))
