"""The audit trail's tables. The application may add to them and read them, nothing else."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantOwned, TenantScoped
from app.core.resealing import not_sealed

_APPENDED = ("SELECT", "INSERT")


class AuditEntry(TenantScoped, Base):
    """One change, written in the transaction that made it.

    Who stands in for somebody is the actor; `on_behalf_of_name` says for whom.

    `path` is where the subject stood at that moment: entries about people are read only from
    above that place. It is empty for subjects that are not people. `redacted_at` says when what
    the entry said of a person was forgotten (`forget_in_trail`).
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        CheckConstraint(
            "actor_kind IN ('user', 'operator', 'command', 'job')", name="actor_kind_is_known"
        ),
        Index(None, "tenant_id", "subject_kind", "subject_id"),
        {"info": {"privileges": _APPENDED, "subtree": "optional"}},
    )

    occurred_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp()
    )
    actor_kind: Mapped[str]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str]
    acting_unit_id: Mapped[int | None]
    on_behalf_of_id: Mapped[int | None]
    on_behalf_of_name: Mapped[str | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int | None]
    path: Mapped[str | None] = mapped_column(Text(collation="C"))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    request_id: Mapped[str | None]
    redacted_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class AuditBatch(TenantOwned, Base):
    """Entries that were linked together: a digest over them and over the batch before, sealed."""

    __tablename__ = "audit_batch"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        {"info": {"privileges": _APPENDED}},
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entries: Mapped[int]
    last_entry_id: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary, info=not_sealed("a digest"))
    seal: Mapped[bytes] = mapped_column(LargeBinary, info=not_sealed("a keyed digest"))
    linked_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp()
    )


class AuditLink(TenantOwned, Base):
    """One entry's place in the chain; its content's seal outlives the content."""

    __tablename__ = "audit_link"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "batch_number"], ["audit_batch.tenant_id", "audit_batch.number"]
        ),
        {"info": {"privileges": _APPENDED}},
    )

    entry_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch_number: Mapped[int]
    content_seal: Mapped[bytes] = mapped_column(LargeBinary, info=not_sealed("a keyed digest"))
