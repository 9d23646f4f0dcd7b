"""Signing in and out: guesses, server-side sessions and their end."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Counter
from sqlalchemy import ColumnElement, delete, insert, select, text, update

from app.accounts.models import Operator, OperatorSession, UserAccount, UserSession
from app.accounts.passwords import hash_password, is_outdated, is_password
from app.accounts.principal import OPERATORS, Membership, Principal
from app.accounts.rules import LONGEST_SESSION, TIMEOUTS_OF_OPERATOR
from app.audit.commands import Change, record
from app.core import clock
from app.core.database import NOBODY, DatabaseContext, apply_context, db
from app.core.errors import NotFound
from app.core.messages import message
from app.tenants.context import WHOLE_SCOPE, Actor, Context, load_context

TOKEN_BYTES = 32

_FIND_LOGIN = text("SELECT tenant_id, user_id, operator_id FROM find_login(:name)")

_failures = Counter("ketnap_sign_in_failures_total", "Sign-ins that failed", ("reason",))
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SignedInAccount:
    """A new session, and the language of the account it is for."""

    membership: Membership
    locale: str


def sign_in(login_name: str, password: str, device: str = "") -> SignedInAccount | None:
    """Begin a session for whoever has this name and password; None for a wrong guess.

    A wrong name, a wrong password and a disabled account take the same work and get the same
    answer. The database session belongs to the account's tenant from here on.
    """
    found = db.session.execute(_FIND_LOGIN, {"name": login_name}).one_or_none()
    if found is None:
        is_password(None, password)
        _log.warning("sign-in failed: unknown name")
        _failures.labels("unknown name").inc()
        return None
    if found.operator_id is not None:
        return _sign_in_operator(found.operator_id, password, device)
    return _sign_in_user(found.tenant_id, found.user_id, password, device)


def sign_out(principal: Principal) -> None:
    """End the session; its token opens nothing from here on."""
    db.session.execute(delete(_table(principal)).where(*_own_session(principal)))
    if principal.context is None or principal.is_operator:
        _log.info("operator %d signed out", principal.id)
        return
    record(principal.context, Change("user.signed_out", "user", principal.id))


def end_sessions(context: Context, user_id: int) -> None:
    """End every session of a user, so that each browser must sign in anew."""
    db.session.execute(
        delete(UserSession).where(
            UserSession.tenant_id == context.tenant_id, UserSession.user_id == user_id
        )
    )


def end_operator_sessions(operator_id: int) -> None:
    """End every session of an operator."""
    db.session.execute(delete(OperatorSession).where(OperatorSession.operator_id == operator_id))


def end_all_sessions(principal: Principal, *, but: int | None = None) -> None:
    """End all of the account's own sessions, but for one where it is named."""
    table = _table(principal)
    db.session.execute(delete(table).where(*_own_sessions(principal), table.id != (but or 0)))


def begin_user_session(
    tenant_id: int, user_id: int, device: str = "", verified_at: datetime | None = None
) -> Membership:
    """Add a session with a new token; `verified_at` says when the second factor was shown."""
    now = clock.now()
    membership = Membership(tenant_id, secrets.token_urlsafe(TOKEN_BYTES))
    db.session.execute(
        insert(UserSession).values(
            tenant_id=tenant_id,
            user_id=user_id,
            token_hash=membership.token_hash,
            device=device,
            created_at=now,
            seen_at=now,
            expires_at=now + LONGEST_SESSION,
            verified_at=verified_at,
            proved_at=now,
        )
    )
    return membership


def begin_operator_session(operator_id: int, device: str = "") -> Membership:
    """Add a session of an operator with a new token."""
    now = clock.now()
    membership = Membership(OPERATORS, secrets.token_urlsafe(TOKEN_BYTES))
    db.session.execute(
        insert(OperatorSession).values(
            operator_id=operator_id,
            token_hash=membership.token_hash,
            device=device,
            created_at=now,
            seen_at=now,
            expires_at=now + TIMEOUTS_OF_OPERATOR.absolute,
            proved_at=now,
        )
    )
    return membership


def renew_session(principal: Principal, *, is_verified: bool = False) -> Membership:
    """Give the running session a new token, as whoever has proved more than before gets."""
    now = clock.now()
    tenant_id = OPERATORS if principal.context is None else principal.context.tenant_id
    if principal.is_operator:
        tenant_id = OPERATORS
    membership = Membership(tenant_id, secrets.token_urlsafe(TOKEN_BYTES))
    db.session.execute(
        update(_table(principal))
        .where(*_own_session(principal))
        .values(
            token_hash=membership.token_hash,
            proved_at=now,
            verified_at=now if is_verified else principal.verified_at,
        )
    )
    return membership


@dataclass(frozen=True)
class Device:
    """A browser in which an account is signed in."""

    id: int
    name: str
    since: datetime
    seen_at: datetime
    is_this: bool


def devices(principal: Principal) -> list[Device]:
    """Return where the account is signed in, the one last used first."""
    table = _table(principal)
    rows = db.session.execute(
        select(table.id, table.device, table.created_at, table.seen_at)
        .where(*_own_sessions(principal), table.expires_at > clock.now())
        .order_by(table.seen_at.desc(), table.id.desc())
    )
    return [Device(*row, is_this=row.id == principal.session_id) for row in rows]


def end_device(principal: Principal, session_id: int) -> None:
    """End one of the account's own sessions from afar."""
    table = _table(principal)
    ended = db.session.execute(
        delete(table).where(*_own_sessions(principal), table.id == session_id).returning(table.id)
    ).scalar()
    if ended is None:
        raise NotFound(message("Không tìm thấy phiên đăng nhập này."))
    _record_end(principal)


def end_other_devices(principal: Principal) -> None:
    """End every session of the account but the running one."""
    end_all_sessions(principal, but=principal.session_id)
    _record_end(principal)


def forget_expired_sessions(context: Context) -> None:
    """Forget a tenant's expired sessions."""
    db.session.execute(
        delete(UserSession).where(
            UserSession.tenant_id == context.tenant_id, UserSession.expires_at <= clock.now()
        )
    )


def forget_expired_operator_sessions() -> None:
    """Forget the expired sessions of operators."""
    db.session.execute(delete(OperatorSession).where(OperatorSession.expires_at <= clock.now()))


def act_for(principal: Principal, unit_id: int, absent_id: int | None = None) -> None:
    """Make a unit the one that this session acts for: by a role of one's own, or in a stead."""
    context = principal.context
    held = {(unit.id, unit.stands_in_for and unit.stands_in_for.id) for unit in principal.units}
    if context is None or (unit_id, absent_id) not in held:
        raise NotFound(message("Bạn không có vai trò ở tổ chức này."))
    db.session.execute(
        update(UserSession)
        .where(UserSession.tenant_id == context.tenant_id, UserSession.id == principal.session_id)
        .values(acting_unit_id=unit_id, acting_for_id=absent_id)
    )


def _table(principal: Principal) -> type[UserSession] | type[OperatorSession]:
    return OperatorSession if principal.is_operator else UserSession


def _own_sessions(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    if principal.context is None or principal.is_operator:
        return (OperatorSession.operator_id == principal.id,)
    return (
        UserSession.tenant_id == principal.context.tenant_id,
        UserSession.user_id == principal.id,
    )


def _own_session(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return (*_own_sessions(principal), _table(principal).id == principal.session_id)


def _record_end(principal: Principal) -> None:
    if principal.context is None or principal.is_operator:
        _log.info("operator %d ended sessions elsewhere", principal.id)
        return
    record(principal.context, Change("user.sessions_ended", "user", principal.id))


def _sign_in_user(
    tenant_id: int, user_id: int, password: str, device: str
) -> SignedInAccount | None:
    apply_context(db.session(), DatabaseContext(tenant_id, *WHOLE_SCOPE))
    user = db.session.execute(
        select(
            UserAccount.id,
            UserAccount.login_name,
            UserAccount.full_name,
            UserAccount.password_hash,
            UserAccount.is_disabled,
            UserAccount.locale,
        ).where(UserAccount.tenant_id == tenant_id, UserAccount.id == user_id)
    ).one()
    if not is_password(user.password_hash, password) or user.is_disabled:
        _record_failure(tenant_id, user_id, user.login_name, is_disabled=user.is_disabled)
        return None
    context = load_context(tenant_id, Actor(kind="user", id=user.id, name=user.full_name))
    if is_outdated(user.password_hash):
        db.session.execute(
            update(UserAccount)
            .where(UserAccount.tenant_id == tenant_id, UserAccount.id == user_id)
            .values(password_hash=hash_password(password))
        )
    record(context, Change("user.signed_in", "user", user.id))
    return SignedInAccount(begin_user_session(tenant_id, user_id, device), user.locale)


def _record_failure(tenant_id: int, user_id: int, login_name: str, *, is_disabled: bool) -> None:
    _failures.labels("disabled" if is_disabled else "wrong password").inc()
    # Whoever guessed is not known to be the user, so the trail names the account only.
    context = load_context(tenant_id, Actor(kind="user", id=None, name=login_name))
    record(
        context,
        Change("user.sign_in_failed", "user", user_id, after={"is_disabled": is_disabled}),
    )


def _sign_in_operator(operator_id: int, password: str, device: str) -> SignedInAccount | None:
    apply_context(db.session(), NOBODY)
    operator = db.session.execute(
        select(
            Operator.login_name, Operator.password_hash, Operator.is_disabled, Operator.locale
        ).where(Operator.id == operator_id)
    ).one()
    if not is_password(operator.password_hash, password) or operator.is_disabled:
        _log.warning("sign-in of operator %d failed", operator_id)
        _failures.labels("operator").inc()
        return None
    if is_outdated(operator.password_hash):
        db.session.execute(
            update(Operator)
            .where(Operator.id == operator_id)
            .values(password_hash=hash_password(password))
        )
    _log.info("operator %d signed in", operator_id)
    return SignedInAccount(begin_operator_session(operator_id, device), operator.locale)
