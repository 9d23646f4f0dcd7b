"""The audit trail's table. The application may add to it and read it, nothing else."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, func
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantScoped


class AuditEntry(TenantScoped, Base):
    """One change, written in the transaction that made it.

    `path` is where the subject stood at that moment: entries about people are read only from
    above that place. It is empty for subjects that are not people.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        CheckConstraint(
            "actor_kind IN ('user', 'operator', 'command', 'job')", name="actor_kind_is_known"
        ),
        Index(None, "tenant_id", "subject_kind", "subject_id"),
        {"info": {"privileges": ("SELECT", "INSERT"), "subtree": "optional"}},
    )

    occurred_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp()
    )
    actor_kind: Mapped[str]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str]
    acting_unit_id: Mapped[int | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int | None]
    path: Mapped[str | None] = mapped_column(Text(collation="C"))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    request_id: Mapped[str | None]
