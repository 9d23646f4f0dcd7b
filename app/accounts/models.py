"""Accounts, their sessions and the roles granted to them."""

from datetime import date, datetime

from sqlalchemy import (
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
from app.core.resealing import not_sealed


class UserAccount(TenantScoped, Base):
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
    must_change_password: Mapped[bool] = mapped_column(server_default="true")
    is_disabled: Mapped[bool] = mapped_column(server_default="false")
    locale: Mapped[str] = mapped_column(server_default="vi")
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )


class RoleGrant(TenantScoped, Base):
    """A role that a user holds on a unit, and so on all below it, for a range of dates."""

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


class UserSession(TenantScoped, Base):
    """One sign-in of a user. The browser holds a token; only its hash is kept here."""

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
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, info=not_sealed("a digest"))
    acting_unit_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )
    seen_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class Operator(Base):
    """Someone who runs the service; belongs to no tenant and sees no person."""

    __tablename__ = "operator"
    __table_args__ = ({"info": {"privileges": ("SELECT", "INSERT", "UPDATE")}},)

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    login_name: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str]
    password_hash: Mapped[str]
    is_disabled: Mapped[bool] = mapped_column(server_default="false")
    locale: Mapped[str] = mapped_column(server_default="vi")


class OperatorSession(Base):
    """One sign-in of an operator."""

    __tablename__ = "operator_session"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    operator_id: Mapped[int] = mapped_column(Integer, ForeignKey("operator.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True, info=not_sealed("a digest"))
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )
    seen_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


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
