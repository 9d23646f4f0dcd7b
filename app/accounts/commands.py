"""Making accounts and changing them. Whatever takes rights away ends the user's sessions."""

import re
from dataclasses import dataclass

from sqlalchemy import insert, select, text, update

from app.accounts.grants import NewGrant, add_grants, refuse_mightier, refuse_oneself
from app.accounts.links import IssuedLink, Purpose, issue_link
from app.accounts.models import Operator, UserAccount
from app.accounts.passwords import (
    NO_PASSWORD,
    check_new_password,
    hash_password,
    is_password,
)
from app.accounts.principal import Membership, Principal
from app.accounts.queries import UserRow, locked_user, units_of_roles
from app.accounts.reset_requests import forget_request
from app.accounts.rules import plain_login_name
from app.accounts.sessions import end_all_sessions, end_sessions, renew_session
from app.audit.commands import Change, record
from app.core.database import db
from app.core.errors import NotFound, refused_at
from app.core.messages import message
from app.core.text import clean
from app.tenants.context import Context
from app.tenants.models import Setting

_LONGEST_TEXT_KEPT = 120
_LOGIN_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class NewUser:
    """An account to be made and the roles it begins with; without a password it is invited."""

    login_name: str
    full_name: str
    unit_id: int
    password: str | None = None
    grants: tuple[NewGrant, ...] = ()
    must_change_password: bool = True


def create_user(context: Context, new: NewUser) -> int:
    """Add a user with its roles; return its number. Units must lie in the actor's scope."""
    login_name = plain_login_name(new.login_name)
    full_name = clean(new.full_name)
    _check_names(login_name, full_name)
    _refuse_taken(login_name)
    password_hash = NO_PASSWORD
    if new.password is not None:
        check_new_password(new.password, login_name, is_demonstration=_is_demonstration(context))
        password_hash = hash_password(new.password)
    units = units_of_roles(context, {new.unit_id, *(grant.unit_id for grant in new.grants)})
    user_id = db.session.execute(
        insert(UserAccount)
        .values(
            tenant_id=context.tenant_id,
            login_name=login_name,
            full_name=full_name,
            unit_id=new.unit_id,
            password_hash=password_hash,
            must_change_password=new.must_change_password,
        )
        .returning(UserAccount.id)
    ).scalar_one()
    facts = {"login_name": login_name, "full_name": full_name, "unit_id": new.unit_id}
    record(context, Change("user.created", "user", user_id, after=facts))
    add_grants(context, user_id, new.grants, units)
    return user_id


def change_user(context: Context, user_id: int, *, full_name: str, unit_id: int) -> None:
    """Correct a user's name or home unit."""
    before = _manageable(context, user_id)
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


def disable_user(context: Context, user_id: int) -> None:
    """Keep a user out from its next request on; nobody shuts themselves out."""
    refuse_oneself(context, user_id)
    _manageable(context, user_id)
    _update(context, user_id, is_disabled=True)
    record(context, Change("user.disabled", "user", user_id))
    end_sessions(context, user_id)


def enable_user(context: Context, user_id: int) -> None:
    """Let a disabled user sign in again."""
    _manageable(context, user_id)
    _update(context, user_id, is_disabled=False)
    record(context, Change("user.enabled", "user", user_id))


def invite_user(context: Context, new: NewUser) -> IssuedLink:
    """Add a user who chooses a password by a one-time link; whoever invites hands it over."""
    return issue_link(context, create_user(context, new), Purpose.INVITATION)


def invite_again(context: Context, user_id: int) -> IssuedLink:
    """Make a new link for somebody invited who has not chosen a password yet."""
    user = _manageable(context, user_id)
    if user.has_password:
        raise NotFound(message("Người này đã đặt mật khẩu. Hãy cấp lại mật khẩu."))
    return issue_link(context, user.id, Purpose.INVITATION)


def reset_password(context: Context, user_id: int) -> IssuedLink:
    """End a user's password; return the link by which its owner chooses another one."""
    refuse_oneself(context, user_id)
    user = _manageable(context, user_id)
    _update(context, user_id, password_hash=NO_PASSWORD)
    record(context, Change("user.password_reset", "user", user_id))
    forget_request(context, user_id)
    end_sessions(context, user_id)
    return issue_link(context, user.id, Purpose.RESET)


def note_users_taken(context: Context, text: str, number: int) -> None:
    """Note in the trail who took the list of users out, for which words and how many."""
    after = {"text": text[:_LONGEST_TEXT_KEPT], "rows": number}
    record(context, Change("users.exported", "tenant", context.tenant_id, after=after))


def choose_locale(principal: Principal, locale: str) -> None:
    """Keep the language of whoever is signed in with their account."""
    context = principal.context
    if context is None or principal.is_operator:
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
    """Change one's own password; the session gets a new token, all others are ended."""
    if principal.context is None or principal.is_operator:
        _change_operator_password(principal.id, present, new)
    else:
        _change_user_password(principal.context, principal.id, present, new)
    end_all_sessions(principal, but=principal.session_id)
    return renew_session(principal)


def create_operator(
    login_name: str, full_name: str, password: str, *, is_demonstration: bool = False
) -> int:
    """Add someone who runs the service; return the number. Done on the server alone."""
    login_name, full_name = plain_login_name(login_name), clean(full_name)
    _check_names(login_name, full_name)
    _refuse_taken(login_name)
    check_new_password(password, login_name)
    return db.session.execute(
        insert(Operator)
        .values(
            login_name=login_name,
            full_name=full_name,
            password_hash=hash_password(password),
            is_demonstration=is_demonstration,
        )
        .returning(Operator.id)
    ).scalar_one()


def _change_user_password(context: Context, user_id: int, present: str, new: str) -> None:
    user = db.session.execute(
        select(UserAccount.login_name, UserAccount.password_hash)
        .where(UserAccount.tenant_id == context.tenant_id, UserAccount.id == user_id)
        .with_for_update()
    ).one()
    _check_change(user.password_hash, present, new)
    check_new_password(new, user.login_name, is_demonstration=_is_demonstration(context))
    _update(context, user_id, password_hash=hash_password(new), must_change_password=False)
    record(context, Change("user.password_changed", "user", user_id))


def _change_operator_password(operator_id: int, present: str, new: str) -> None:
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


def _refuse_taken(login_name: str) -> None:
    """Names are one another's across all tenants; two at once are left to the database."""
    taken = db.session.execute(
        text("SELECT true FROM find_login(:name)"), {"name": login_name}
    ).scalar()
    if taken:
        raise refused_at(
            "login_name", message("Tên đăng nhập này đã có người dùng. Hãy chọn tên khác.")
        )


def _manageable(context: Context, user_id: int) -> UserRow:
    """Return a user of the actor's scope, held until the end, who holds no more than the actor."""
    user = locked_user(context, user_id)
    refuse_mightier(context, user)
    return user


def _update(context: Context, user_id: int, **values: object) -> None:
    db.session.execute(
        update(UserAccount)
        .where(UserAccount.tenant_id == context.tenant_id, UserAccount.id == user_id)
        .values(**values)
    )


def _is_demonstration(context: Context) -> bool:
    return db.session.execute(
        select(Setting.is_demonstration).where(Setting.tenant_id == context.tenant_id)
    ).scalar_one()
