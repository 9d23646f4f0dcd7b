"""Measures and segments as a tenant has defined them."""

from sqlalchemy import CheckConstraint, ForeignKey, Integer, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantScoped


class Measure(TenantScoped, Base):
    """What is counted: the steps of one kind, each on the date it was taken.

    Whether admissions count by decision or by ceremony is the choice of `counted_step`.
    """

    __tablename__ = "measure"
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)

    tenant_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("tenant.id"), primary_key=True, sort_order=-2
    )
    code: Mapped[str]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    rank: Mapped[int] = mapped_column(Integer)
    counted_step: Mapped[str]


class Segment(TenantScoped, Base):
    """An overlapping group inside a measure.

    A segment with an `attribute` follows from that attribute of the person: its value is one of
    `any_of` (when given) and none of `none_of`, or the age in completed years lies in
    `age_from`..`age_to`. A 'stated' one is said on the form or in the file; an 'introducer' is an
    organisation that introduced, and may share its code with a segment of people. `slot` is its
    place in the vectors of the summaries, given once and never reused.
    """

    __tablename__ = "segment"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code", "origin"),
        UniqueConstraint("tenant_id", "slot"),
        CheckConstraint("slot BETWEEN 1 AND 200", name="slot_is_small"),
        CheckConstraint(
            "attribute IN ('sex', 'ethnicity', 'religion', 'education', 'qualification', 'age')",
            name="attribute_is_known",
        ),
        CheckConstraint("origin IN ('attribute', 'stated', 'introducer')", name="origin_is_known"),
        CheckConstraint(
            "(origin = 'attribute') = (attribute IS NOT NULL)", name="attribute_has_its_origin"
        ),
    )

    tenant_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("tenant.id"), primary_key=True, sort_order=-2
    )
    code: Mapped[str]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    rank: Mapped[int] = mapped_column(Integer)
    slot: Mapped[int] = mapped_column(SmallInteger)
    origin: Mapped[str]
    attribute: Mapped[str | None]
    any_of: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    none_of: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    age_from: Mapped[int | None] = mapped_column(SmallInteger)
    age_to: Mapped[int | None] = mapped_column(SmallInteger)
    is_residential: Mapped[bool] = mapped_column(server_default="false")
    is_sensitive: Mapped[bool] = mapped_column(server_default="false")
