"""The law of a tenant, its days off, and what belongs to cases besides their steps."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.models import KINDS
from app.core.database import Base, Personal, TenantScoped

_NO_KEYS = text("'{}'::text[]")
_EMPTY = text("'{}'::jsonb")


class LegalRules(TenantScoped, Base):
    """The values that the law sets from a day until the next such row; see `law.RuleSet`."""

    __tablename__ = "rule_set"
    __table_args__ = (
        UniqueConstraint("tenant_id", "effective_on"),
        CheckConstraint(
            "vote_denominator > 0 AND vote_numerator BETWEEN 0 AND vote_denominator",
            name="vote_is_a_fraction",
        ),
    )

    tenant_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("tenant.id"), primary_key=True, sort_order=-2
    )
    effective_on: Mapped[date]
    regulation: Mapped[str]
    guidance: Mapped[str | None]
    youngest_age: Mapped[int | None] = mapped_column(SmallInteger)
    oldest_age: Mapped[int | None] = mapped_column(SmallInteger)
    lowest_education: Mapped[str | None]
    certificate_months: Mapped[int | None] = mapped_column(SmallInteger)
    mentor_months: Mapped[int | None] = mapped_column(SmallInteger)
    mentor_remark_months: Mapped[int | None] = mapped_column(SmallInteger)
    dossier_months: Mapped[int | None] = mapped_column(SmallInteger)
    introducers: Mapped[int | None] = mapped_column(SmallInteger)
    introducer_months: Mapped[int | None] = mapped_column(SmallInteger)
    vote_numerator: Mapped[int] = mapped_column(SmallInteger)
    vote_denominator: Mapped[int] = mapped_column(SmallInteger)
    decision_days: Mapped[int | None] = mapped_column(SmallInteger)
    decision_extra_days: Mapped[int | None] = mapped_column(SmallInteger)
    ceremony_days: Mapped[int | None] = mapped_column(SmallInteger)
    member_file_days: Mapped[int | None] = mapped_column(SmallInteger)
    probation_months: Mapped[int | None] = mapped_column(SmallInteger)
    recognition_meeting_days: Mapped[int | None] = mapped_column(SmallInteger)
    recognition_decision_days: Mapped[int | None] = mapped_column(SmallInteger)
    recognition_extra_days: Mapped[int | None] = mapped_column(SmallInteger)
    readmission_months: Mapped[int | None] = mapped_column(SmallInteger)
    readmissions: Mapped[int | None] = mapped_column(SmallInteger)
    deciding_level: Mapped[str | None]
    forms: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=_EMPTY)
    only_suggests: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_NO_KEYS)
    sources: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=_EMPTY)


class RecordedDay(TenantScoped, Base):
    """A day on which offices are open or closed otherwise than the country's calendar says."""

    __tablename__ = "recorded_day"
    __table_args__ = (UniqueConstraint("tenant_id", "day"),)

    tenant_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("tenant.id"), primary_key=True, sort_order=-2
    )
    day: Mapped[date]
    is_working_day: Mapped[bool]
    reason: Mapped[str | None]


class Recording(TenantScoped, Base):
    """One act of recording, which its user may undo for a while; it holds nothing of people."""

    __tablename__ = "recording"

    user_id: Mapped[int | None]
    added_person_id: Mapped[int | None]
    recorded_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    undone_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


def _of_case() -> ForeignKeyConstraint:
    """Tie a row to its case; a trigger gives it the path of the case whenever that moves.

    A key with the path would be looked up for every case that moves, in every such table.
    """
    return ForeignKeyConstraint(["tenant_id", "case_id"], ["case_file.tenant_id", "case_file.id"])


class Approval(Personal, TenantScoped, Base):
    """A committee's consent that a case departs from one rule: who, when, under which number."""

    __tablename__ = "approval"
    __table_args__ = (
        _of_case(),
        UniqueConstraint("tenant_id", "case_id", "rule"),
        Index(None, "tenant_id", "path"),
    )

    case_id: Mapped[int]
    rule: Mapped[str]
    approved_by: Mapped[str]
    approved_on: Mapped[date]
    document_no: Mapped[str | None]
    recording_id: Mapped[int | None]


class PersonMove(Personal, TenantScoped, Base):
    """That a person went from one cell to another on a day, the case with them."""

    __tablename__ = "person_move"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "person_id"], ["person.tenant_id", "person.id"]),
        ForeignKeyConstraint(["tenant_id", "from_cell_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "to_cell_id"], ["unit.tenant_id", "unit.id"]),
        CheckConstraint("from_cell_id <> to_cell_id", name="goes_elsewhere"),
        Index(None, "tenant_id", "person_id", "moved_on"),
        Index(None, "tenant_id", "path"),
    )

    person_id: Mapped[int]
    from_cell_id: Mapped[int]
    to_cell_id: Mapped[int]
    moved_on: Mapped[date]
    document_no: Mapped[str | None]


class Transfer(Personal, TenantScoped, Base):
    """A case sent to another tenant, or taken over from one; the number links the two sides."""

    __tablename__ = "transfer"
    __table_args__ = (
        _of_case(),
        UniqueConstraint("tenant_id", "number", "direction"),
        CheckConstraint("direction IN ('out', 'in')", name="direction_is_known"),
        Index(None, "tenant_id", "path"),
        Index(None, "tenant_id", "case_id"),
    )

    case_id: Mapped[int]
    number: Mapped[str]
    direction: Mapped[str]
    counterpart: Mapped[str]
    transferred_on: Mapped[date]


class CarriedStep(Personal, TenantScoped, Base):
    """A step that another tenant recorded and counts; here it only says how far the case is."""

    __tablename__ = "carried_step"
    __table_args__ = (
        _of_case(),
        UniqueConstraint("tenant_id", "case_id", "kind"),
        CheckConstraint(f"kind IN ({KINDS})", name="kind_is_known"),
        Index(None, "tenant_id", "path"),
    )

    case_id: Mapped[int]
    kind: Mapped[str]
    taken_on: Mapped[date]
    document_no: Mapped[str | None]
    details: Mapped[dict[str, object] | None] = mapped_column(JSONB(none_as_null=True))


class NilReport(TenantScoped, Base):
    """A cell's word that nothing arose in a span of days ('không phát sinh')."""

    __tablename__ = "nil_report"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "cell_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "cell_id", "span"),
        CheckConstraint("NOT isempty(span)", name="span_has_days"),
    )

    cell_id: Mapped[int]
    span: Mapped[Range[date]]
    recording_id: Mapped[int | None]
    reported_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )
