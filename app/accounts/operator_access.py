"""Leave for an operator to look into a tenant: given by its administrator, for a reason, a while.

Nobody else lets an operator in. It ends by itself, and every page looked at is in the trail.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, text, update

from app.accounts.models import Operator, OperatorAccess, OperatorSession
from app.accounts.principal import Principal
from app.accounts.rules import plain_login_name
from app.audit.commands import Change, record
from app.core import clock
from app.core.database import DatabaseContext, apply_context, db
from app.core.errors import NotFound, refused_at
from app.core.messages import message
from app.core.text import clean
from app.tenants.context import WHOLE_SCOPE, Actor, Context, load_context

LONGEST_HOURS = 24
SHORTEST_REASON = 10
LONGEST_REASON = 300
SHOWN = 50
_FIND_OPERATOR = text("SELECT operator_id FROM find_login(:name) WHERE operator_id IS NOT NULL")


@dataclass(frozen=True)
class Access:
    """Leave that was given to an operator."""

    id: int
    operator_name: str
    reason: str
    sees_people: bool
    starts_at: datetime
    ends_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether the operator may look now."""
        return self.starts_at <= clock.now() < self.ends_at


def give_access(
    context: Context, login_name: str, reason: str, hours: int, *, sees_people: bool
) -> int:
    """Let an operator look into the tenant from now on for some hours."""
    _check(reason, hours)
    operator_id = db.session.execute(
        _FIND_OPERATOR, {"name": plain_login_name(login_name)}
    ).scalar()
    if operator_id is None:
        raise refused_at("login_name", message("Không có người vận hành nào mang tên này."))
    name = db.session.execute(
        select(Operator.full_name).where(Operator.id == operator_id)
    ).scalar_one()
    now = clock.now()
    values = {
        "operator_id": operator_id,
        "operator_name": name,
        "reason": clean(reason),
        "sees_people": sees_people,
        "starts_at": now,
        "ends_at": now + timedelta(hours=hours),
    }
    access_id = db.session.execute(
        insert(OperatorAccess)
        .values(tenant_id=context.tenant_id, given_by_id=context.actor.id, **values)
        .returning(OperatorAccess.id)
    ).scalar_one()
    record(context, Change("operator.access_given", "operator", operator_id, after=values))
    return access_id


def end_access(context: Context, access_id: int) -> None:
    """Take the leave back: the operator is out with the next request."""
    now = clock.now()
    row = db.session.execute(
        select(OperatorAccess.operator_id, OperatorAccess.starts_at, OperatorAccess.ends_at)
        .where(OperatorAccess.tenant_id == context.tenant_id, OperatorAccess.id == access_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound(message("Không tìm thấy quyền truy cập này."))
    if row.ends_at <= now:
        return
    ends_at = max(now, row.starts_at + timedelta(microseconds=1))
    db.session.execute(
        update(OperatorAccess)
        .where(OperatorAccess.tenant_id == context.tenant_id, OperatorAccess.id == access_id)
        .values(ends_at=ends_at)
    )
    before = {"ends_at": row.ends_at}
    record(context, Change("operator.access_ended", "operator", row.operator_id, before=before))


def accesses(context: Context) -> list[Access]:
    """Return the leaves that were given, the last one first."""
    rows = db.session.execute(
        select(
            OperatorAccess.id,
            OperatorAccess.operator_name,
            OperatorAccess.reason,
            OperatorAccess.sees_people,
            OperatorAccess.starts_at,
            OperatorAccess.ends_at,
        )
        .where(OperatorAccess.tenant_id == context.tenant_id)
        .order_by(OperatorAccess.starts_at.desc(), OperatorAccess.id.desc())
        .limit(SHOWN)
    )
    return [Access(*row) for row in rows]


def enter(principal: Principal, tenant_id: int) -> None:
    """Go into a tenant that has given leave; refused for any other."""
    apply_context(db.session(), DatabaseContext(tenant_id, *WHOLE_SCOPE))
    now = clock.now()
    is_open = db.session.execute(
        select(OperatorAccess.id).where(
            OperatorAccess.tenant_id == tenant_id,
            OperatorAccess.operator_id == principal.id,
            OperatorAccess.starts_at <= now,
            OperatorAccess.ends_at > now,
        )
    ).first()
    if is_open is None:
        raise refused_at(
            "tenant",
            message("Đảng bộ này chưa cho phép, hoặc thời hạn đã hết. Hãy nhờ quản trị của họ."),
        )
    _visit(principal, tenant_id)
    actor = Actor(kind="operator", id=principal.id, name=principal.name)
    context = load_context(tenant_id, actor)
    record(context, Change("operator.entered", "operator", principal.id))


def leave(principal: Principal) -> None:
    """Go out of the tenant again."""
    _visit(principal, None)
    if principal.context is not None:
        record(principal.context, Change("operator.left", "operator", principal.id))


def record_look(principal: Principal, endpoint: str, address: str) -> None:
    """Note in the tenant's trail which page an operator looks at."""
    if principal.context is not None:
        after = {"page": endpoint, "address": address}
        record(principal.context, Change("operator.looked", "operator", principal.id, after=after))


def _visit(principal: Principal, tenant_id: int | None) -> None:
    db.session.execute(
        update(OperatorSession)
        .where(OperatorSession.id == principal.session_id)
        .values(visited_id=tenant_id)
    )


def _check(reason: str, hours: int) -> None:
    if not SHORTEST_REASON <= len(clean(reason)) <= LONGEST_REASON:
        raise refused_at(
            "reason",
            message("Ghi rõ lý do, ít nhất %(least)s ký tự.", least=SHORTEST_REASON),
        )
    if not 1 <= hours <= LONGEST_HOURS:
        raise refused_at("hours", message("Từ 1 đến %(most)s giờ.", most=LONGEST_HOURS))
