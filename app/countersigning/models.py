"""Requests that another person answers. Nobody answers their own: the database refuses it too."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantScoped
from app.countersigning.rules import Kind, State

_KINDS = ", ".join(f"'{kind.value}'" for kind in Kind)
_STATES = ", ".join(f"'{state.value}'" for state in State)


class CountersignedAct(TenantScoped, Base):
    """What somebody asked for, and what another person answered.

    `path` is where the people are whom it concerns: the person of an erasure, whom it follows, or
    the unit of an export; empty for what concerns the whole tenant. `about` says what exactly,
    `answered_for_id` whom the answerer stood in for. A trigger (`keep_countersigned_act`) lets a
    request be answered once and changed never.
    """

    __tablename__ = "countersigned_act"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "person_id", "path"],
            ["person.tenant_id", "person.id", "person.path"],
            name="fk_countersigned_act_person_path_person",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "requester_id"], ["user_account.tenant_id", "user_account.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "answerer_id"], ["user_account.tenant_id", "user_account.id"]
        ),
        CheckConstraint(f"kind IN ({_KINDS})", name="kind_is_known"),
        CheckConstraint(f"state IN ({_STATES})", name="state_is_known"),
        CheckConstraint(
            "(kind = 'erasure') = (person_id IS NOT NULL)", name="erasure_names_a_person"
        ),
        CheckConstraint(
            "(kind IN ('erasure', 'export')) = (path IS NOT NULL)", name="people_have_a_place"
        ),
        CheckConstraint("answerer_id <> requester_id", name="nobody_answers_their_own"),
        CheckConstraint("answered_for_id <> requester_id", name="nor_through_who_stands_in"),
        CheckConstraint(
            "(state IN ('approved', 'refused')) = (answerer_id IS NOT NULL)",
            name="answered_by_somebody",
        ),
        CheckConstraint(
            "(state IN ('approved', 'refused')) = (answered_at IS NOT NULL)",
            name="answered_at_an_instant",
        ),
        CheckConstraint("answered_at <= expires_at", name="answered_in_time"),
        CheckConstraint("expires_at <= requested_at + interval '7 days'", name="waits_a_week"),
        Index(
            "ix_countersigned_act_waiting",
            "tenant_id",
            "expires_at",
            postgresql_where=sql_text("state = 'waiting'"),
        ),
        Index(None, "tenant_id", "person_id"),
        Index(None, "tenant_id", "requester_id"),
        {"info": {"privileges": ("SELECT", "INSERT", "UPDATE"), "subtree": "optional"}},
    )

    kind: Mapped[str]
    path: Mapped[str | None] = mapped_column(Text(collation="C"))
    person_id: Mapped[int | None]
    about: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[str]
    requester_id: Mapped[int]
    requester_name: Mapped[str]
    requested_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    state: Mapped[str] = mapped_column(server_default="waiting")
    answerer_id: Mapped[int | None]
    answerer_name: Mapped[str | None]
    answered_for_id: Mapped[int | None]
    answered_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    refused_because: Mapped[str | None]
