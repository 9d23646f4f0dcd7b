"""Reading accounts, and of units only what granting a role needs.

This package stands below `units`, so it knows that table by its columns alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, column, func, or_, select, table
from sqlalchemy.dialects.postgresql import Range

from app.accounts.models import RoleGrant, UserAccount
from app.accounts.passwords import NO_PASSWORD
from app.accounts.rules import (
    PERMISSIONS_OF_ROLE,
    Grant,
    GrantedUnit,
    Role,
    permissions_at,
    plain_login_name,
)
from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.core.text import clean
from app.tenants.context import Context
from app.web.guards import Permission

_unit = table(
    "unit", *map(column, ("tenant_id", "id", "code", "name", "path", "sort_key", "kind_id"))
)
_kind = table("kind", *map(column, ("tenant_id", "id", "is_cell")))


@dataclass(frozen=True)
class UnitOfRole:
    """A unit in today's tree, inside the actor's scope, on which roles may be granted."""

    id: int
    code: str
    name: str
    is_cell: bool
    path: str


@dataclass(frozen=True)
class HeldRole:
    """A role of a user; `valid` says when."""

    id: int
    role: Role
    unit_id: int
    unit_code: str
    unit_name: str
    unit_path: str | None
    valid: Range[date]
    stands_in_for_id: int | None = None

    def is_over(self, on: date) -> bool:
        """Tell whether the role has ended by a day."""
        return self.valid.upper is not None and self.valid.upper <= on


@dataclass(frozen=True)
class UserRow:
    """An account as those see it who manage users."""

    id: int
    login_name: str
    full_name: str
    unit_id: int
    unit_code: str
    unit_name: str
    is_disabled: bool
    must_change_password: bool
    has_factor: bool
    has_password: bool
    roles: tuple[HeldRole, ...]

    def roles_kept(self, on: date) -> tuple[HeldRole, ...]:
        """Return the roles that have not ended by a day."""
        return tuple(role for role in self.roles if not role.is_over(on))


def unit_of_role(context: Context, code: str) -> UnitOfRole:
    """Return a unit by its code; NotFound outside the actor's scope and today's tree."""
    row = db.session.execute(
        _select_units(context).where(_unit.c.code == clean(code))
    ).one_or_none()
    if row is None:
        raise NotFound(message("Không có tổ chức nào mang mã “%(code)s”.", code=clean(code)))
    return UnitOfRole(*row)


def units_of_roles(context: Context, unit_ids: Collection[int]) -> dict[int, UnitOfRole]:
    """Return units by number; NotFound when one is outside the actor's scope."""
    rows = db.session.execute(_select_units(context).where(_unit.c.id.in_(unit_ids)))
    units = {row.id: UnitOfRole(*row) for row in rows}
    if set(unit_ids) - units.keys():
        raise NotFound(message("Không tìm thấy tổ chức này."))
    return units


def users(
    context: Context, text: str = "", *, first: int = 0, limit: int | None = None
) -> list[UserRow]:
    """Return users of the actor's scope by login name, those whose name or login has the text."""
    rows = db.session.execute(
        _select_users(context)
        .where(_matches(text))
        .order_by(UserAccount.login_name)
        .offset(first)
        .limit(limit)
    ).all()
    roles = _roles(context, [row.id for row in rows])
    return [_user_row(row, roles) for row in rows]


def number_of_users(context: Context, text: str = "") -> int:
    """Return how many users `users` would find in all."""
    return db.session.execute(
        select(func.count()).select_from(_select_users(context).where(_matches(text)).subquery())
    ).scalar_one()


def user_in_scope(context: Context, user_id: int) -> UserRow:
    """Return a user; NotFound when its home unit is outside the actor's scope."""
    row = db.session.execute(_select_users(context).where(UserAccount.id == user_id)).one_or_none()
    if row is None:
        raise NotFound(message("Không tìm thấy tài khoản này."))
    return _user_row(row, _roles(context, [user_id]))


def users_by_number(context: Context, user_ids: Collection[int]) -> dict[int, UserRow]:
    """Return those of the users whose home unit is in the actor's scope; roles are left out."""
    if not user_ids:
        return {}
    rows = db.session.execute(_select_users(context).where(UserAccount.id.in_(user_ids)))
    return {row.id: _user_row(row, {}) for row in rows}


def locked_user(context: Context, user_id: int) -> UserRow:
    """Return a user of the actor's scope, whom nobody else changes until the end."""
    db.session.execute(
        select(UserAccount.id)
        .where(UserAccount.tenant_id == context.tenant_id, UserAccount.id == user_id)
        .with_for_update()
    )
    return user_in_scope(context, user_id)


def user_by_login(context: Context, login_name: str) -> UserRow:
    """Return a user of the actor's scope by the name to sign in by."""
    user_id = db.session.execute(
        select(UserAccount.id).where(
            UserAccount.tenant_id == context.tenant_id,
            UserAccount.login_name == plain_login_name(login_name),
        )
    ).scalar()
    if user_id is None:
        raise NotFound(message("Không tìm thấy tài khoản này."))
    return user_in_scope(context, user_id)


def own_grants(context: Context) -> list[Grant]:
    """Return the roles of the actor itself, on units of today's tree."""
    return _grants(
        context, RoleGrant.user_id == context.actor.id, RoleGrant.stands_in_for_id.is_(None)
    )


def may_still(
    context: Context, user_id: int, permission: Permission, path: str | None = None
) -> bool:
    """Tell whether a user, not disabled, holds a permission at a path today; without one anywhere.

    Roles in which they stand in count, too.
    """
    is_enabled = select(UserAccount.id).where(
        UserAccount.tenant_id == context.tenant_id,
        UserAccount.id == user_id,
        ~UserAccount.is_disabled,
    )
    grants = _grants(context, RoleGrant.user_id == user_id, is_enabled.exists())
    return any(
        permission in permissions_at(grants, place, context.today)
        for place in ([grant.unit.path for grant in grants] if path is None else [path])
    )


def may_anyone_else(context: Context, permission: Permission, *, besides_user_id: int) -> bool:
    """Tell whether a user besides one holds a permission today, wherever."""
    roles = [role.value for role, held in PERMISSIONS_OF_ROLE.items() if permission in held]
    found = db.session.scalars(
        select(RoleGrant.user_id)
        .where(
            RoleGrant.tenant_id == context.tenant_id,
            RoleGrant.user_id != besides_user_id,
            RoleGrant.role.in_(roles),
            RoleGrant.valid.contains(context.today),
        )
        .distinct()
        .order_by(RoleGrant.user_id)
    )
    return any(may_still(context, user_id, permission) for user_id in found.all())


def _grants(context: Context, *conditions: ColumnElement[bool]) -> list[Grant]:
    rows = db.session.execute(
        select(RoleGrant.role, RoleGrant.valid, _unit.c.id, _unit.c.name, _unit.c.path)
        .join(
            _unit,
            and_(_unit.c.tenant_id == RoleGrant.tenant_id, _unit.c.id == RoleGrant.unit_id),
        )
        .where(RoleGrant.tenant_id == context.tenant_id, _unit.c.tenant_id == context.tenant_id)
        .where(_unit.c.path.is_not(None), *conditions)
    )
    return [
        Grant(
            Role(row.role),
            GrantedUnit(row.id, row.name, row.path),
            row.valid.lower,
            row.valid.upper,
        )
        for row in rows
    ]


def _select_units(context: Context) -> Select[Any]:
    return (
        select(_unit.c.id, _unit.c.code, _unit.c.name, _kind.c.is_cell, _unit.c.path)
        .join(_kind, and_(_kind.c.tenant_id == _unit.c.tenant_id, _kind.c.id == _unit.c.kind_id))
        .where(_unit.c.tenant_id == context.tenant_id, _kind.c.tenant_id == context.tenant_id)
        .where(_unit.c.path >= context.scope.first, _unit.c.path < context.scope.last)
    )


def _select_users(context: Context) -> Select[Any]:
    return (
        select(
            UserAccount.id,
            UserAccount.login_name,
            UserAccount.full_name,
            UserAccount.unit_id,
            _unit.c.code.label("unit_code"),
            _unit.c.name.label("unit_name"),
            UserAccount.is_disabled,
            UserAccount.must_change_password,
            UserAccount.factor_since.is_not(None).label("has_factor"),
            (UserAccount.password_hash != NO_PASSWORD).label("has_password"),
        )
        .join(
            _unit,
            and_(_unit.c.tenant_id == UserAccount.tenant_id, _unit.c.id == UserAccount.unit_id),
        )
        .where(UserAccount.tenant_id == context.tenant_id, _unit.c.tenant_id == context.tenant_id)
        .where(_has_home_in_scope(context))
    )


def _has_home_in_scope(context: Context) -> ColumnElement[bool]:
    """Whoever's unit has ended belongs to those at the top of a tree."""
    in_scope = and_(_unit.c.path >= context.scope.first, _unit.c.path < context.scope.last)
    is_top = context.scope.first.count(".") <= 1
    return or_(in_scope, _unit.c.path.is_(None)) if is_top else in_scope


def _matches(text: str) -> ColumnElement[bool]:
    wanted = clean(text)
    return or_(
        UserAccount.login_name.icontains(wanted, autoescape=True),
        UserAccount.full_name.icontains(wanted, autoescape=True),
    )


def _roles(context: Context, user_ids: Collection[int]) -> dict[int, list[HeldRole]]:
    rows = db.session.execute(
        select(
            RoleGrant.user_id,
            RoleGrant.id,
            RoleGrant.role,
            RoleGrant.unit_id,
            _unit.c.code,
            _unit.c.name,
            _unit.c.path,
            RoleGrant.valid,
            RoleGrant.stands_in_for_id,
        )
        .join(
            _unit,
            and_(_unit.c.tenant_id == RoleGrant.tenant_id, _unit.c.id == RoleGrant.unit_id),
        )
        .where(RoleGrant.tenant_id == context.tenant_id, _unit.c.tenant_id == context.tenant_id)
        .where(RoleGrant.user_id.in_(user_ids))
        .order_by(_unit.c.path, RoleGrant.role, RoleGrant.id)
    )
    roles: dict[int, list[HeldRole]] = {}
    for user_id, grant_id, role, *place in rows:
        roles.setdefault(user_id, []).append(HeldRole(grant_id, Role(role), *place))
    return roles


def _user_row(row: Row[*tuple[Any, ...]], roles: dict[int, list[HeldRole]]) -> UserRow:
    return UserRow(**row._mapping, roles=tuple(roles.get(row.id, ())))  # noqa: SLF001 SQLAlchemy's own name
