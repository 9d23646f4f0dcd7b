"""The books behind every count. The application reads them; only database functions write them.

Each row is credited twice: under the path that the cell had on the counting date (`then`) and
under the path it has today (`now`). All of them carry the tenant policy alone, since a subtree
policy would silently undercount a parent.
"""

from datetime import date, datetime
from enum import IntEnum

from sqlalchemy import Computed, Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantOwned, TenantScoped

READ_ONLY = {"info": {"privileges": ("SELECT",)}}


class Tree(IntEnum):
    """On which tree a summary row counts: on both, or on one where the two differ."""

    BOTH = 0
    THEN = 1
    NOW = 2


class Delta(TenantScoped, Base):
    """A change of a count, appended by the trigger on `step` and not yet folded."""

    __tablename__ = "delta"
    __table_args__ = (READ_ONLY,)

    cell_id: Mapped[int]
    measure_id: Mapped[int]
    counted_on: Mapped[date]
    then_path: Mapped[str] = mapped_column(Text(collation="C"))
    now_path: Mapped[str] = mapped_column(Text(collation="C"))
    segments: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    amount: Mapped[int] = mapped_column(Integer)


class DayCount(TenantOwned, Base):
    """Folded deltas of one cell, day and set of segments: what a cut month is counted from."""

    __tablename__ = "day_count"
    __table_args__ = (
        *(
            Index(
                f"ix_day_count_{tree}",
                "tenant_id",
                "measure_id",
                "month",
                f"{tree}_path",
                postgresql_include=["counted_on", "total"],
            )
            for tree in ("then", "now")
        ),
        Index("ix_day_count_empty", "tenant_id", postgresql_where=text("total = 0")),
        READ_ONLY,
    )

    measure_id: Mapped[int] = mapped_column(primary_key=True)
    cell_id: Mapped[int] = mapped_column(primary_key=True)
    counted_on: Mapped[date] = mapped_column(primary_key=True)
    then_path: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    now_path: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    segments: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), primary_key=True)
    month: Mapped[date] = mapped_column(
        Computed("date_trunc('month', counted_on::timestamp)::date", persisted=True)
    )
    total: Mapped[int] = mapped_column(Integer)


class Summary(TenantOwned, Base):
    """The count of a unit, as a child of one parent of then, in a month.

    `parent_id` is 0 for a root, and for what a unit has on today's tree alone. A unit that moved
    within a month has a row under each parent, so that on the tree of then the rows under a parent
    always add up to that parent's own. `segments[slot]` is the count of a segment.
    """

    __tablename__ = "summary"
    __table_args__ = (
        Index(
            "ix_summary_children",
            "tenant_id",
            "parent_id",
            "measure_id",
            "month",
            postgresql_include=["unit_id", "tree", "total"],
        ),
        READ_ONLY,
    )

    unit_id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(primary_key=True)
    tree: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    total: Mapped[int] = mapped_column(Integer)
    segments: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class RollupStatus(TenantOwned, Base):
    """When a tenant's counts were last folded and verified. Locking its row serialises folding."""

    __tablename__ = "rollup_status"
    __table_args__ = (READ_ONLY,)

    folded_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    verified_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    verified_figures: Mapped[int | None]
    mismatches: Mapped[int | None]
    mismatched_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
