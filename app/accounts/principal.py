"""Who is at work in a request, read from a server-side session by one statement.

The browser's signed cookie says of which tenant the session is and holds its token; the
database keeps only the token's hash. Nothing else decides whose rows a request may touch.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, TextClause, Update, text, update

from app.accounts.models import OperatorSession, UserSession
from app.accounts.rules import (
    PERMISSIONS_OF_OPERATOR,
    Grant,
    GrantedUnit,
    Role,
    permissions_at,
    unit_acted_for,
    units_to_act_for,
)
from app.core import clock
from app.core.database import NOBODY, DatabaseContext, apply_context, db
from app.core.events import publish
from app.core.prepared import PREPARED
from app.tenants.context import (
    NOTHING,
    WHOLE_SCOPE,
    WHOLE_TENANT,
    Actor,
    Context,
    Scope,
    TransactionOpened,
)
from app.web.guards import Permission

OPERATORS = NOBODY.tenant_id
"""The tenant in the cookie of an operator, who belongs to none."""

LONGEST_SESSION = timedelta(hours=12)
LONGEST_PAUSE = timedelta(hours=2)
SEEN_PRECISION = timedelta(minutes=1)
"""A session's last use is written at most this often."""
COUNTED_AS_UNREAD = timedelta(days=90)
"""Letters older than this are in the inbox, and no longer counted on top of every page."""


class Membership(NamedTuple):
    """What the browser holds: the tenant of a session and its token."""

    tenant_id: int
    token: str

    @property
    def token_hash(self) -> bytes:
        """What the database keeps of the token, whose 256 random bits need no salt."""
        return hashlib.sha256(self.token.encode()).digest()


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A signed-in user, or an operator: then without a context, a unit and a tenant."""

    id: int
    session_id: int
    login_name: str
    name: str
    locale: str
    permissions: frozenset[Permission]
    must_change_password: bool = False
    context: Context | None = None
    unit: GrantedUnit | None = None
    units: tuple[GrantedUnit, ...] = ()
    clock_on: date | None = None
    unread: int = 0

    # What Flask-Login asks of whoever is current_user.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Return the account's number, as Flask-Login asks."""
        return str(self.id)

    @property
    def is_operator(self) -> bool:
        """Whether this is somebody who runs the service."""
        return self.context is None

    def may(self, permission: Permission) -> bool:
        """Tell whether the principal holds a permission on the unit it acts for."""
        return permission in self.permissions


_USER = text(
    """
    SELECT s.id AS session_id, s.seen_at, s.acting_unit_id,
           u.id AS user_id, u.login_name, u.full_name, u.locale, u.must_change_password,
           u.unit_id AS home_id,
           t.code AS tenant_code, t.name AS tenant_name, o.rating_source, o.clock_on,
           coalesce(
               coalesce(o.clock_on, :today) >= r.changes_on
               OR coalesce(o.clock_on, :today) < r.computed_on, false
           ) AS is_tree_due,
           (
               SELECT coalesce(json_agg(json_build_object(
                   'role', g.role, 'start', lower(g.valid), 'end', upper(g.valid),
                   'unit', json_build_object('id', n.id, 'name', n.name, 'path', n.path)
               )), '[]')
               FROM role_grant g
               JOIN unit n ON n.tenant_id = g.tenant_id AND n.id = g.unit_id
               WHERE g.tenant_id = :tenant AND n.tenant_id = :tenant
                 AND g.user_id = u.id AND n.path IS NOT NULL
           ) AS grants,
           (
               SELECT coalesce(json_object_agg(unread.unit_id, unread.number), '{}')
               FROM (
                   SELECT r.unit_id, count(*) AS number FROM reminder r
                   WHERE r.tenant_id = :tenant AND r.sent_at >= u.created_at
                     AND r.sent_at > :unread_since
                     AND r.unit_id IN (
                         SELECT g.unit_id FROM role_grant g
                         WHERE g.tenant_id = :tenant AND g.user_id = u.id
                     )
                     AND NOT EXISTS (
                         SELECT 1 FROM reminder_reading k
                         WHERE k.tenant_id = :tenant AND k.reminder_id = r.id
                           AND k.user_id = u.id
                     )
                   GROUP BY r.unit_id
               ) unread
           ) AS unread
    FROM user_session s
    JOIN user_account u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
    JOIN tenant t ON t.id = s.tenant_id
    JOIN setting o ON o.tenant_id = s.tenant_id
    LEFT JOIN tree_state r ON r.tenant_id = s.tenant_id
    WHERE s.tenant_id = :tenant AND u.tenant_id = :tenant
      AND s.token_hash = :token_hash AND s.expires_at > :now AND s.seen_at > :idle_since
      AND NOT u.is_disabled
    """
).execution_options(**PREPARED)

_OPERATOR = text(
    """
    SELECT s.id AS session_id, s.seen_at, o.id AS operator_id, o.login_name, o.full_name, o.locale
    FROM operator_session s
    JOIN operator o ON o.id = s.operator_id
    WHERE s.token_hash = :token_hash AND s.expires_at > :now AND s.seen_at > :idle_since
      AND NOT o.is_disabled
    """
)


def load_principal(membership: Membership, request_id: str) -> Principal | None:
    """Return whose session this is, or None when it is none any more.

    The database session is told the tenant before, and the scope of the unit acted for after.
    """
    if membership.tenant_id == OPERATORS:
        return _load_operator(membership)
    apply_context(db.session(), DatabaseContext(membership.tenant_id, *WHOLE_SCOPE))
    row = _found(_USER, membership)
    if row is not None and row.is_tree_due:
        publish(TransactionOpened(_context(row, membership.tenant_id, request_id)))
        row = _found(_USER, membership)
    if row is None:
        apply_context(db.session(), NOBODY)
        return None
    _touch(
        update(UserSession).where(
            UserSession.tenant_id == membership.tenant_id, UserSession.id == row.session_id
        ),
        row.seen_at,
    )
    principal = _user(row, membership.tenant_id, request_id)
    apply_context(db.session(), _rows_for(principal))
    return principal


def _load_operator(membership: Membership) -> Principal | None:
    row = _found(_OPERATOR, membership)
    if row is None:
        return None
    _touch(update(OperatorSession).where(OperatorSession.id == row.session_id), row.seen_at)
    return Principal(
        id=row.operator_id,
        session_id=row.session_id,
        login_name=row.login_name,
        name=row.full_name,
        locale=row.locale,
        permissions=PERMISSIONS_OF_OPERATOR,
    )


def _found(query: TextClause, membership: Membership) -> Row[Any] | None:
    now = clock.now()
    parameters = {
        "tenant": membership.tenant_id,
        "token_hash": membership.token_hash,
        "now": now,
        "idle_since": now - LONGEST_PAUSE,
        "today": clock.today(),
        "unread_since": now - COUNTED_AS_UNREAD,
    }
    used = {name: parameters[name] for name in query.compile().params}
    return db.session.execute(query, used).one_or_none()


def _user(row: Row[Any], tenant_id: int, request_id: str) -> Principal:
    context = _context(row, tenant_id, request_id)
    grants = [_grant(**granted) for granted in row.grants]
    units = units_to_act_for(grants, context.today)
    unit = unit_acted_for(units, row.acting_unit_id, row.home_id)
    return Principal(
        id=row.user_id,
        session_id=row.session_id,
        login_name=row.login_name,
        name=row.full_name,
        locale=row.locale,
        must_change_password=row.must_change_password,
        permissions=permissions_at(grants, unit.path, context.today) if unit else frozenset(),
        context=replace(
            context,
            scope=Scope.under(unit.path) if unit else NOTHING,
            unit_id=unit.id if unit else None,
        ),
        unit=unit,
        units=units,
        clock_on=row.clock_on,
        unread=row.unread.get(str(unit.id), 0) if unit else 0,
    )


def _grant(*, role: str, start: str | None, end: str | None, unit: dict[str, Any]) -> Grant:
    return Grant(
        role=Role(role),
        unit=GrantedUnit(**unit),
        start=date.fromisoformat(start) if start else None,
        end=date.fromisoformat(end) if end else None,
    )


def _context(row: Row[Any], tenant_id: int, request_id: str) -> Context:
    return Context(
        tenant_id=tenant_id,
        tenant_code=row.tenant_code,
        tenant_name=row.tenant_name,
        actor=Actor(kind="user", id=row.user_id, name=row.full_name),
        scope=WHOLE_TENANT,
        today=row.clock_on or clock.today(),
        rating_source=row.rating_source,
        request_id=request_id,
    )


def _rows_for(principal: Principal) -> DatabaseContext:
    """Return what the database lets through: no person without the permission to see people."""
    context = principal.context
    if context is None:
        return NOBODY
    if principal.may(Permission.SEE_PEOPLE):
        return context.for_database
    return DatabaseContext(context.tenant_id, NOTHING.first, NOTHING.last)


def _touch(session_row: Update, seen_at: datetime) -> None:
    now = clock.now()
    if now - seen_at >= SEEN_PRECISION:
        db.session.execute(session_row.values(seen_at=now))
