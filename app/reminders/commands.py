"""Reminding and commending units, by hand and by rule; reading; the rules themselves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.audit.commands import Change, record, record_all
from app.core import clock
from app.core.database import db
from app.core.errors import NotAllowed, NotFound, Refused, refused_at
from app.core.mail import is_configured
from app.core.messages import message
from app.core.text import clean
from app.monitoring.queries import Question
from app.quotas.commands import lock_issuers
from app.quotas.in_force import as_range
from app.reminders.models import OutgoingMail, Reminder, ReminderReading, ReminderRule
from app.reminders.queries import Ground, ListedUnit, rules, standing, units_read_for
from app.reminders.rules import BY_RULE, Figures, Kind, Origin, Rules, rule_problems
from app.tenants.context import Context
from app.units.queries import unit_in_scope
from app.units.rows import UnitRow

REMINDER = "reminder"
"""What the trail calls what is written to a unit."""

LONGEST_BODY = 2000


@dataclass(frozen=True)
class Sent:
    """How many were sent now, and how many had been sent the same today already."""

    now: int
    already: int


@dataclass(frozen=True)
class Written:
    """What is written to one unit: by which origin, in which turn of it, and with what figures."""

    unit_id: int
    origin: Origin
    body: str
    figures: Figures | None = None
    once: str | None = None


def send_by_hand(  # noqa: PLR0917 who writes what to whom about which question
    context: Context,
    kind: Kind,
    listed: UnitRow,
    question: Question,
    unit_ids: Collection[int],
    body: str,
    *,
    known: Ground,
) -> Sent:
    """Write to some of the units under a listed one, each once a day for one kind and question.

    The unit acted for writes. NotFound for a unit that is not under the listed one today.
    """
    sender_id = context.unit_id or listed.id
    unit_in_scope(context, listed.id)
    words = clean(body)
    if not words:
        raise refused_at("body", message("Hãy ghi nội dung."))
    if not unit_ids:
        raise Refused(message("Chưa chọn đơn vị nào."))
    lock_issuers(context, (sender_id,))
    _report, rows = standing(context, listed, question, known)
    chosen = [row for row in rows if row.unit.id in set(unit_ids)]
    if len(chosen) < len(set(unit_ids)):
        raise NotFound(message("Không tìm thấy tổ chức này."))
    turn = f"{Origin.HAND}:{kind}:{question.period}:{context.today}"
    sent = send(
        context,
        kind,
        sender_id,
        question,
        [_by_hand(row, body.strip(), f"{turn}:{sender_id}") for row in chosen],
    )
    return Sent(now=len(sent), already=len(chosen) - len(sent))


def send(  # noqa: PLR0917 who writes what to whom about which question
    context: Context, kind: Kind, sender_id: int, question: Question, written: Sequence[Written]
) -> dict[int, int]:
    """Keep what is written, with a copy for the office's mailbox; return its numbers by unit.

    What was written for the same turn before is left out.
    """
    if not written:
        return {}
    rows = db.session.execute(
        upsert(Reminder)
        .on_conflict_do_nothing(constraint="uq_reminder_once")
        .returning(Reminder.id, Reminder.unit_id),
        [_row(context, kind, sender_id, question, one) for one in written],
    ).all()
    sent = {row.unit_id: row.id for row in rows}
    _queue_mail(context, sent.values())
    record_all(
        context,
        [
            Change(f"reminder.{kind}", REMINDER, number, after={"unit": unit_id, "to": question_of})
            for unit_id, number in sent.items()
            for question_of in (f"{question.measure.code} {question.period}",)
        ],
    )
    return sent


def mark_read(context: Context, unit_id: int, reminder_ids: Collection[int]) -> int:
    """Note that the acting user has read what was written to the unit acted for; return how many.

    Whoever acts for a unit above may look, but not read for it.
    """
    unit_in_scope(context, unit_id)
    if context.unit_id != unit_id or context.actor.id is None:
        raise NotAllowed(message("Chỉ người của đơn vị nhận mới đánh dấu đã đọc."))
    known = set(
        db.session.scalars(
            select(Reminder.id).where(
                Reminder.tenant_id == context.tenant_id,
                Reminder.unit_id.in_(units_read_for(context, unit_id)),
                Reminder.id.in_(reminder_ids),
            )
        )
    )
    if known != set(reminder_ids):
        raise NotFound(message("Không tìm thấy."))
    if not known:
        return 0
    read = db.session.scalars(
        upsert(ReminderReading)
        .on_conflict_do_nothing(constraint="uq_reminder_reading_of_user")
        .returning(ReminderReading.reminder_id),
        [
            {
                "tenant_id": context.tenant_id,
                "reminder_id": number,
                "user_id": context.actor.id,
                "reader_name": context.actor.name,
            }
            for number in sorted(known)
        ],
    ).all()
    record_all(context, [Change("reminder.read", REMINDER, number) for number in read])
    return len(read)


def retry_mail(context: Context) -> int:
    """Have copies that were given up sent again; return how many."""
    retried = db.session.scalars(
        update(OutgoingMail)
        .where(
            OutgoingMail.tenant_id == context.tenant_id,
            OutgoingMail.sent_at.is_(None),
            OutgoingMail.next_try_at.is_(None),
        )
        .values(next_try_at=clock.now(), attempts=0)
        .returning(OutgoingMail.reminder_id)
    ).all()
    record_all(context, [Change("reminder.mail_retried", REMINDER, number) for number in retried])
    return len(retried)


def choose_rules(context: Context, chosen: Rules) -> None:
    """Set by which rules the tenant has units reminded."""
    problems = rule_problems(chosen)
    if problems:
        raise Refused(message("Chưa lưu được; hãy sửa những chỗ được báo."), problems)
    before, after = asdict(rules(context)), asdict(chosen)
    if before == after:
        return
    db.session.execute(
        upsert(ReminderRule)
        .values(tenant_id=context.tenant_id, **after)
        .on_conflict_do_update(index_elements=["tenant_id"], set_=after)
    )
    record(
        context, Change("reminder_rule.changed", "reminder_rule", context.tenant_id, before, after)
    )


def withdraw_by_rule(context: Context, unit_ids: Collection[int]) -> None:
    """Take back what rules wrote to or from units that are about to go; the trail says how much."""
    letters = db.session.scalars(
        select(Reminder.id).where(
            Reminder.tenant_id == context.tenant_id,
            Reminder.origin.in_(BY_RULE),
            or_(Reminder.unit_id.in_(unit_ids), Reminder.sender_id.in_(unit_ids)),
        )
    ).all()
    if not letters:
        return
    for table, column in (
        (ReminderReading, ReminderReading.reminder_id),
        (OutgoingMail, OutgoingMail.reminder_id),
        (Reminder, Reminder.id),
    ):
        db.session.execute(
            delete(table).where(table.tenant_id == context.tenant_id, column.in_(letters))
        )
    record(
        context,
        Change("reminder.withdrawn", "tenant", context.tenant_id, after={"letters": len(letters)}),
    )


def _by_hand(row: ListedUnit, body: str, once: str) -> Written:
    return Written(row.unit.id, Origin.HAND, body, row.figures, once)


def _row(  # noqa: PLR0917 who writes what to whom about which question
    context: Context, kind: Kind, sender_id: int, question: Question, one: Written
) -> Mapping[str, Any]:
    figures = one.figures
    last_entry_on: date | None = figures.last_entry_on if figures else None
    return {
        "tenant_id": context.tenant_id,
        "sender_id": sender_id,
        "sender_name": context.actor.name,
        "unit_id": one.unit_id,
        "kind": kind,
        "origin": one.origin,
        "once": one.once,
        "measure_id": question.measure.id,
        "period": as_range(question.period),
        "body": one.body,
        "sent_on": context.today,
        "counted": figures.count if figures else None,
        "quota": figures.quota if figures else None,
        "pace": figures.pace if figures else None,
        "last_entry_on": last_entry_on,
    }


def _queue_mail(context: Context, reminder_ids: Collection[int]) -> None:
    """Put a copy of each letter into the outbox if mail is configured and there is a mailbox.

    Only the job sends, after this has been committed.
    """
    if not is_configured():
        return
    db.session.execute(_INTO_OUTBOX, {"tenant": context.tenant_id, "reminders": list(reminder_ids)})


_INTO_OUTBOX = text(
    """
    INSERT INTO outgoing_mail (tenant_id, reminder_id, address)
    SELECT r.tenant_id, r.id, b.address
    FROM reminder r
    JOIN unit_mailbox b ON b.tenant_id = r.tenant_id AND b.unit_id = r.unit_id
    WHERE r.tenant_id = :tenant AND b.tenant_id = :tenant AND r.id = ANY (:reminders)
    ON CONFLICT (tenant_id, reminder_id) DO NOTHING
    """
)
