"""The dated tree.

A `unit` is an identity; `placement` says under which parent it stands, `designation` what it is
called and what it is, each for a half-open range of dates. `position` is derived from the
placements: the path of each unit at any date. `unit.path` is today's position, and the unit's
name, level and kind are today's designation.
"""

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantOwned, TenantScoped


class Level(TenantScoped, Base):
    """A tenant's name for a storey of its tree. A label: the parent decides a unit's place."""

    __tablename__ = "level"
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)

    tenant_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("tenant.id"), primary_key=True, sort_order=-2
    )
    code: Mapped[str]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    rank: Mapped[int] = mapped_column(Integer)


class Kind(TenantScoped, Base):
    """What a unit is; `default_for_level_id`: the kind of a unit whose file names no other."""

    __tablename__ = "kind"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "default_for_level_id"),
        ForeignKeyConstraint(
            ["tenant_id", "default_for_level_id"], ["level.tenant_id", "level.id"]
        ),
        CheckConstraint("is_cell OR NOT is_residential", name="only_cells_are_residential"),
    )

    code: Mapped[str]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    rank: Mapped[int] = mapped_column(Integer)
    is_cell: Mapped[bool] = mapped_column(server_default="false")
    is_residential: Mapped[bool] = mapped_column(server_default="false")
    default_for_level_id: Mapped[int | None]


class Unit(TenantScoped, Base):
    """A node of the tree. `path` is empty while the unit has no place in today's tree.

    A unit that has ended by then counts, on today's tree, under its heir: at `heir_path`.
    """

    __tablename__ = "unit"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "id", "path"),
        ForeignKeyConstraint(["tenant_id", "level_id"], ["level.tenant_id", "level.id"]),
        ForeignKeyConstraint(["tenant_id", "kind_id"], ["kind.tenant_id", "kind.id"]),
        Index(None, "tenant_id", "path"),
        Index(None, "tenant_id", "search_key"),
        Index(
            "ix_unit_heir_path",
            "tenant_id",
            "heir_path",
            postgresql_where=text("heir_path IS NOT NULL"),
        ),
    )

    code: Mapped[str] = mapped_column(Text(collation="C"))
    name: Mapped[str]
    sort_key: Mapped[str] = mapped_column(Text(collation="C"))
    search_key: Mapped[str] = mapped_column(Text(collation="C"))
    level_id: Mapped[int]
    kind_id: Mapped[int]
    path: Mapped[str | None] = mapped_column(Text(collation="C"))
    heir_path: Mapped[str | None] = mapped_column(Text(collation="C"))


class Placement(TenantScoped, Base):
    """Under which parent a unit stands during a range of dates; no parent is a root."""

    __tablename__ = "placement"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "parent_id"], ["unit.tenant_id", "unit.id"]),
        CheckConstraint("parent_id <> unit_id", name="parent_is_another_unit"),
        CheckConstraint("NOT isempty(valid)", name="valid_is_not_empty"),
        ExcludeConstraint(
            ("tenant_id", "="),
            ("unit_id", "="),
            ("valid", "&&"),
            name="ex_placement_one_parent",
            using="gist",
        ),
        Index(None, "tenant_id", "parent_id"),
    )

    unit_id: Mapped[int]
    parent_id: Mapped[int | None]
    valid: Mapped[Range[date]]


class Designation(TenantScoped, Base):
    """What a unit is called and what it is during a range of dates."""

    __tablename__ = "designation"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "level_id"], ["level.tenant_id", "level.id"]),
        ForeignKeyConstraint(["tenant_id", "kind_id"], ["kind.tenant_id", "kind.id"]),
        CheckConstraint("NOT isempty(valid)", name="valid_is_not_empty"),
        ExcludeConstraint(
            ("tenant_id", "="),
            ("unit_id", "="),
            ("valid", "&&"),
            name="ex_designation_one_name",
            using="gist",
        ),
    )

    unit_id: Mapped[int]
    valid: Mapped[Range[date]]
    name: Mapped[str]
    level_id: Mapped[int]
    kind_id: Mapped[int]


class Position(TenantScoped, Base):
    """The path of a unit during a range of dates, derived from placements by `refresh_tree`."""

    __tablename__ = "position"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        ExcludeConstraint(
            ("tenant_id", "="),
            ("unit_id", "="),
            ("valid", "&&"),
            name="ex_position_one_path",
            using="gist",
        ),
        Index(None, "tenant_id", "unit_id"),
        Index(None, "tenant_id", "path"),
        {"info": {"unaudited": "derived from placements, which are audited"}},
    )

    unit_id: Mapped[int]
    valid: Mapped[Range[date]]
    path: Mapped[str] = mapped_column(Text(collation="C"))


class MemberCount(TenantScoped, Base):
    """How many Party members a unit has from a date on."""

    __tablename__ = "member_count"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "unit_id", "counted_on"),
        CheckConstraint("members >= 0", name="members_is_not_negative"),
    )

    unit_id: Mapped[int]
    counted_on: Mapped[date]
    members: Mapped[int] = mapped_column(Integer)


class TreeState(TenantOwned, Base):
    """For which day today's paths were computed, and the next day on which they change.

    `reorganises_on` is the day of the next reorganisation that waits for its day.

    Locking its row serialises changes of a tenant's tree.
    """

    __tablename__ = "tree_state"
    __table_args__ = ({"info": {"unaudited": "derived from placements, which are audited"}},)

    tenant_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("tenant.id"), primary_key=True, sort_order=-2
    )
    computed_on: Mapped[date] = mapped_column(server_default=text("'-infinity'::date"))
    changes_on: Mapped[date | None]
    reorganises_on: Mapped[date | None]


class Lineage(TenantScoped, Base):
    """That a unit, or a part of it, became another one by a reorganisation.

    `share` 'close' leads from a closed unit to the one that took what was left below it. Of a
    unit that ended one heir is the default: it takes whatever was not routed elsewhere, and
    counts the unit's past on today's tree.
    """

    __tablename__ = "lineage"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "predecessor_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "successor_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "reorganisation_id"], ["reorganisation.tenant_id", "reorganisation.id"]
        ),
        UniqueConstraint("tenant_id", "reorganisation_id", "predecessor_id", "successor_id"),
        CheckConstraint("predecessor_id <> successor_id", name="heir_is_another_unit"),
        CheckConstraint("share IN ('whole', 'part', 'close')", name="share_is_known"),
        Index(
            "uq_lineage_one_default",
            "tenant_id",
            "predecessor_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        Index(None, "tenant_id", "successor_id"),
        {"info": {"unaudited": "part of a reorganisation, which is audited"}},
    )

    reorganisation_id: Mapped[int]
    effective_on: Mapped[date]
    predecessor_id: Mapped[int]
    successor_id: Mapped[int]
    share: Mapped[str]
    is_default: Mapped[bool]


class FormerCode(TenantScoped, Base):
    """The code that a unit had up to the day on which it got another one.

    By a reorganisation, or, without one, when its tenant was merged into one with the same code.
    """

    __tablename__ = "former_code"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "reorganisation_id"], ["reorganisation.tenant_id", "reorganisation.id"]
        ),
        UniqueConstraint("tenant_id", "unit_id", "until_on"),
        Index(None, "tenant_id", "code"),
        {"info": {"unaudited": "part of a reorganisation, which is audited"}},
    )

    reorganisation_id: Mapped[int | None]
    unit_id: Mapped[int]
    code: Mapped[str] = mapped_column(Text(collation="C"))
    until_on: Mapped[date]
