"""What a tenant keeps of those that were merged into it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, LargeBinary, func
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE, JSONB, TIMESTAMP, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantScoped
from app.core.resealing import not_sealed


class FormerTenant(TenantScoped, Base):
    """A tenant that was merged into this one: its name, and what became of what clashed.

    `root_id` is the unit under which its whole tree still stands, or stood. `set_aside` holds the
    rows of its configuration that the receiver's took the place of. Its trail was closed with
    `trail_entries` entries, those numbered `trail_ids`; `trail_digest` anchors them.
    """

    __tablename__ = "former_tenant"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "root_id"], ["unit.tenant_id", "unit.id"]),
        {"info": {"privileges": ("SELECT",)}},
    )

    code: Mapped[str]
    name: Mapped[str]
    root_id: Mapped[int | None]
    decision_no: Mapped[str]
    effective_on: Mapped[date]
    merged_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    clashes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    set_aside: Mapped[dict[str, Any]] = mapped_column(JSONB)
    totals_before: Mapped[dict[str, int]] = mapped_column(JSONB)
    totals_after: Mapped[dict[str, int]] = mapped_column(JSONB)
    trail_entries: Mapped[int] = mapped_column(BigInteger)
    trail_ids: Mapped[list[Range[int]]] = mapped_column(INT8MULTIRANGE)
    trail_digest: Mapped[bytes] = mapped_column(LargeBinary, info=not_sealed("a digest"))
