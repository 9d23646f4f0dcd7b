"""Asking for a new password without being signed in, and the list of those who have asked.

Whoever asks is told the same whether the account exists or not. Nothing is reset by asking: who
manages the account sees the request, makes sure who it is, and hands over a link or a slip.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import ResetRequest, UserAccount
from app.accounts.queries import user_in_scope, users_by_number
from app.audit.commands import Change, record
from app.core import clock
from app.core.database import DatabaseContext, apply_context, db
from app.tenants.context import WHOLE_SCOPE, Actor, Context, load_context

LASTS = timedelta(days=14)
"""After that a request is forgotten; whoever still waits asks again."""

_FIND_LOGIN = text("SELECT tenant_id, user_id FROM find_login(:name) WHERE user_id IS NOT NULL")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WaitingForPassword:
    """Somebody who asked for a new password."""

    user_id: int
    full_name: str
    login_name: str
    unit_name: str
    asked_at: datetime


def ask_for_reset(login_name: str) -> None:
    """Put a request on the list of who manages the account, once; nothing for any other name.

    The database session belongs to the account's tenant from here on, if there is one.
    """
    found = db.session.execute(_FIND_LOGIN, {"name": login_name}).one_or_none()
    if found is None:
        _log.warning("password asked for: unknown name")
        return
    tenant_id, user_id = found
    apply_context(db.session(), DatabaseContext(tenant_id, *WHOLE_SCOPE))
    is_disabled = db.session.execute(
        select(UserAccount.is_disabled).where(
            UserAccount.tenant_id == tenant_id, UserAccount.id == user_id
        )
    ).scalar_one()
    if is_disabled:
        return
    is_new = db.session.execute(
        insert(ResetRequest)
        .values(tenant_id=tenant_id, user_id=user_id, asked_at=clock.now())
        .on_conflict_do_nothing(index_elements=["tenant_id", "user_id"])
        .returning(ResetRequest.id)
    ).first()
    if is_new is not None:
        context = load_context(tenant_id, Actor("user", None, login_name))
        record(context, Change("user.reset_asked", "user", user_id))


def waiting_for_password(context: Context) -> list[WaitingForPassword]:
    """Return who of the actor's scope has asked, the first to ask first."""
    rows = db.session.execute(
        select(ResetRequest.user_id, ResetRequest.asked_at)
        .where(ResetRequest.tenant_id == context.tenant_id, _is_open())
        .order_by(ResetRequest.asked_at)
    ).all()
    found = users_by_number(context, [row.user_id for row in rows])
    return [
        WaitingForPassword(user.id, user.full_name, user.login_name, user.unit_name, row.asked_at)
        for row in rows
        if (user := found.get(row.user_id)) is not None
    ]


def dismiss_request(context: Context, user_id: int) -> None:
    """Take a request off the list without a new password."""
    user_in_scope(context, user_id)
    forget_request(context, user_id)
    record(context, Change("user.reset_dismissed", "user", user_id))


def forget_request(context: Context, user_id: int) -> None:
    """Forget a request that has been met; whoever calls records what met it."""
    db.session.execute(
        delete(ResetRequest).where(
            ResetRequest.tenant_id == context.tenant_id, ResetRequest.user_id == user_id
        )
    )


def forget_old_requests(context: Context) -> None:
    """Forget the tenant's requests that nobody has answered for long."""
    db.session.execute(
        delete(ResetRequest).where(ResetRequest.tenant_id == context.tenant_id, ~_is_open())
    )


def _is_open() -> ColumnElement[bool]:
    return ResetRequest.asked_at > clock.now() - LASTS
