"""The shelf: files too long to be drawn while somebody waits. What they hold is sealed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer, LargeBinary, func
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Personal, TenantScoped
from app.core.resealing import sealed_as

SEALED_AS = "export_file:{id}:content"
"""The name that files are sealed under."""


class ExportFile(Personal, TenantScoped, Base):
    """A table ordered as a file, with how far its drawing has come. It is its own queue entry.

    `path` is where the unit stands, `query` what the address of the page asked for. It goes
    within a day of being ordered, whatever has become of it.
    """

    __tablename__ = "export_file"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        CheckConstraint("state IN ('waiting', 'done', 'failed')", name="state_is_known"),
        CheckConstraint("(state = 'done') = (content IS NOT NULL)", name="done_with_content"),
        CheckConstraint("expires_at <= ordered_at + interval '24 hours'", name="goes_within_a_day"),
        Index(None, "tenant_id", "unit_id"),
        Index(
            "ix_export_file_waiting",
            "tenant_id",
            "id",
            postgresql_where=sql_text("state = 'waiting'"),
        ),
        {"info": {"unaudited": "ordering and taking are audited; drawing and going are neither"}},
    )

    unit_id: Mapped[int]
    table_name: Mapped[str]
    title: Mapped[str]
    query: Mapped[str]
    ending: Mapped[str]
    orderer_id: Mapped[int]
    orderer_name: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    rows: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer, server_default="0")
    content: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_as(SEALED_AS))
    ordered_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=sql_text("now() + interval '24 hours'")
    )
