"""Giving roles and ending them. What is given never exceeds what the giver holds."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, insert, update
from sqlalchemy.dialects.postgresql import Range

from app.accounts.models import RoleGrant
from app.accounts.queries import (
    HeldRole,
    UnitOfRole,
    UserRow,
    locked_user,
    own_grants,
    units_of_roles,
)
from app.accounts.rules import Role, grants_to_give, is_top, last_until
from app.accounts.sessions import end_sessions
from app.audit.commands import Change, record, record_all
from app.core.database import db
from app.core.errors import NotAllowed, NotFound, refused_at
from app.core.messages import message
from app.tenants.context import Context

ALWAYS: Range[date] = Range(None, None)


@dataclass(frozen=True)
class NewGrant:
    """A role to be given on a unit for a range of dates."""

    role: Role
    unit_id: int
    valid: Range[date] = ALWAYS


def grant_role(context: Context, user_id: int, grant: NewGrant) -> None:
    """Give a role on a unit of the actor's scope. Nobody gives roles to themselves."""
    refuse_oneself(context, user_id)
    user = locked_user(context, user_id)
    units = units_of_roles(context, {grant.unit_id})
    if any(_is_same(held, grant) for held in user.roles):
        raise refused_at("role", message("Người này đã có vai trò đó ở tổ chức này."))
    add_grants(context, user_id, (grant,), units)
    end_sessions(context, user_id)


def end_role(context: Context, user_id: int, grant_id: int) -> None:
    """End a role as of today; one that has not begun is taken back whole."""
    refuse_oneself(context, user_id)
    user = locked_user(context, user_id)
    held = next((role for role in user.roles if role.id == grant_id), None)
    if held is None:
        raise NotFound(message("Không tìm thấy vai trò này."))
    units = units_of_roles(context, {held.unit_id})
    _refuse_beyond(context, [(held.role, units[held.unit_id].path)])
    _cut(context, held)
    record(
        context,
        Change(
            "user.role_ended",
            "user",
            user_id,
            before={"role": held.role, "unit_id": held.unit_id, "valid": held.valid},
        ),
    )
    end_sessions(context, user_id)


def add_grants(
    context: Context, user_id: int, grants: Iterable[NewGrant], units: Mapping[int, UnitOfRole]
) -> None:
    """Give roles on units that were looked up in the actor's scope."""
    grants = tuple(grants)
    if not grants:
        return
    for grant in grants:
        _check_place(grant, units[grant.unit_id])
    _refuse_beyond(context, [(grant.role, units[grant.unit_id].path) for grant in grants])
    _refuse_longer(context, [(g, units[g.unit_id].path) for g in grants])
    rows = [
        {
            "tenant_id": context.tenant_id,
            "user_id": user_id,
            "unit_id": grant.unit_id,
            "role": grant.role.value,
            "valid": grant.valid,
        }
        for grant in grants
    ]
    db.session.execute(insert(RoleGrant), rows)
    record_all(
        context,
        [
            Change(
                "user.role_granted",
                "user",
                user_id,
                after={"role": grant.role, "unit_id": grant.unit_id, "valid": grant.valid},
            )
            for grant in grants
        ],
    )


def refuse_oneself(context: Context, user_id: int) -> None:
    """Refuse what nobody does to their own account."""
    if context.actor.kind == "user" and context.actor.id == user_id:
        raise NotAllowed(
            message("Không ai tự đổi quyền của mình. Hãy nhờ một người quản trị khác.")
        )


def refuse_mightier(context: Context, user: UserRow) -> None:
    """Refuse to touch an account that holds what the actor could not give.

    Whoever could hand its password out anew would else hold all that it holds.
    """
    held = [role for role in user.roles if role.unit_path and not role.is_over(context.today)]
    _refuse_beyond(context, [(role.role, role.unit_path or "") for role in held])


def _refuse_beyond(context: Context, wanted: Collection[tuple[Role, str]]) -> None:
    """Refuse roles at paths for which the actor holds none that may give them."""
    if context.actor.kind != "user" or not wanted:
        return
    own = own_grants(context)
    if not all(grants_to_give(own, role, path, context.today) for role, path in wanted):
        raise NotAllowed(
            message(
                "Việc này vượt quyền của bạn: tài khoản có vai trò ở cấp cao hơn hoặc ở nơi khác."
                " Hãy nhờ người quản trị của đảng bộ."
            )
        )


def _refuse_longer(context: Context, wanted: Collection[tuple[NewGrant, str]]) -> None:
    """Refuse a role that would outlive the one by which it is given."""
    if context.actor.kind != "user":
        return
    own = own_grants(context)
    for grant, path in wanted:
        by = grants_to_give(own, grant.role, path, context.today)
        if not last_until(by, grant.valid.upper):
            raise refused_at(
                "last_day",
                message(
                    "Vai trò không thể dài hơn vai trò của chính bạn. Hãy ghi ngày cuối sớm hơn."
                ),
            )


def _is_same(held: HeldRole, grant: NewGrant) -> bool:
    is_same_role = (held.role, held.unit_id) == (grant.role, grant.unit_id)
    return is_same_role and held.valid.overlaps(grant.valid)


def _check_place(grant: NewGrant, unit: UnitOfRole) -> None:
    if grant.role is Role.CELL_SECRETARY and not unit.is_cell:
        raise refused_at(
            "role",
            message("“%(unit)s” không phải chi bộ, nên không có bí thư chi bộ.", unit=unit.name),
        )
    if grant.role is Role.TENANT_ADMINISTRATOR and not is_top(unit.path):
        raise refused_at(
            "role",
            message(
                "Quản trị đảng bộ là vai trò ở tổ chức cao nhất, không ở “%(unit)s”.",
                unit=unit.name,
            ),
        )


def _cut(context: Context, held: HeldRole) -> None:
    of_role = (RoleGrant.tenant_id == context.tenant_id, RoleGrant.id == held.id)
    if held.valid.lower is not None and held.valid.lower >= context.today:
        db.session.execute(delete(RoleGrant).where(*of_role))
        return
    db.session.execute(
        update(RoleGrant).where(*of_role).values(valid=Range(held.valid.lower, context.today))
    )
