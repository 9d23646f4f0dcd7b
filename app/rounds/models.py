"""Rounds and what belongs to them. Registrations themselves are distributions of `quotas`."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantScoped


class QuotaRound(TenantScoped, Base):
    """What an issuer asks of its children before and after it gives them quotas, and until when."""

    __tablename__ = "quota_round"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "issuer_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "measure_id"], ["measure.tenant_id", "measure.id"]),
        UniqueConstraint(
            "tenant_id", "issuer_id", "measure_id", "period", name="uq_quota_round_board"
        ),
        CheckConstraint("NOT isempty(period)", name="period_is_not_empty"),
        CheckConstraint(
            "survey_due_on <= registration_due_on AND registration_due_on <= commitment_due_on",
            name="due_in_order",
        ),
        {"info": {"privileges": ("SELECT", "INSERT", "UPDATE")}},
    )

    issuer_id: Mapped[int]
    measure_id: Mapped[int]
    period: Mapped[Range[date]]
    opened_on: Mapped[date]
    survey_due_on: Mapped[date]
    registration_due_on: Mapped[date]
    commitment_due_on: Mapped[date]
    note: Mapped[str | None]


class Survey(TenantScoped, Base):
    """How many people a child of a round says could be brought on in the period."""

    __tablename__ = "survey"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "round_id"], ["quota_round.tenant_id", "quota_round.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "round_id", "unit_id"),
        Index(None, "tenant_id", "unit_id"),
        CheckConstraint("sources >= 0", name="sources_are_not_negative"),
        {"info": {"privileges": ("SELECT", "INSERT", "UPDATE")}},
    )

    round_id: Mapped[int]
    unit_id: Mapped[int]
    sources: Mapped[int] = mapped_column(Integer)
    surveyed_on: Mapped[date]


class RoundReminder(TenantScoped, Base):
    """A request of an issuer to a child that has not answered; it only grows."""

    __tablename__ = "round_reminder"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "round_id"], ["quota_round.tenant_id", "quota_round.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        Index(None, "tenant_id", "round_id", "unit_id"),
        Index(None, "tenant_id", "unit_id"),
        {"info": {"privileges": ("SELECT", "INSERT")}},
    )

    round_id: Mapped[int]
    unit_id: Mapped[int]
    reminded_on: Mapped[date]
    reminded_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )


class Commitment(TenantScoped, Base):
    """The head of a unit has signed for the quota that a published version gives it."""

    __tablename__ = "commitment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "distribution_id"], ["distribution.tenant_id", "distribution.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint(
            "tenant_id", "distribution_id", "unit_id", name="uq_commitment_of_version"
        ),
        Index(None, "tenant_id", "unit_id"),
        {"info": {"privileges": ("SELECT", "INSERT")}},
    )

    distribution_id: Mapped[int]
    unit_id: Mapped[int]
    signatory: Mapped[str]
    signatory_title: Mapped[str]
    signed_on: Mapped[date]


class QuotaTransfer(TenantScoped, Base):
    """Part of one unit's quota that goes to another one under the same issuer.

    'proposed' by one side; 'agreed' by both, waiting for the issuer; 'done' by the version
    `distribution_id` of the issuer's distribution; 'declined' by anybody. What is done or declined
    never changes.
    """

    __tablename__ = "quota_transfer"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "issuer_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "measure_id"], ["measure.tenant_id", "measure.id"]),
        ForeignKeyConstraint(["tenant_id", "giver_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "taker_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "distribution_id"], ["distribution.tenant_id", "distribution.id"]
        ),
        Index(None, "tenant_id", "issuer_id"),
        Index(None, "tenant_id", "giver_id"),
        Index(None, "tenant_id", "taker_id"),
        CheckConstraint("count > 0", name="count_is_positive"),
        CheckConstraint("giver_id <> taker_id", name="between_two"),
        CheckConstraint("proposer_id IN (giver_id, taker_id)", name="proposed_by_a_side"),
        CheckConstraint(
            "state IN ('proposed', 'agreed', 'done', 'declined')", name="state_is_known"
        ),
        CheckConstraint(
            "(state = 'done') = (distribution_id IS NOT NULL)", name="done_by_a_version"
        ),
        CheckConstraint(
            "(state = 'declined') = (declined_because IS NOT NULL)", name="declined_with_a_reason"
        ),
        CheckConstraint("NOT isempty(period)", name="period_is_not_empty"),
        {"info": {"privileges": ("SELECT", "INSERT", "UPDATE")}},
    )

    issuer_id: Mapped[int]
    measure_id: Mapped[int]
    period: Mapped[Range[date]]
    giver_id: Mapped[int]
    taker_id: Mapped[int]
    proposer_id: Mapped[int]
    count: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str]
    document_no: Mapped[str]
    below_attained_because: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="proposed")
    proposed_on: Mapped[date]
    declined_because: Mapped[str | None]
    distribution_id: Mapped[int | None]
