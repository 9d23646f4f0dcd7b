"""Jobs decided inside a transaction and handed to the queue after it.

The row is the truth: a queue that was away, flushed or stopped is fed again by the sweeper, so
every job may run twice and must be idempotent.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, func, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantScoped


class OutboxEntry(TenantScoped, Base):
    """One job that must run after the transaction that wrote this row has been committed."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_waiting", "tenant_id", "id", postgresql_where=text("done_at IS NULL")),
        {"info": {"unaudited": "carries out a change that was audited"}},
    )

    job: Mapped[str]
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )
    done_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
