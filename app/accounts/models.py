"""Accounts, their sessions and the roles granted to them."""

from datetime import date, datetime

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, TenantScoped
from app.core.resealing import not_sealed, sealed_as

USER_SEALED_AS = "user:{id}:second factor"
OPERATOR_SEALED_AS = "operator:{id}:second factor"


class SecondFactor:
    """What an account keeps of its second factor, beside the sealed secret (`factor_sealed`).

    Recovery codes are kept as blind indexes. `factor_step` is the time step of the last code that
    was taken: it and all before are used up.
    """

    factor_since: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    factor_step: Mapped[int | None]
    recovery_indexes: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary), server_default="{}")


class SignIn:
    """One sign-in. The browser holds a token; only its hash is kept here.

    `verified_at` says when the second factor was shown, `proved_at` when the password last was.
    """

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, info=not_sealed("a digest"))
    device: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )
    seen_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    verified_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    proved_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


class UserAccount(SecondFactor, TenantScoped, Base):
    """A person who signs in; belongs to one tenant and has a home unit."""

    __tablename__ = "user_account"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "login_name"),
        CheckConstraint("locale IN ('vi', 'en')", name="locale_is_known"),
    )

    login_name: Mapped[str]
    full_name: Mapped[str]
    unit_id: Mapped[int]
    password_hash: Mapped[str]
    factor_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_as(USER_SEALED_AS))
    must_change_password: Mapped[bool] = mapped_column(server_default="true")
    is_disabled: Mapped[bool] = mapped_column(server_default="false")
    locale: Mapped[str] = mapped_column(server_default="vi")
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )


class RoleGrant(TenantScoped, Base):
    """A role that a user holds on a unit, and so on all below it, for a range of dates.

    With `stands_in_for_id` it is somebody else's role, held in that person's stead.
    """

    __tablename__ = "role_grant"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["user_account.tenant_id", "user_account.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        CheckConstraint(
            "role IN ('committee', 'monitor', 'clerk', 'cell_secretary', 'reader',"
            " 'tenant_administrator')",
            name="role_is_known",
        ),
        CheckConstraint("NOT isempty(valid)", name="valid_is_not_empty"),
        ForeignKeyConstraint(
            ["tenant_id", "stands_in_for_id"], ["user_account.tenant_id", "user_account.id"]
        ),
        CheckConstraint(
            "stands_in_for_id IS NULL OR (stands_in_for_id <> user_id"
            " AND NOT lower_inf(valid) AND NOT upper_inf(valid))",
            name="stands_in_for_another_for_a_while",
        ),
        ExcludeConstraint(
            ("tenant_id", "="),
            ("user_id", "="),
            ("unit_id", "="),
            ("role", "="),
            ("valid", "&&"),
            name="ex_role_grant_once",
            using="gist",
        ),
        Index(None, "tenant_id", "user_id"),
    )

    user_id: Mapped[int]
    unit_id: Mapped[int]
    role: Mapped[str]
    valid: Mapped[Range[date]] = mapped_column(server_default=text("'(,)'::daterange"))
    stands_in_for_id: Mapped[int | None]


class UserSession(SignIn, TenantScoped, Base):
    """One sign-in of a user."""

    __tablename__ = "user_session"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["user_account.tenant_id", "user_account.id"]
        ),
        UniqueConstraint("tenant_id", "token_hash"),
        Index(None, "tenant_id", "user_id"),
        {"info": {"unaudited": "a sign-in is recorded as such; each later touch is not a change"}},
    )

    user_id: Mapped[int]
    acting_unit_id: Mapped[int | None]
    acting_for_id: Mapped[int | None]


class OneTimeLink(TenantScoped, Base):
    """A link by which a user sets a password once: an invitation, or a reset.

    Only the hash of its code is kept; the row goes when it is used.
    """

    __tablename__ = "one_time_link"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["user_account.tenant_id", "user_account.id"]
        ),
        UniqueConstraint("tenant_id", "user_id"),
        CheckConstraint("purpose IN ('invitation', 'reset')", name="purpose_is_known"),
        {"info": {"unaudited": "making and using one is recorded, forgetting it is not"}},
    )

    user_id: Mapped[int]
    purpose: Mapped[str]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, info=not_sealed("a digest"))
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class ResetRequest(TenantScoped, Base):
    """A user, not signed in, who asks for another password; one request at a time."""

    __tablename__ = "reset_request"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["user_account.tenant_id", "user_account.id"]
        ),
        UniqueConstraint("tenant_id", "user_id"),
        {"info": {"unaudited": "asking and dismissing are recorded, forgetting is not"}},
    )

    user_id: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class OperatorAccess(TenantScoped, Base):
    """Leave that a tenant's administrator gives an operator: to look, for a reason, for a while."""

    __tablename__ = "operator_access"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "given_by_id"], ["user_account.tenant_id", "user_account.id"]
        ),
        ForeignKeyConstraint(["operator_id"], ["operator.id"]),
        CheckConstraint("starts_at < ends_at", name="ends_after_it_starts"),
        CheckConstraint("ends_at <= starts_at + interval '24 hours'", name="is_a_day_at_most"),
        CheckConstraint("reason <> ''", name="has_a_reason"),
        Index(None, "tenant_id", "operator_id"),
        {"info": {"privileges": ("SELECT", "INSERT", "UPDATE")}},
    )

    operator_id: Mapped[int] = mapped_column(Integer)
    operator_name: Mapped[str]
    reason: Mapped[str]
    sees_people: Mapped[bool] = mapped_column(server_default="false")
    given_by_id: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class Operator(SecondFactor, Base):
    """Someone who runs the service; belongs to no tenant and sees no person.

    A demonstration's operator needs no second factor while there is no other tenant.
    """

    __tablename__ = "operator"
    __table_args__ = ({"info": {"privileges": ("SELECT", "INSERT", "UPDATE")}},)

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    login_name: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str]
    password_hash: Mapped[str]
    factor_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary, info=sealed_as(OPERATOR_SEALED_AS)
    )
    is_disabled: Mapped[bool] = mapped_column(server_default="false")
    is_demonstration: Mapped[bool] = mapped_column(server_default="false")
    locale: Mapped[str] = mapped_column(server_default="vi")


class OperatorSession(SignIn, Base):
    """One sign-in of an operator; `visited_id` is the tenant into which leave was given to look."""

    __tablename__ = "operator_session"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    operator_id: Mapped[int] = mapped_column(Integer, ForeignKey("operator.id"), index=True)
    visited_id: Mapped[int | None] = mapped_column(Integer)


class LoginName(Base):
    """Whose a login name is: the one thing looked up before the tenant is known.

    The application cannot read this table; `find_login(name)` answers with one row, and triggers
    on the accounts keep it in step with them.
    """

    __tablename__ = "login_name"
    __table_args__ = (
        CheckConstraint(
            "(tenant_id IS NULL) = (user_id IS NULL)"
            " AND (user_id IS NULL) <> (operator_id IS NULL)",
            name="is_of_one_account",
        ),
        CheckConstraint("name = lower(name) AND name <> ''", name="name_is_lower_case"),
        {"info": {"privileges": ()}},
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[int | None] = mapped_column(Integer)
    user_id: Mapped[int | None]
    operator_id: Mapped[int | None] = mapped_column(Integer)
