"""A reorganisation as one aggregate: its decision, its operations, and what undoing it needs."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantScoped


class Reorganisation(TenantScoped, Base):
    """One decided, dated change of the tree.

    A draft is built, previewed, applied, and undone while nothing newer depends on it; one whose
    day is to come is 'scheduled' and waits for it. Those applied or scheduled stand: among them a
    decision number is unique. `share_by` is by what numbers of split units are shared. `result`
    is what applying it did, as the command line prints it; `failure` why a scheduled one could
    not be applied on its day. One that `is_final` was of a tenant that has been merged since, and
    is not undone any more. `consequences` is what follows the units, as its preview found.
    `requested` is what a worker was asked for, by whom, and `progress` how far that is.
    `tenant_called` is what the tenant was called until this gave its topmost unit another name.
    """

    __tablename__ = "reorganisation"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'previewed', 'scheduled', 'applied', 'undone')",
            name="state_is_known",
        ),
        CheckConstraint("requested IN ('apply', 'undo')", name="request_is_known"),
        CheckConstraint("decision_no <> ''", name="has_a_decision"),
        CheckConstraint(
            "share_by IN ('cells', 'people', 'default_heir')", name="share_by_is_known"
        ),
        CheckConstraint(
            "(state IN ('applied', 'undone')) = (applied_at IS NOT NULL)"
            " AND (state = 'undone') = (undone_at IS NOT NULL)",
            name="state_has_its_time",
        ),
        Index(
            "uq_reorganisation_decision",
            "tenant_id",
            "decision_no",
            unique=True,
            postgresql_where=text("state IN ('scheduled', 'applied')"),
        ),
    )

    decision_no: Mapped[str]
    issuer: Mapped[str | None]
    effective_on: Mapped[date]
    share_by: Mapped[str] = mapped_column(server_default="cells")
    state: Mapped[str] = mapped_column(server_default="draft")
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    failure: Mapped[str | None]
    consequences: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    requested: Mapped[str | None]
    requested_by: Mapped[int | None]
    requester: Mapped[str | None]
    progress: Mapped[int | None] = mapped_column(Integer)
    tenant_called: Mapped[str | None]
    is_final: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )
    applied_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    undone_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class ReorganisationOperation(TenantScoped, Base):
    """What becomes of one unit or a part of it, as files say it; `row` is its place there."""

    __tablename__ = "reorganisation_operation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "reorganisation_id"],
            ["reorganisation.tenant_id", "reorganisation.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "reorganisation_id", "row"),
        CheckConstraint("share IN ('whole', 'part', 'close', 'create')", name="share_is_known"),
        CheckConstraint(
            "(share = 'create') = (old_code = '')", name="only_creating_has_no_old_unit"
        ),
    )

    reorganisation_id: Mapped[int]
    row: Mapped[int] = mapped_column(Integer)
    old_code: Mapped[str]
    old_name: Mapped[str | None]
    new_code: Mapped[str | None]
    new_name: Mapped[str | None]
    new_parent_code: Mapped[str | None]
    share: Mapped[str]
    is_default_heir: Mapped[bool]
    level: Mapped[str | None]
    kind: Mapped[str | None]


class PersonRoute(TenantScoped, Base):
    """To which heir a person of a split cell goes, who would else go to the default one."""

    __tablename__ = "reorganisation_person"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "reorganisation_id"], ["reorganisation.tenant_id", "reorganisation.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "person_id"], ["person.tenant_id", "person.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "reorganisation_id", "person_id"),
        Index(None, "tenant_id", "person_id"),
    )

    reorganisation_id: Mapped[int]
    person_id: Mapped[int]
    new_code: Mapped[str]


class KeptRow(TenantScoped, Base):
    """A row that a reorganisation added, changed or took away, as it was and as it became.

    Only facts are kept, of people nothing but the number of their cell; what is derived is drawn
    up anew. `before` is empty for a row that was added, `after` for one that was taken away.
    """

    __tablename__ = "reorganisation_row"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "reorganisation_id"], ["reorganisation.tenant_id", "reorganisation.id"]
        ),
        UniqueConstraint("tenant_id", "reorganisation_id", "place", "row_id"),
        {"info": {"unaudited": "what undoing needs; the reorganisation itself is audited"}},
    )

    reorganisation_id: Mapped[int]
    place: Mapped[str]
    row_id: Mapped[int]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
