"""What units have been reminded of or commended for, who has read it, and the rules behind it."""

from datetime import date, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantOwned, TenantScoped


class Reminder(TenantScoped, Base):
    """What one unit wrote to another, with the figures of that day; it only grows.

    Only what a rule wrote to a unit goes with it, when the reorganisation that began it is undone.
    `sender_id` is the unit that wrote, of a digest the unit itself. `origin` says by whose hand
    or which rule; what a rule sends bears in `once` the turn that it was for, so that the turn
    sends it once. The figures are missing where a round asks for an answer.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "sender_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "measure_id"], ["measure.tenant_id", "measure.id"]),
        UniqueConstraint("tenant_id", "unit_id", "measure_id", "once", name="uq_reminder_once"),
        Index(None, "tenant_id", "unit_id", "sent_at"),
        Index(None, "tenant_id", "sender_id", "sent_at"),
        CheckConstraint("kind IN ('reminder', 'commendation', 'digest')", name="kind_is_known"),
        CheckConstraint(
            "origin IN ('hand', 'round', 'silent', 'behind', 'quarter_end', 'week')",
            name="origin_is_known",
        ),
        CheckConstraint("NOT isempty(period)", name="period_is_not_empty"),
        {"info": {"privileges": ("SELECT", "INSERT", "DELETE")}},
    )

    sender_id: Mapped[int]
    sender_name: Mapped[str]
    unit_id: Mapped[int]
    kind: Mapped[str]
    origin: Mapped[str]
    once: Mapped[str | None]
    measure_id: Mapped[int]
    period: Mapped[Range[date]]
    body: Mapped[str]
    sent_on: Mapped[date]
    sent_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    counted: Mapped[int | None] = mapped_column(Integer)
    quota: Mapped[int | None] = mapped_column(Integer)
    pace: Mapped[int | None] = mapped_column(Integer)
    last_entry_on: Mapped[date | None]


class ReminderReading(TenantScoped, Base):
    """A user of the unit has read what was written to it."""

    __tablename__ = "reminder_reading"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "reminder_id"], ["reminder.tenant_id", "reminder.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["user_account.tenant_id", "user_account.id"]
        ),
        UniqueConstraint("tenant_id", "reminder_id", "user_id", name="uq_reminder_reading_of_user"),
        {"info": {"privileges": ("SELECT", "INSERT", "DELETE")}},
    )

    reminder_id: Mapped[int]
    user_id: Mapped[int]
    reader_name: Mapped[str]
    read_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


class ReminderRule(TenantOwned, Base):
    """By what rules a tenant has units reminded, one row for each tenant; empty is never.

    `silent_days` without an entry; `behind_points` percentage points behind an even pace;
    `quarter_days` before the end of a quarter.
    """

    __tablename__ = "reminder_rule"
    __table_args__ = (
        CheckConstraint("silent_days > 0", name="silent_days_are_positive"),
        CheckConstraint("behind_points BETWEEN 1 AND 100", name="behind_points_are_a_share"),
        CheckConstraint("quarter_days BETWEEN 1 AND 60", name="quarter_days_are_inside"),
        {"info": {"privileges": ("SELECT", "INSERT", "UPDATE")}},
    )

    silent_days: Mapped[int | None] = mapped_column(SmallInteger)
    behind_points: Mapped[int | None] = mapped_column(SmallInteger)
    quarter_days: Mapped[int | None] = mapped_column(SmallInteger)
    sends_digest: Mapped[bool] = mapped_column(Boolean, server_default="false")


class UnitMailbox(TenantScoped, Base):
    """The office's e-mail address to which a copy of what is written to a unit goes."""

    __tablename__ = "unit_mailbox"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "unit_id"),
        CheckConstraint("address ~ '^[^@[:space:]]+@[^@[:space:]]+$'", name="address_has_a_host"),
    )

    unit_id: Mapped[int]
    address: Mapped[str]


class OutgoingMail(TenantScoped, Base):
    """A copy that still has to go out by e-mail, or has; written with the reminder itself."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "reminder_id"], ["reminder.tenant_id", "reminder.id"]),
        UniqueConstraint("tenant_id", "reminder_id"),
        CheckConstraint("attempts >= 0", name="attempts_are_counted"),
        {
            "info": {
                "privileges": ("SELECT", "INSERT", "UPDATE", "DELETE"),
                "unaudited": "what was written is audited; that its copy was carried is nothing",
            }
        },
    )

    reminder_id: Mapped[int]
    address: Mapped[str]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    next_try_at: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )
    sent_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    failure: Mapped[str | None]
