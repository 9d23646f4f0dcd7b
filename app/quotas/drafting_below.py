"""One act that drafts the boards from a unit down to its last cells; each is published by its own.

The drafts are proposals: no quota is in force before the committee of each board decides it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import update

from app.audit.commands import Change, record_all
from app.core.database import db
from app.quotas.below import Below, boards_below
from app.quotas.cascade import WRITTEN, BoardBelow, cascade, digest
from app.quotas.commands import (
    NewDraft,
    changed_meanwhile,
    insert_drafts,
    lock_issuers,
    replace_lines,
    require_acting_for,
)
from app.quotas.in_force import held_on
from app.quotas.models import Distribution
from app.quotas.plans import Plan
from app.quotas.queries import SUBJECT
from app.quotas.rules import ASSIGNED, BoardKey, Line, differences, quota_code, with_boxes
from app.tenants.context import Context
from app.units.dated import tree_as_of
from app.units.rows import UnitRow


@dataclass(frozen=True)
class BoardsBelow:
    """What a plan makes of all boards from a unit down, with the units that they name."""

    boards: tuple[BoardBelow, ...]
    units: Mapping[int, UnitRow]

    @property
    def digest(self) -> str:
        """What tells this from another outcome."""
        return digest(self.boards)

    @property
    def written(self) -> tuple[BoardBelow, ...]:
        """The boards that get a draft."""
        return tuple(board for board in self.boards if board.outcome in WRITTEN)


def plan_below(
    context: Context, unit: UnitRow, key: BoardKey, plan: Plan, *, replaces: bool
) -> BoardsBelow:
    """Return what a plan would make of the boards from a unit down; nothing is written."""
    require_acting_for(context, unit.id)
    return _plan(context, unit, key, plan, replaces=replaces)[0]


def draft_below(
    context: Context, unit: UnitRow, key: BoardKey, plan: Plan, *, replaces: bool, seen: str
) -> BoardsBelow:
    """Write the drafts of a plan; `seen` is the digest of what the actor has looked at.

    Conflict when it would come out otherwise now. Numbers of segments, holds and notes of a draft
    that is replaced stay.
    """
    require_acting_for(context, unit.id)
    rows = tree_as_of(context, context.today)
    lock_issuers(context, [row.unit.id for row in rows if not row.unit.is_cell])
    planned, below = _plan(context, unit, key, plan, replaces=replaces)
    if planned.digest != seen:
        raise changed_meanwhile()
    draft_ids = _drafts_to_write(context, key, planned.written, below)
    before = {board.unit_id: _lines_before(board, below) for board in planned.written}
    after = {
        board.unit_id: with_boxes(before[board.unit_id], board.numbers) for board in planned.written
    }
    replace_lines(context, {draft_ids[unit_id]: lines for unit_id, lines in after.items()})
    record_all(
        context,
        [
            _change(draft_ids[unit_id], below.units, before[unit_id], lines)
            for unit_id, lines in after.items()
        ],
    )
    return planned


def _plan(
    context: Context, unit: UnitRow, key: BoardKey, plan: Plan, *, replaces: bool
) -> tuple[BoardsBelow, Below]:
    below = boards_below(context, unit, key, {c for c, part in plan.parts.items() if part})
    available = held_on(context, key, context.today)
    boards = cascade(plan, unit.id, available, below.issuers, replaces=replaces)
    return BoardsBelow(boards, below.units), below


def _drafts_to_write(
    context: Context, key: BoardKey, written: Sequence[BoardBelow], below: Below
) -> dict[int, int]:
    """Begin the drafts that are missing, count up the others; return their numbers by issuer."""
    known = {
        board.unit_id: draft_id
        for board in written
        if board.unit_id in below.versions
        and (draft_id := below.versions[board.unit_id].draft_id) is not None
    }
    new = [board for board in written if board.unit_id not in known]
    drafts = [
        NewDraft(
            BoardKey(board.unit_id, key.measure_id, key.period).of(ASSIGNED),
            board.seen.version + 1,
        )
        for board in new
    ]
    begun = insert_drafts(context, drafts)
    if known:
        db.session.execute(
            update(Distribution)
            .where(
                Distribution.tenant_id == context.tenant_id,
                Distribution.id.in_(known.values()),
            )
            .values(row_version=Distribution.row_version + 1)
        )
    return known | {board.unit_id: number for board, number in zip(new, begun, strict=True)}


def _lines_before(board: BoardBelow, below: Below) -> tuple[Line, ...]:
    """Return what a new draft begins from, without the units that are no longer below."""
    versions = below.versions.get(board.unit_id)
    current = versions and (versions.draft_id or versions.published_id)
    lines = below.lines.get(current, ()) if current else ()
    return tuple(line for line in lines if line.unit_id in board.numbers)


def _change(
    draft_id: int, units: Mapping[int, UnitRow], before: Sequence[Line], after: Sequence[Line]
) -> Change:
    changes = [row for row in differences(before, after) if row.segment_id is None]
    codes = {
        row.unit_id: units[row.unit_id].code if row.unit_id in units else str(row.unit_id)
        for row in changes
    }
    return Change(
        action="distribution.drafted",
        subject_kind=SUBJECT,
        subject_id=draft_id,
        before={codes[row.unit_id]: row.before and quota_code(row.before) for row in changes},
        after={codes[row.unit_id]: row.after and quota_code(row.after) for row in changes},
    )
