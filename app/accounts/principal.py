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
    LONGEST_PAUSE,
    NEEDS_SECOND_FACTOR,
    PERMISSIONS_OF_OPERATOR,
    PERMISSIONS_OF_VISIT,
    PROOF_LASTS,
    TIMEOUTS_OF_OPERATOR,
    Absent,
    Grant,
    GrantedUnit,
    Role,
    Timeouts,
    Unfinished,
    left_of_signing_in,
    permissions_for,
    timeouts_of,
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


@dataclass(frozen=True)
class Visit:
    """Leave for an operator to look into a tenant: why, and until when."""

    reason: str
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A signed-in user, or an operator: without a context and a unit unless it visits a tenant.

    `visited_until` tells users of a tenant that an operator has leave to look into it; `to_answer`
    is how many requests of others wait for this one's approval (see `app.countersigning`).
    """

    id: int
    session_id: int
    login_name: str
    name: str
    locale: str
    permissions: frozenset[Permission]
    proved_at: datetime
    must_change_password: bool = False
    has_factor: bool = False
    verified_at: datetime | None = None
    unfinished: Unfinished | None = None
    context: Context | None = None
    unit: GrantedUnit | None = None
    units: tuple[GrantedUnit, ...] = ()
    clock_on: date | None = None
    unread: int = 0
    to_answer: int = 0
    is_operator: bool = False
    visit: Visit | None = None
    visited_until: datetime | None = None
    figures_verified_at: datetime | None = None

    # What Flask-Login asks of whoever is current_user.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Return the account's number, as Flask-Login asks."""
        return str(self.id)

    @property
    def has_proved(self) -> bool:
        """Whether the password was typed so lately that a sensitive act asks for it no more."""
        return clock.now() - self.proved_at < PROOF_LASTS

    def may(self, permission: Permission) -> bool:
        """Tell whether the principal holds a permission on the unit it acts for.

        Nobody holds any before the last step of signing in.
        """
        return permission in self.permissions


_USER = text(
    """
    SELECT s.id AS session_id, s.seen_at, s.created_at, s.verified_at, s.proved_at,
           s.acting_unit_id, s.acting_for_id, u.factor_since, o.is_demonstration,
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
                   'unit', json_build_object('id', n.id, 'name', n.name, 'path', n.path),
                   'absent', CASE WHEN a.id IS NOT NULL
                             THEN json_build_object('id', a.id, 'name', a.full_name) END
               )), '[]')
               FROM role_grant g
               JOIN unit n ON n.tenant_id = g.tenant_id AND n.id = g.unit_id
               LEFT JOIN user_account a
                   ON a.tenant_id = g.tenant_id AND a.id = g.stands_in_for_id
               WHERE g.tenant_id = :tenant AND n.tenant_id = :tenant
                 AND g.user_id = u.id AND n.path IS NOT NULL
                 AND (g.stands_in_for_id IS NULL OR NOT a.is_disabled AND EXISTS (
                     SELECT 1 FROM role_grant h
                     WHERE h.tenant_id = :tenant AND h.user_id = g.stands_in_for_id
                       AND h.role = g.role AND h.unit_id = g.unit_id
                       AND h.stands_in_for_id IS NULL
                       AND h.valid @> coalesce(o.clock_on, :today)
                 ))
           ) AS grants,
           (
               SELECT max(v.ends_at) FROM operator_access v
               WHERE v.tenant_id = :tenant AND v.starts_at <= :now AND v.ends_at > :now
           ) AS visited_until,
           (
               SELECT coalesce(json_object_agg(unread.unit_id, unread.number), '{}')
               FROM (
                   SELECT own.at_id AS unit_id, count(*) AS number
                   FROM (
                       SELECT g.unit_id AS at_id, g.unit_id
                       FROM role_grant g
                       WHERE g.tenant_id = :tenant AND g.user_id = u.id
                       UNION
                       SELECT g.unit_id, ended.id
                       FROM role_grant g
                       JOIN unit heir ON heir.tenant_id = :tenant AND heir.id = g.unit_id
                       JOIN unit ended
                           ON ended.tenant_id = :tenant AND ended.heir_path = heir.path
                       WHERE g.tenant_id = :tenant AND g.user_id = u.id
                   ) own
                   JOIN reminder r ON r.tenant_id = :tenant AND r.unit_id = own.unit_id
                   WHERE r.sent_at >= u.created_at AND r.sent_at > :unread_since
                     AND NOT EXISTS (
                         SELECT 1 FROM reminder_reading k
                         WHERE k.tenant_id = :tenant AND k.reminder_id = r.id
                           AND k.user_id = u.id
                     )
                   GROUP BY own.at_id
               ) unread
           ) AS unread,
           (
               SELECT coalesce(json_agg(w.path), '[]') FROM countersigned_act w
               WHERE w.tenant_id = :tenant AND w.state = 'waiting' AND w.expires_at > :now
                 AND w.requester_id <> u.id
           ) AS to_answer,
           b.verified_at AS figures_verified_at
    FROM user_session s
    JOIN user_account u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
    JOIN tenant t ON t.id = s.tenant_id
    JOIN setting o ON o.tenant_id = s.tenant_id
    LEFT JOIN tree_state r ON r.tenant_id = s.tenant_id
    LEFT JOIN rollup_status b ON b.tenant_id = s.tenant_id
    WHERE s.tenant_id = :tenant AND u.tenant_id = :tenant
      AND s.token_hash = :token_hash AND s.expires_at > :now AND s.seen_at > :idle_since
      AND NOT u.is_disabled
    """
).execution_options(**PREPARED)

_VISIT = text(
    """
    SELECT v.reason, v.ends_at, v.sees_people, v.tenant_id,
           t.code AS tenant_code, t.name AS tenant_name, o.rating_source, o.clock_on,
           n.id AS unit_id, n.name AS unit_name, n.path AS unit_path
    FROM operator_access v
    JOIN tenant t ON t.id = v.tenant_id
    JOIN setting o ON o.tenant_id = v.tenant_id
    JOIN unit n ON n.tenant_id = v.tenant_id
    WHERE v.tenant_id = :tenant AND o.tenant_id = :tenant AND n.tenant_id = :tenant
      AND v.operator_id = :operator AND v.starts_at <= :now AND v.ends_at > :now
      AND n.path IS NOT NULL
    ORDER BY v.ends_at DESC, n.path
    LIMIT 1
    """
)

_OPERATOR = text(
    """
    SELECT s.id AS session_id, s.visited_id, s.seen_at, s.created_at, s.verified_at, s.proved_at,
           o.id AS operator_id, o.login_name, o.full_name, o.locale, o.factor_since,
           o.is_demonstration AND NOT EXISTS (
               SELECT 1 FROM tenant t WHERE NOT t.is_demonstration
           ) AS is_demonstration
    FROM operator_session s
    JOIN operator o ON o.id = s.operator_id
    WHERE s.token_hash = :token_hash AND s.expires_at > :now AND s.seen_at > :idle_since
      AND NOT o.is_disabled
    """
)


_ASKS = {query: tuple(query.compile().params) for query in (_USER, _OPERATOR)}
"""What each of them is given."""


def load_principal(membership: Membership, request_id: str) -> Principal | None:
    """Return whose session this is, or None when it is none any more.

    The database session is told the tenant before, and the scope of the unit acted for after.
    """
    if membership.tenant_id == OPERATORS:
        return _load_operator(membership, request_id)
    apply_context(db.session(), DatabaseContext(membership.tenant_id, *WHOLE_SCOPE))
    row = _found(_USER, membership)
    if row is not None and row.is_tree_due:
        actor = Actor(kind="user", id=row.user_id, name=row.full_name)
        publish(TransactionOpened(_context(row, membership.tenant_id, actor, request_id)))
        row = _found(_USER, membership)
    principal = None if row is None else _user(row, membership.tenant_id, request_id)
    if row is None or principal is None:
        apply_context(db.session(), NOBODY)
        return None
    _touch(
        update(UserSession).where(
            UserSession.tenant_id == membership.tenant_id, UserSession.id == row.session_id
        ),
        row.seen_at,
    )
    apply_context(db.session(), _rows_for(principal))
    return principal


def _load_operator(membership: Membership, request_id: str) -> Principal | None:
    row = _found(_OPERATOR, membership)
    if row is None or _is_over(row, TIMEOUTS_OF_OPERATOR):
        return None
    unfinished = _left(row, needs_factor=True, must_change_password=False)
    _touch(update(OperatorSession).where(OperatorSession.id == row.session_id), row.seen_at)
    principal = Principal(
        id=row.operator_id,
        session_id=row.session_id,
        login_name=row.login_name,
        name=row.full_name,
        locale=row.locale,
        permissions=frozenset() if unfinished else PERMISSIONS_OF_OPERATOR,
        unfinished=unfinished,
        is_operator=True,
        **_shown(row),
    )
    if row.visited_id is None or unfinished:
        return principal
    return _visiting(principal, row.visited_id, request_id)


def _visiting(principal: Principal, tenant_id: int, request_id: str) -> Principal:
    """Return the operator inside the tenant, or outside again once the leave has ended."""
    apply_context(db.session(), DatabaseContext(tenant_id, *WHOLE_SCOPE))
    row = db.session.execute(
        _VISIT, {"tenant": tenant_id, "operator": principal.id, "now": clock.now()}
    ).one_or_none()
    if row is None:
        apply_context(db.session(), NOBODY)
        return principal
    unit = GrantedUnit(row.unit_id, row.unit_name, row.unit_path)
    actor = Actor(kind="operator", id=principal.id, name=principal.name)
    people = frozenset({Permission.SEE_PEOPLE}) if row.sees_people else frozenset()
    visiting = replace(
        principal,
        permissions=PERMISSIONS_OF_VISIT | people,
        context=replace(_context(row, tenant_id, actor, request_id), unit_id=unit.id),
        unit=unit,
        clock_on=row.clock_on,
        visit=Visit(row.reason, row.ends_at),
    )
    apply_context(db.session(), _rows_for(visiting))
    return visiting


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
    used = {name: parameters[name] for name in _ASKS[query]}
    return db.session.execute(query, used).one_or_none()


def _is_over(row: Row[Any], timeouts: Timeouts) -> bool:
    idle, age = clock.now() - row.seen_at, clock.now() - row.created_at
    return bool(idle >= timeouts.idle or age >= timeouts.absolute)


def _left(row: Row[Any], *, needs_factor: bool, must_change_password: bool) -> Unfinished | None:
    return left_of_signing_in(
        has_factor=row.factor_since is not None,
        needs_factor=needs_factor and not row.is_demonstration,
        is_verified=row.verified_at is not None,
        must_change_password=must_change_password,
    )


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "proved_at": row.proved_at,
        "has_factor": row.factor_since is not None,
        "verified_at": row.verified_at,
    }


def _user(row: Row[Any], tenant_id: int, request_id: str) -> Principal | None:
    """Return whose session it is, unless it is over for somebody with these roles."""
    actor = Actor(kind="user", id=row.user_id, name=row.full_name)
    context = _context(row, tenant_id, actor, request_id)
    grants = [_grant(**granted) for granted in row.grants]
    roles = {grant.role for grant in grants if grant.holds_on(context.today)}
    if _is_over(row, timeouts_of(roles)):
        return None
    unfinished = _left(
        row,
        needs_factor=not roles.isdisjoint(NEEDS_SECOND_FACTOR),
        must_change_password=row.must_change_password,
    )
    units = units_to_act_for(grants, context.today)
    unit = unit_acted_for(units, row.acting_unit_id, row.home_id, row.acting_for_id)
    absent = unit.stands_in_for if unit else None
    scope = Scope.under(unit.path) if unit else NOTHING
    permissions = (
        permissions_for(grants, unit, context.today) if unit and not unfinished else frozenset()
    )
    return Principal(
        id=row.user_id,
        session_id=row.session_id,
        login_name=row.login_name,
        name=row.full_name,
        locale=row.locale,
        must_change_password=row.must_change_password,
        permissions=permissions,
        unfinished=unfinished,
        context=replace(
            context,
            scope=scope,
            unit_id=unit.id if unit else None,
            on_behalf_of=Actor("user", absent.id, absent.name) if absent else None,
        ),
        visited_until=row.visited_until,
        unit=unit,
        units=units,
        clock_on=row.clock_on,
        unread=row.unread.get(str(unit.id), 0) if unit else 0,
        to_answer=_number_to_answer(row.to_answer, permissions, scope),
        **_shown(row),
        figures_verified_at=row.figures_verified_at,
    )


def _number_to_answer(
    paths: list[str | None], permissions: frozenset[Permission], scope: Scope
) -> int:
    """Count requests by where they are: those of people below, those of the tenant without one."""
    of_people = sum(map(scope.holds, paths)) if Permission.COUNTERSIGN in permissions else 0
    return of_people + (paths.count(None) if Permission.CONFIGURE in permissions else 0)


def _grant(
    *,
    role: str,
    start: str | None,
    end: str | None,
    unit: dict[str, Any],
    absent: dict[str, Any] | None,
) -> Grant:
    return Grant(
        role=Role(role),
        unit=GrantedUnit(**unit, stands_in_for=Absent(**absent) if absent else None),
        start=date.fromisoformat(start) if start else None,
        end=date.fromisoformat(end) if end else None,
    )


def _context(row: Row[Any], tenant_id: int, actor: Actor, request_id: str) -> Context:
    return Context(
        tenant_id=tenant_id,
        tenant_code=row.tenant_code,
        tenant_name=row.tenant_name,
        actor=actor,
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
