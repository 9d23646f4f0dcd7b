"""One-time links: how somebody invited, or whose password is reset, chooses one of their own.

There is no e-mail: whoever manages the account hands the link over, or the printed slip. A code
has 148 random bits, works once and not for long; nothing tells a wrong one from a wrong name.
"""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Row, delete, insert, select, text, update

from app.accounts.models import OneTimeLink, UserAccount
from app.accounts.passwords import GENERATED_ALPHABET, check_new_password, hash_password
from app.accounts.sessions import SignedInAccount, begin_user_session, end_sessions
from app.audit.commands import Change, record
from app.core import clock
from app.core.database import DatabaseContext, apply_context, db
from app.core.errors import NotFound
from app.core.messages import message
from app.tenants.context import WHOLE_SCOPE, Actor, Context, load_context
from app.tenants.models import Setting

GROUPS = 6
GROUP_LENGTH = 5
_SEPARATORS = str.maketrans("", "", " -.")
_FIND_LOGIN = text("SELECT tenant_id, user_id FROM find_login(:name) WHERE user_id IS NOT NULL")

_log = logging.getLogger(__name__)


class Purpose(StrEnum):
    """Why a link was made."""

    INVITATION = "invitation"
    RESET = "reset"


LASTS = {Purpose.INVITATION: timedelta(days=7), Purpose.RESET: timedelta(minutes=30)}


@dataclass(frozen=True)
class IssuedLink:
    """A link as it is handed over, once; the database keeps a hash of its code."""

    user_id: int
    code: str
    expires_at: datetime


def issue_link(context: Context, user_id: int, purpose: Purpose) -> IssuedLink:
    """Make a link for a user; any made before opens nothing more.

    Whoever calls has checked that the actor may manage the account.
    """
    _forget(context.tenant_id, user_id)
    link = IssuedLink(user_id, _new_code(), clock.now() + LASTS[purpose])
    db.session.execute(
        insert(OneTimeLink).values(
            tenant_id=context.tenant_id,
            user_id=user_id,
            purpose=purpose.value,
            code_hash=_hash(link.code),
            expires_at=link.expires_at,
        )
    )
    after = {"purpose": purpose, "expires_at": link.expires_at}
    record(context, Change("user.link_issued", "user", user_id, after=after))
    return link


def print_slip(context: Context, user_id: int, code: str) -> datetime:
    """Return until when the link of a slip may be used; NotFound for any code but its own."""
    link = _open_link(context.tenant_id, user_id, code)
    if link is None:
        raise NotFound(message("Không tìm thấy mã này; có thể nó đã dùng hoặc hết hạn."))
    record(context, Change("user.slip_printed", "user", user_id))
    until: datetime = link.expires_at
    return until


def use_link(login_name: str, code: str, new_password: str, device: str) -> SignedInAccount | None:
    """Set the password of whoever holds a link and sign them in; None for a wrong guess.

    The database session belongs to the account's tenant from here on.
    """
    found = db.session.execute(_FIND_LOGIN, {"name": login_name}).one_or_none()
    if found is None:
        _hash(code)
        _log.warning("one-time link refused: unknown name")
        return None
    tenant_id, user_id = found
    apply_context(db.session(), DatabaseContext(tenant_id, *WHOLE_SCOPE))
    link = _open_link(tenant_id, user_id, code)
    user = db.session.execute(
        select(UserAccount.full_name, UserAccount.is_disabled, UserAccount.locale)
        .where(UserAccount.tenant_id == tenant_id, UserAccount.id == user_id)
        .with_for_update()
    ).one()
    if link is None or user.is_disabled:
        _record(tenant_id, user_id, Actor("user", None, login_name), "link_refused")
        return None
    _check(tenant_id, new_password, login_name)
    db.session.execute(
        update(UserAccount)
        .where(UserAccount.tenant_id == tenant_id, UserAccount.id == user_id)
        .values(password_hash=hash_password(new_password), must_change_password=False)
    )
    _forget(tenant_id, user_id)
    context = _record(tenant_id, user_id, Actor("user", user_id, user.full_name), "link_used")
    end_sessions(context, user_id)
    return SignedInAccount(begin_user_session(tenant_id, user_id, device), user.locale)


def forget_expired_links(context: Context) -> None:
    """Forget the tenant's links that open nothing any more."""
    db.session.execute(
        delete(OneTimeLink).where(
            OneTimeLink.tenant_id == context.tenant_id, OneTimeLink.expires_at <= clock.now()
        )
    )


def plain_link_code(typed: str) -> str:
    """Return a code as it is compared: without what groups it, in small letters."""
    return typed.translate(_SEPARATORS).lower()


def _open_link(tenant_id: int, user_id: int, code: str) -> Row[int, datetime] | None:
    return db.session.execute(
        select(OneTimeLink.id, OneTimeLink.expires_at)
        .where(
            OneTimeLink.tenant_id == tenant_id,
            OneTimeLink.user_id == user_id,
            OneTimeLink.code_hash == _hash(code),
            OneTimeLink.expires_at > clock.now(),
        )
        .with_for_update()
    ).one_or_none()


def _check(tenant_id: int, new_password: str, login_name: str) -> None:
    is_demonstration = db.session.execute(
        select(Setting.is_demonstration).where(Setting.tenant_id == tenant_id)
    ).scalar_one()
    check_new_password(new_password, login_name, is_demonstration=is_demonstration)


def _record(tenant_id: int, user_id: int, actor: Actor, happened: str) -> Context:
    context = load_context(tenant_id, actor)
    record(context, Change(f"user.{happened}", "user", user_id))
    return context


def _forget(tenant_id: int, user_id: int) -> None:
    db.session.execute(
        delete(OneTimeLink).where(
            OneTimeLink.tenant_id == tenant_id, OneTimeLink.user_id == user_id
        )
    )


def _new_code() -> str:
    return "-".join(
        "".join(secrets.choice(GENERATED_ALPHABET) for _ in range(GROUP_LENGTH))
        for _ in range(GROUPS)
    )


def _hash(code: str) -> bytes:
    # Its random bits need no salt.
    return hashlib.sha256(plain_link_code(code).encode()).digest()
