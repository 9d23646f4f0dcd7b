"""Accounts for tests. Every account has the same password, hashed once for each process."""

from dataclasses import replace
from functools import cache
from unittest import mock

from app.accounts import commands
from app.accounts.commands import NewUser, create_operator, create_user
from app.accounts.grants import NewGrant
from app.accounts.passwords import hash_password
from app.accounts.rules import Role
from app.tenants.context import Actor, Scope

PASSWORD = "một mật khẩu dài 2026"


def make_user(context, login_name, unit_id, *roles, unit_of_roles=None, **values):
    """Add a user whose roles are held on its home unit, or on another one; return its number."""
    new = NewUser(
        login_name=login_name,
        full_name=values.pop("full_name", f"Người dùng {login_name}"),
        unit_id=unit_id,
        password=PASSWORD,
        grants=tuple(NewGrant(Role(role), unit_of_roles or unit_id) for role in roles),
        must_change_password=values.pop("must_change_password", False),
        **values,
    )
    with mock.patch.object(commands, "hash_password", _hash_once):
        return create_user(context, new)


def make_operator(login_name="vanhanh"):
    """Add an operator; return its number."""
    with mock.patch.object(commands, "hash_password", _hash_once):
        return create_operator(login_name, f"Người vận hành {login_name}", PASSWORD)


def acting_as(context, user_id, unit):
    """Return the context of a user who acts for a unit."""
    return replace(
        context,
        actor=Actor("user", user_id, f"user {user_id}"),
        scope=Scope.under(unit.path),
        unit_id=unit.id,
    )


@cache
def _hash_once(password):
    return hash_password(password)
