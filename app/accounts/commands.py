"""Making accounts and changing them. Whatever takes rights away ends the user's sessions."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import Range

from app.accounts.models import Operator, RoleGrant, UserAccount
from app.accounts.passwords import (
    check_new_password,
    generated_password,
    hash_password,
    is_password,
)
from app.accounts.principal import Membership, Principal
from app.accounts.queries import (
    HeldRole,
    UnitOfRole,
    UserRow,
    units_of_roles,
    user_in_scope,
)
from app.accounts.rules import Role, is_top, plain_login_name
from app.accounts.sessions import (
    begin_operator_session,
    begin_user_session,
    end_operator_sessions,
    end_sessions,
)
from app.audit.commands import Change, record, record_all
from app.core.database import db
from app.core.errors import NotAllowed, NotFound, refused_at
from app.core.messages import message
from app.core.text import clean
from app.tenants.context import Context
from app.tenants.models import Setting

_LOGIN_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.ASCII)
ALWAYS: Range[date] = Range(None, None)


@dataclass(frozen=True)
class NewGrant:
    """A role to be given on a unit for a range of dates."""

    role: Role
    unit_id: int
    valid: Range[date] = ALWAYS


@dataclass(frozen=True, kw_only=True)
class NewUser:
    """An account to be made, its first password and the roles it begins with."""

    login_name: str
    full_name: str
    unit_id: int
    password: str
    grants: tuple[NewGrant, ...] = ()
    must_change_password: bool = True


def create_user(context: Context, new: NewUser) -> int:
    """Add a user with its roles; return its number. Units must lie in the actor's scope."""
    login_name = plain_login_name(new.login_name)
    full_name = clean(new.full_name)
    _check_names(login_name, full_name)
    _refuse_taken(login_name)
    check_new_password(new.password, login_name, is_demonstration=_is_demonstration(context))
    units = units_of_roles(context, {new.unit_id, *(grant.unit_id for grant in new.grants)})
    user_id = db.session.execute(
        insert(UserAccount)
        .values(
            tenant_id=context.tenant_id,
            login_name=login_name,
            full_name=full_name,
            unit_id=new.unit_id,
            password_hash=hash_password(new.password),
            must_change_password=new.must_change_password,
        )
        .returning(UserAccount.id)
    ).scalar_one()
    facts = {"login_name": login_name, "full_name": full_name, "unit_id": new.unit_id}
    record(context, Change("user.created", "user", user_id, after=facts))
    _add_grants(context, user_id, new.grants, units)
    return user_id


def change_user(context: Context, user_id: int, *, full_name: str, unit_id: int) -> None:
    """Correct a user's name or home unit."""
    before = _locked_user(context, user_id)
    if not clean(full_name):
        raise refused_at("full_name", message("Hãy nhập họ tên."))
    units_of_roles(context, {unit_id})
    _update(context, user_id, full_name=clean(full_name), unit_id=unit_id)
    record(
        context,
        Change(
            "user.changed",
            "user",
            user_id,
            before={"full_name": before.full_name, "unit_id": before.unit_id},
            after={"full_name": clean(full_name), "unit_id": unit_id},
        ),
    )


def grant_role(context: Context, user_id: int, grant: NewGrant) -> None:
    """Give a role on a unit of the actor's scope. Nobody gives roles to themselves."""
    _refuse_oneself(context, user_id)
    user = _locked_user(context, user_id)
    units = units_of_roles(context, {grant.unit_id})
    if any(_is_same(held, grant) for held in user.roles):
        raise refused_at("role", message("Người này đã có vai trò đó ở tổ chức này."))
    _add_grants(context, user_id, (grant,), units)
    end_sessions(context, user_id)


def end_role(context: Context, user_id: int, grant_id: int) -> None:
    """End a role as of today; one that has not begun is taken back whole."""
    _refuse_oneself(context, user_id)
    user = _locked_user(context, user_id)
    held = next((role for role in user.roles if role.id == grant_id), None)
    if held is None:
        raise NotFound(message("Không tìm thấy vai trò này."))
    units_of_roles(context, {held.unit_id})
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


def disable_user(context: Context, user_id: int) -> None:
    """Keep a user out from its next request on; nobody shuts themselves out."""
    _refuse_oneself(context, user_id)
    _locked_user(context, user_id)
    _update(context, user_id, is_disabled=True)
    record(context, Change("user.disabled", "user", user_id))
    end_sessions(context, user_id)


def enable_user(context: Context, user_id: int) -> None:
    """Let a disabled user sign in again."""
    _locked_user(context, user_id)
    _update(context, user_id, is_disabled=False)
    record(context, Change("user.enabled", "user", user_id))


def reset_password(context: Context, user_id: int) -> str:
    """Return a new generated password, to be changed at the first sign-in.

    It is kept nowhere: whoever resets it hands it over.
    """
    _refuse_oneself(context, user_id)
    _locked_user(context, user_id)
    password = generated_password()
    _update(context, user_id, password_hash=hash_password(password), must_change_password=True)
    record(context, Change("user.password_reset", "user", user_id))
    end_sessions(context, user_id)
    return password


def choose_locale(principal: Principal, locale: str) -> None:
    """Keep the language of whoever is signed in with their account."""
    context = principal.context
    if context is None:
        db.session.execute(
            update(Operator).where(Operator.id == principal.id).values(locale=locale)
        )
        return
    _update(context, principal.id, locale=locale)
    record(
        context,
        Change(
            "user.language_chosen",
            "user",
            principal.id,
            before={"locale": principal.locale},
            after={"locale": locale},
        ),
    )


def change_password(principal: Principal, present: str, new: str) -> Membership:
    """Change one's own password; return a new session, all older ones being ended."""
    if principal.context is None:
        return _change_operator_password(principal.id, present, new)
    return _change_user_password(principal.context, principal.id, present, new)


def create_operator(login_name: str, full_name: str, password: str) -> int:
    """Add someone who runs the service; return the number. Done on the server alone."""
    login_name, full_name = plain_login_name(login_name), clean(full_name)
    _check_names(login_name, full_name)
    _refuse_taken(login_name)
    check_new_password(password, login_name)
    return db.session.execute(
        insert(Operator)
        .values(login_name=login_name, full_name=full_name, password_hash=hash_password(password))
        .returning(Operator.id)
    ).scalar_one()


def _change_user_password(context: Context, user_id: int, present: str, new: str) -> Membership:
    user = db.session.execute(
        select(UserAccount.login_name, UserAccount.password_hash)
        .where(UserAccount.tenant_id == context.tenant_id, UserAccount.id == user_id)
        .with_for_update()
    ).one()
    _check_change(user.password_hash, present, new)
    check_new_password(new, user.login_name, is_demonstration=_is_demonstration(context))
    _update(context, user_id, password_hash=hash_password(new), must_change_password=False)
    record(context, Change("user.password_changed", "user", user_id))
    end_sessions(context, user_id)
    return begin_user_session(context.tenant_id, user_id)


def _change_operator_password(operator_id: int, present: str, new: str) -> Membership:
    operator = db.session.execute(
        select(Operator.login_name, Operator.password_hash)
        .where(Operator.id == operator_id)
        .with_for_update()
    ).one()
    _check_change(operator.password_hash, present, new)
    check_new_password(new, operator.login_name)
    db.session.execute(
        update(Operator).where(Operator.id == operator_id).values(password_hash=hash_password(new))
    )
    end_operator_sessions(operator_id)
    return begin_operator_session(operator_id)


def _check_change(kept: str, present: str, new: str) -> None:
    if not is_password(kept, present):
        raise refused_at("password", message("Mật khẩu hiện nay không đúng."))
    if is_password(kept, new):
        raise refused_at("new_password", message("Mật khẩu mới phải khác mật khẩu hiện nay."))


def _check_names(login_name: str, full_name: str) -> None:
    if not _LOGIN_NAME.fullmatch(login_name):
        raise refused_at(
            "login_name",
            message(
                "Tên đăng nhập gồm chữ thường không dấu, số, dấu chấm và gạch nối,"
                " bắt đầu và kết thúc bằng chữ hoặc số, ví dụ xa.ngukien."
            ),
        )
    if not full_name:
        raise refused_at("full_name", message("Hãy nhập họ tên."))


def _add_grants(
    context: Context, user_id: int, grants: Iterable[NewGrant], units: Mapping[int, UnitOfRole]
) -> None:
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
    if not rows:
        return
    for grant in grants:
        _check_place(grant, units[grant.unit_id])
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


def _is_same(held: HeldRole, grant: NewGrant) -> bool:
    is_same_role = (held.role, held.unit_id) == (grant.role, grant.unit_id)
    return is_same_role and held.valid.overlaps(grant.valid)


def _refuse_taken(login_name: str) -> None:
    """Names are one another's across all tenants; two at once are left to the database."""
    taken = db.session.execute(
        text("SELECT true FROM find_login(:name)"), {"name": login_name}
    ).scalar()
    if taken:
        raise refused_at(
            "login_name", message("Tên đăng nhập này đã có người dùng. Hãy chọn tên khác.")
        )


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


def _locked_user(context: Context, user_id: int) -> UserRow:
    """Return a user of the actor's scope, whom nobody else changes until the end."""
    db.session.execute(
        select(UserAccount.id)
        .where(UserAccount.tenant_id == context.tenant_id, UserAccount.id == user_id)
        .with_for_update()
    )
    return user_in_scope(context, user_id)


def _update(context: Context, user_id: int, **values: object) -> None:
    db.session.execute(
        update(UserAccount)
        .where(UserAccount.tenant_id == context.tenant_id, UserAccount.id == user_id)
        .values(**values)
    )


def _refuse_oneself(context: Context, user_id: int) -> None:
    if context.actor.kind == "user" and context.actor.id == user_id:
        raise NotAllowed(
            message("Không ai tự đổi quyền của mình. Hãy nhờ một người quản trị khác.")
        )


def _is_demonstration(context: Context) -> bool:
    return db.session.execute(
        select(Setting.is_demonstration).where(Setting.tenant_id == context.tenant_id)
    ).scalar_one()
