"""Distributions and their lines. A published one never changes; a correction is a new version."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantScoped


class Distribution(TenantScoped, Base):
    """One issuer's quotas for its children, for a measure and a period.

    `source` 'assigned': the issuer gives to its children; without an issuer it is given from
    above the tenant. The other sources say what the issuer has itself, on lines of its own:
    'own' what it has resolved, 'registered' what it proposes to its parent, 'term_share' what of
    its quota for the term it takes for the year. `cause` is why a version differs from the one
    before it, or why just this number is proposed.
    `assigned` is what the issuer itself held when this version was published;
    distributed + reserve = assigned. `row_version` counts the saves of a draft, so that of two
    editors the second learns of the first. `reorganisation_id` is by which change of the tree a
    version came about: undoing it takes the version back.
    """

    __tablename__ = "distribution"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "issuer_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "measure_id"], ["measure.tenant_id", "measure.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "reorganisation_id"], ["reorganisation.tenant_id", "reorganisation.id"]
        ),
        UniqueConstraint(
            "tenant_id",
            "source",
            "issuer_id",
            "measure_id",
            "period",
            "version",
            name="uq_distribution_version",
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "uq_distribution_one_draft",
            "tenant_id",
            "source",
            "issuer_id",
            "measure_id",
            "period",
            unique=True,
            postgresql_where=text("state = 'draft'"),
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint(
            "source IN ('assigned', 'own', 'registered', 'term_share')", name="source_is_known"
        ),
        CheckConstraint("state IN ('draft', 'published', 'superseded')", name="state_is_known"),
        CheckConstraint("source = 'assigned' OR issuer_id IS NOT NULL", name="own_has_an_issuer"),
        CheckConstraint(
            "state = 'draft' OR (published_at IS NOT NULL AND decided_on IS NOT NULL"
            " AND (decision_no IS NOT NULL OR source = 'registered'))",
            name="published_has_a_decision",
        ),
        CheckConstraint(
            "state = 'draft' OR source <> 'assigned' OR version = 1 OR cause IS NOT NULL",
            name="adjustment_has_a_cause",
        ),
        CheckConstraint("NOT isempty(period)", name="period_is_not_empty"),
    )

    source: Mapped[str]
    issuer_id: Mapped[int | None]
    measure_id: Mapped[int]
    period: Mapped[Range[date]]
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(server_default="draft")
    assigned: Mapped[int | None] = mapped_column(Integer)
    reserve: Mapped[int] = mapped_column(Integer, server_default="0")
    reserve_reason: Mapped[str | None]
    cause: Mapped[str | None]
    decision_no: Mapped[str | None]
    decided_on: Mapped[date | None]
    published_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    row_version: Mapped[int] = mapped_column(Integer, server_default="1")
    reorganisation_id: Mapped[int | None]


class QuotaLine(TenantScoped, Base):
    """The quota of one unit, in all or for one segment. Segment lines are never summed.

    `count` is the whole number that the line means: the number itself, the lower end of a range
    (whose upper end is `upper_count`), or the count that `percent` of the members of `base` came
    to when the line was published.
    """

    __tablename__ = "quota_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "distribution_id"],
            ["distribution.tenant_id", "distribution.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "segment_id"], ["segment.tenant_id", "segment.id"]),
        UniqueConstraint(
            "tenant_id",
            "distribution_id",
            "unit_id",
            "segment_id",
            name="uq_quota_line_box",
            postgresql_nulls_not_distinct=True,
        ),
        Index(None, "tenant_id", "unit_id"),
        CheckConstraint("kind IN ('count', 'minimum', 'range', 'percent')", name="kind_is_known"),
        CheckConstraint("count >= 0", name="count_is_not_negative"),
        CheckConstraint(
            "(kind = 'range') = (upper_count IS NOT NULL) AND upper_count >= count",
            name="range_has_an_upper_end",
        ),
        CheckConstraint(
            "(kind = 'percent') = (percent IS NOT NULL) AND (percent IS NULL) = (base IS NULL)"
            " AND percent >= 0",
            name="percent_has_a_base",
        ),
        CheckConstraint(
            "base IN ('year_start', 'year_end_before', 'term_start', 'current')",
            name="base_is_known",
        ),
    )

    distribution_id: Mapped[int]
    unit_id: Mapped[int]
    segment_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(server_default="count")
    count: Mapped[int] = mapped_column(Integer)
    upper_count: Mapped[int | None] = mapped_column(Integer)
    percent: Mapped[Decimal | None] = mapped_column(Numeric(7, 3))
    base: Mapped[str | None]


class BoxMark(TenantScoped, Base):
    """What an editor keeps beside a box of a draft, with or without a quota in it.

    Helpers leave a held box alone. A note is the committee's own: nobody below reads it.
    """

    __tablename__ = "box_mark"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "distribution_id"],
            ["distribution.tenant_id", "distribution.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "segment_id"], ["segment.tenant_id", "segment.id"]),
        UniqueConstraint(
            "tenant_id",
            "distribution_id",
            "unit_id",
            "segment_id",
            name="uq_box_mark_box",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("is_held OR note IS NOT NULL", name="says_something"),
    )

    distribution_id: Mapped[int]
    unit_id: Mapped[int]
    segment_id: Mapped[int | None]
    is_held: Mapped[bool] = mapped_column(server_default="false")
    note: Mapped[str | None]


class Scenario(TenantScoped, Base):
    """A distribution that a committee has put aside under a name, to weigh it against others.

    It is the committee's own, as a draft is; one of them may become the draft.
    """

    __tablename__ = "scenario"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "issuer_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "measure_id"], ["measure.tenant_id", "measure.id"]),
        UniqueConstraint(
            "tenant_id", "issuer_id", "measure_id", "period", "name", name="uq_scenario_name"
        ),
        CheckConstraint("NOT isempty(period)", name="period_is_not_empty"),
    )

    issuer_id: Mapped[int]
    measure_id: Mapped[int]
    period: Mapped[Range[date]]
    name: Mapped[str]
    kept_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


class ScenarioBox(TenantScoped, Base):
    """A box of a scenario: its quota, as on a `QuotaLine`, and its mark, as a `BoxMark`."""

    __tablename__ = "scenario_box"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "scenario_id"], ["scenario.tenant_id", "scenario.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "segment_id"], ["segment.tenant_id", "segment.id"]),
        UniqueConstraint(
            "tenant_id",
            "scenario_id",
            "unit_id",
            "segment_id",
            name="uq_scenario_box_box",
            postgresql_nulls_not_distinct=True,
        ),
        Index(None, "tenant_id", "unit_id"),
        CheckConstraint("(kind IS NULL) = (count IS NULL)", name="quota_has_its_count"),
        CheckConstraint("kind IS NOT NULL OR is_held OR note IS NOT NULL", name="says_something"),
    )

    scenario_id: Mapped[int]
    unit_id: Mapped[int]
    segment_id: Mapped[int | None]
    kind: Mapped[str | None]
    count: Mapped[int | None] = mapped_column(Integer)
    upper_count: Mapped[int | None] = mapped_column(Integer)
    percent: Mapped[Decimal | None] = mapped_column(Numeric(7, 3))
    base: Mapped[str | None]
    is_held: Mapped[bool] = mapped_column(server_default="false")
    note: Mapped[str | None]
