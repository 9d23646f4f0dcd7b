"""Tenants and what each of them has chosen."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Identity,
    Integer,
    SmallInteger,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantOwned, TenantScoped


class Tenant(Base):
    """One province's Party organisation: the isolation boundary.

    It has no tenant column: it is the list of tenants, and holds names alone.
    """

    __tablename__ = "tenant"
    __table_args__ = (
        CheckConstraint("code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$'", name="code_is_plain"),
        UniqueConstraint("id", "is_demonstration"),
        {"info": {"privileges": ("SELECT", "INSERT", "UPDATE")}},
    )

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    is_demonstration: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )


class Setting(TenantOwned, Base):
    """What a tenant has chosen, one row for each tenant.

    `rating_source` says which of a unit's quotas rates it; `transfers_need_approval` whether a
    transfer between two units waits for the one above both; `watch_…` what the watch lists go by:
    percent of a quota, years without anybody, days before a certificate expires; `two_for_…` which
    acts need a second person, exports of more people than that number; `clock_on` is the day at
    which a demonstration tenant's clock stands.
    """

    __tablename__ = "setting"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "is_demonstration"], ["tenant.id", "tenant.is_demonstration"]
        ),
        CheckConstraint(
            "rating_source IN ('assigned', 'own', 'registered', 'term_share')",
            name="rating_source_is_known",
        ),
        CheckConstraint(
            "clock_on IS NULL OR is_demonstration", name="only_demonstrations_have_a_clock"
        ),
        CheckConstraint("two_for_export_rows > 0", name="export_rows_are_some"),
        {"info": {"privileges": ("SELECT", "INSERT", "UPDATE")}},
    )

    rating_source: Mapped[str] = mapped_column(server_default="assigned")
    transfers_need_approval: Mapped[bool] = mapped_column(server_default="true")
    watch_percent: Mapped[int] = mapped_column(SmallInteger, server_default="10")
    watch_years: Mapped[int] = mapped_column(SmallInteger, server_default="2")
    watch_days: Mapped[int] = mapped_column(SmallInteger, server_default="60")
    two_for_erasure: Mapped[bool] = mapped_column(server_default="false")
    two_for_merging: Mapped[bool] = mapped_column(server_default="false")
    two_for_export_rows: Mapped[int | None] = mapped_column(Integer)
    is_demonstration: Mapped[bool] = mapped_column(server_default="false")
    clock_on: Mapped[date | None]


class Submission(TenantScoped, Base):
    """A form that was sent once: a second sending of the same key finds the first one's result."""

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "client_key"),
        {"info": {"unaudited": "what the form did is audited; that it was sent twice is nothing"}},
    )

    user_id: Mapped[int]
    client_key: Mapped[str]
    result: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )
