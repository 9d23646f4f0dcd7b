"""Transfers: part of one unit's quota goes to its brother by a new version of their parent's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, delete, insert, or_, select, update
from sqlalchemy.orm import aliased

from app.audit.commands import Change, record
from app.core.database import db
from app.core.errors import NotAllowed, NotFound, Refused, refused_at
from app.core.messages import message
from app.core.periods import Period
from app.core.text import clean, search_key
from app.quotas.commands import (
    NewDraft,
    Publication,
    insert_drafts,
    last_decision,
    lock_board,
    publication_change,
    publish_drafts,
    refuse_if_any,
    replace_lines,
    require_acting_for,
)
from app.quotas.drafts import draft_change, replace_marks
from app.quotas.in_force import as_range
from app.quotas.models import Distribution
from app.quotas.queries import VersionRow, Versions, lines_of_version, marks_of_version
from app.quotas.rules import ASSIGNED, BoardKey, Decision, Line, decision_problems, differences
from app.rollups.models import Tree
from app.rollups.queries import Span, counts
from app.rounds.models import QuotaTransfer
from app.rounds.rules import (
    AGREED,
    DECLINED,
    DONE,
    PROPOSED,
    below_attained_problems,
    moved,
)
from app.tenants.context import Context
from app.tenants.models import Setting
from app.units.below import children
from app.units.models import Placement, Unit
from app.units.rows import UnitRow

TRANSFER = "quota_transfer"
"""What the trail calls one."""


@dataclass(frozen=True)
class Proposal:
    """What one side proposes: from whom to whom, how many, why, and by which document."""

    giver_id: int
    taker_id: int
    count: int
    reason: str
    document_no: str
    below_attained_because: str | None = None


@dataclass(frozen=True)
class TransferRow:
    """A transfer as its sides and their parent see it."""

    id: int
    key: BoardKey
    giver_id: int
    giver: str
    taker_id: int
    taker: str
    proposer_id: int
    count: int
    reason: str
    document_no: str
    below_attained_because: str | None
    state: str
    proposed_on: date
    declined_because: str | None

    def waits_for(self) -> int | None:
        """Return the unit whose turn it is; nobody's once it has ended."""
        if self.state == PROPOSED:
            return self.taker_id if self.proposer_id == self.giver_id else self.giver_id
        return self.key.issuer_id if self.state == AGREED else None


def issuer_above(context: Context, unit_id: int) -> int:
    """Return the parent of a unit today; NotFound for a root, which has no brothers."""
    parent: int | None = db.session.execute(
        select(Placement.parent_id).where(
            Placement.tenant_id == context.tenant_id,
            Placement.unit_id == unit_id,
            Placement.valid.contains(context.today),
        )
    ).scalar()
    if parent is None:
        raise NotFound(message("Tổ chức này không có cấp trên trong đảng bộ."))
    return parent


def brother_named(context: Context, issuer_id: int, text: str) -> UnitRow:
    """Return the child of an issuer, today, that bears this code or name."""
    wanted = clean(text)
    below = children(context, issuer_id, context.today, context.today)
    found = [unit for unit in below if unit.code.upper() == wanted.upper()] or [
        unit for unit in below if search_key(unit.name) == search_key(wanted)
    ]
    if len(found) != 1:
        raise refused_at(
            "other",
            message(
                "Không có tổ chức cùng cấp trên nào mang đúng mã hoặc tên “%(text)s”.", text=wanted
            ),
        )
    return found[0]


def transfers_of(
    context: Context, unit_id: int, measure_id: int, period: Period
) -> tuple[TransferRow, ...]:
    """Return the transfers of a unit for a board: as a side, or as the one above; newest first."""
    return _rows(
        context,
        or_(
            QuotaTransfer.issuer_id == unit_id,
            QuotaTransfer.giver_id == unit_id,
            QuotaTransfer.taker_id == unit_id,
        ),
        QuotaTransfer.measure_id == measure_id,
        QuotaTransfer.period == as_range(period),
    )


def transfer_of(context: Context, unit_id: int, transfer_id: int) -> TransferRow:
    """Return a transfer that concerns a unit; NotFound for any other."""
    found = _rows(context, QuotaTransfer.id == transfer_id)
    concerned = {unit for row in found for unit in (row.key.issuer_id, row.giver_id, row.taker_id)}
    if unit_id not in concerned:
        raise NotFound(message("Không có đề nghị điều chuyển này."))
    return found[0]


def needs_approval(context: Context) -> bool:
    """Tell whether the tenant lets the unit above approve transfers."""
    return db.session.execute(
        select(Setting.transfers_need_approval).where(Setting.tenant_id == context.tenant_id)
    ).scalar_one()


def propose_transfer(context: Context, unit_id: int, key: BoardKey, proposal: Proposal) -> int:
    """Propose a transfer for one of its sides; return its number. Nothing changes yet."""
    require_acting_for(context, unit_id)
    if unit_id not in (proposal.giver_id, proposal.taker_id):
        raise NotAllowed(message("Chỉ bên giao hoặc bên nhận đề nghị điều chuyển."))
    if issuer_above(context, unit_id) != key.issuer_id:
        raise NotFound(message("Tổ chức không trực thuộc nơi giao chỉ tiêu này."))
    found = lock_board(context, key, named=(proposal.giver_id, proposal.taker_id))
    _require_brothers(context, key, proposal)
    _weigh(context, key, found.latest, proposal)
    transfer_id: int = db.session.execute(
        insert(QuotaTransfer)
        .values(
            tenant_id=context.tenant_id,
            issuer_id=key.issuer_id,
            measure_id=key.measure_id,
            period=as_range(key.period),
            giver_id=proposal.giver_id,
            taker_id=proposal.taker_id,
            proposer_id=unit_id,
            count=proposal.count,
            reason=proposal.reason,
            document_no=proposal.document_no,
            below_attained_because=proposal.below_attained_because,
            proposed_on=context.today,
        )
        .returning(QuotaTransfer.id)
    ).scalar_one()
    record(
        context,
        Change(
            "quota_transfer.proposed",
            TRANSFER,
            transfer_id,
            after={
                "giver": proposal.giver_id,
                "taker": proposal.taker_id,
                "count": proposal.count,
                "document_no": proposal.document_no,
                "reason": proposal.reason,
            },
        ),
    )
    return transfer_id


def agree_to_transfer(
    context: Context, unit_id: int, transfer_id: int, below_attained_because: str | None = None
) -> str:
    """Let the unit whose turn it is say yes; return the state that the transfer is then in.

    The other side's yes carries it out, or passes it to the unit above where the tenant wants
    that; the yes of the unit above carries it out.
    """
    require_acting_for(context, unit_id)
    row = transfer_of(context, unit_id, transfer_id)
    found = lock_board(context, row.key, named=(row.giver_id, row.taker_id))
    row = transfer_of(context, unit_id, transfer_id)
    if row.waits_for() != unit_id:
        raise Refused(message("Đề nghị này không còn chờ tổ chức của bạn."))
    _require_brothers(context, row.key, row)
    row = replace(row, below_attained_because=row.below_attained_because or below_attained_because)
    after = _weigh(context, row.key, found.latest, row)
    if row.state == PROPOSED and needs_approval(context):
        _advance(context, row, state=AGREED)
        return AGREED
    distribution_id = _carry_out(context, row, found, after)
    _advance(context, row, state=DONE, distribution_id=distribution_id)
    return DONE


def decline_transfer(context: Context, unit_id: int, transfer_id: int, because: str) -> None:
    """Let either side, or the unit above, end a transfer that is not done, with the reason."""
    require_acting_for(context, unit_id)
    row = transfer_of(context, unit_id, transfer_id)
    lock_board(context, row.key, named=(row.giver_id, row.taker_id))
    row = transfer_of(context, unit_id, transfer_id)
    if row.state in (DONE, DECLINED):
        raise Refused(message("Đề nghị này đã kết thúc."))
    _advance(context, row, state=DECLINED, declined_because=because)


def _require_brothers(context: Context, key: BoardKey, asked: Proposal | TransferRow) -> None:
    """Refuse what has come too late: the period is over, or a side has left its parent."""
    if key.period.last_day < context.today:
        raise Refused(message("Kỳ này đã kết thúc nên không điều chuyển nữa."))
    below = children(context, key.issuer_id, context.today, context.today)
    if {asked.giver_id, asked.taker_id} - {unit.id for unit in below}:
        raise Refused(message("Hai bên không còn cùng trực thuộc nơi giao chỉ tiêu này."))


def _weigh(
    context: Context, key: BoardKey, latest: VersionRow | None, asked: Proposal | TransferRow
) -> tuple[Line, ...]:
    """Return the lines as they would be, or refuse: by the numbers, or below what is attained."""
    if latest is None:
        raise Refused(message("Cấp trên chưa ban hành chỉ tiêu này nên chưa có gì để điều chuyển."))
    before = lines_of_version(context, latest)
    after = moved(before, asked.giver_id, asked.taker_id, asked.count)
    remaining = next(
        line.quota.count
        for line in after
        if line.unit_id == asked.giver_id and line.segment_id is None
    )
    span = Span("period", key.period.start, min(context.today, key.period.last_day), Tree.THEN)
    attained = counts(
        context, unit_id=asked.giver_id, measure_id=key.measure_id, spans=(span,)
    ).total("period")
    refuse_if_any(*below_attained_problems(remaining, attained, asked.below_attained_because))
    return after


def _carry_out(context: Context, row: TransferRow, found: Versions, after: Sequence[Line]) -> int:
    """Publish the issuer's next version by the transfer's document; return its number.

    What the issuer has and keeps back stays as it was decided. An open draft stands behind the
    new version, moved by the same number where its boxes allow it, and its editor is told.
    """
    latest = found.latest
    if latest is None:
        raise ValueError("a transfer was weighed against a version")
    decision = Decision(
        row.document_no,
        context.today,
        reason=latest.reserve_reason,
        cause=f"Điều chuyển {row.count} từ {row.giver} sang {row.taker}: {row.reason}",
    )
    refuse_if_any(
        *decision_problems(decision, today=context.today, not_before=last_decision(found))
    )
    draft_lines = lines_of_version(context, found.draft)
    marks = marks_of_version(context, found.draft)
    if found.draft:
        db.session.execute(
            delete(Distribution).where(
                Distribution.tenant_id == context.tenant_id, Distribution.id == found.draft.id
            )
        )
    version = found.seen.version + 1
    key = row.key.of(ASSIGNED)
    (published_id,) = insert_drafts(context, (NewDraft(key, version),))
    replace_lines(context, {published_id: after})
    publication = Publication(published_id, decision, latest.assigned, latest.reserve)
    publish_drafts(context, (publication,))
    record(context, publication_change(publication, version, after))
    if found.draft:
        (draft_id,) = insert_drafts(
            context, (NewDraft(key, version + 1, found.draft.row_version + 1),)
        )
        followed = _followed(draft_lines, row)
        replace_lines(context, {draft_id: followed})
        replace_marks(context, draft_id, marks)
        below = children(context, row.key.issuer_id, context.today, context.today)
        # Left on the draft too, so that its editor learns who moved it meanwhile.
        moved_draft = draft_change(
            context,
            draft_id,
            codes={unit.id: unit.code for unit in below},
            changes=differences(draft_lines, followed),
            marks=(marks, marks),
        )
        record(context, moved_draft)
    return published_id


def _followed(lines: Sequence[Line], row: TransferRow) -> Sequence[Line]:
    """Return a draft's lines after the transfer; as they are where they cannot follow it."""
    try:
        return moved(lines, row.giver_id, row.taker_id, row.count)
    except Refused:
        return lines


def _advance(
    context: Context,
    row: TransferRow,
    *,
    state: str,
    distribution_id: int | None = None,
    declined_because: str | None = None,
) -> None:
    db.session.execute(
        update(QuotaTransfer)
        .where(QuotaTransfer.tenant_id == context.tenant_id, QuotaTransfer.id == row.id)
        .values(
            state=state,
            distribution_id=distribution_id,
            declined_because=declined_because,
            below_attained_because=row.below_attained_because,
        )
    )
    record(
        context,
        Change(
            f"quota_transfer.{state}",
            TRANSFER,
            row.id,
            before={"state": row.state},
            after={"state": state, "declined_because": declined_because},
        ),
    )


def _rows(context: Context, *conditions: ColumnElement[bool]) -> tuple[TransferRow, ...]:
    giver, taker = aliased(Unit), aliased(Unit)
    rows = db.session.execute(
        select(
            QuotaTransfer.id,
            QuotaTransfer.issuer_id,
            QuotaTransfer.measure_id,
            QuotaTransfer.period,
            QuotaTransfer.giver_id,
            giver.name.label("giver"),
            QuotaTransfer.taker_id,
            taker.name.label("taker"),
            QuotaTransfer.proposer_id,
            QuotaTransfer.count.label("moved"),
            QuotaTransfer.reason,
            QuotaTransfer.document_no,
            QuotaTransfer.below_attained_because,
            QuotaTransfer.state,
            QuotaTransfer.proposed_on,
            QuotaTransfer.declined_because,
        )
        .join(
            giver,
            (giver.tenant_id == QuotaTransfer.tenant_id) & (giver.id == QuotaTransfer.giver_id),
        )
        .join(
            taker,
            (taker.tenant_id == QuotaTransfer.tenant_id) & (taker.id == QuotaTransfer.taker_id),
        )
        .where(
            QuotaTransfer.tenant_id == context.tenant_id,
            giver.tenant_id == context.tenant_id,
            taker.tenant_id == context.tenant_id,
            *conditions,
        )
        .order_by(QuotaTransfer.proposed_on.desc(), QuotaTransfer.id.desc())
    )
    return tuple(
        TransferRow(
            id=row.id,
            key=BoardKey(row.issuer_id, row.measure_id, Period(row.period.lower, row.period.upper)),
            giver_id=row.giver_id,
            giver=row.giver,
            taker_id=row.taker_id,
            taker=row.taker,
            proposer_id=row.proposer_id,
            count=row.moved,
            reason=row.reason,
            document_no=row.document_no,
            below_attained_because=row.below_attained_because,
            state=row.state,
            proposed_on=row.proposed_on,
            declined_because=row.declined_because,
        )
        for row in rows
    )
