"""Standing in: somebody does a unit's work from one day to another while its holder is away.

The role stays its holder's. It ends by itself with the last day, and with the holder's own role.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import aliased

from app.accounts.grants import refuse_mightier
from app.accounts.models import RoleGrant, UserAccount
from app.accounts.queries import HeldRole, UserRow, user_by_login, user_in_scope
from app.accounts.rules import DELEGABLE, LONGEST_STANDING_IN, Role
from app.audit.commands import Change, record
from app.core.database import db
from app.core.errors import NotFound, refused_at
from app.core.messages import message
from app.tenants.context import Context

ONE_DAY = timedelta(days=1)
_NOT_FOUND = message("Không tìm thấy việc ủy quyền này.")


@dataclass(frozen=True)
class StandIn:
    """Somebody who stands in for somebody: in which role, where, from when to when."""

    id: int
    name: str
    role: Role
    unit_id: int
    first_day: date
    last_day: date


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """Who shall stand in, for which grant of the holder, on which days."""

    grant_id: int
    login_name: str
    first_day: date
    last_day: date


def appoint(context: Context, absent_id: int, wanted: Appointment) -> int:
    """Have somebody of the scope stand in for a role's holder; return the number of the grant.

    The holder does so, or whoever manages the holder's account.
    """
    absent = _holder(context, absent_id)
    held = _role_of(absent, wanted.grant_id)
    valid = _days(context, wanted.first_day, wanted.last_day)
    if held.valid.upper is not None and held.valid.upper <= wanted.last_day:
        raise refused_at("last_day", message("Vai trò được thay hết hạn trước ngày đó."))
    deputy = user_by_login(context, wanted.login_name)
    if deputy.id == absent_id or deputy.is_disabled:
        raise refused_at("login_name", message("Hãy chọn một người khác đang làm việc."))
    number = db.session.execute(
        insert(RoleGrant)
        .values(
            tenant_id=context.tenant_id,
            user_id=deputy.id,
            unit_id=held.unit_id,
            role=held.role.value,
            valid=valid,
            stands_in_for_id=absent_id,
        )
        .returning(RoleGrant.id)
    ).scalar_one()
    after = {"role": held.role, "unit_id": held.unit_id, "valid": valid, "absent_id": absent_id}
    record(context, Change("user.stand_in_appointed", "user", deputy.id, after=after))
    return number


def end_standing_in(context: Context, absent_id: int, grant_id: int) -> None:
    """End it as of today; what has not begun is taken back whole."""
    _holder(context, absent_id)
    of_grant = (
        RoleGrant.tenant_id == context.tenant_id,
        RoleGrant.id == grant_id,
        RoleGrant.stands_in_for_id == absent_id,
    )
    row = db.session.execute(
        select(RoleGrant.user_id, RoleGrant.valid).where(*of_grant).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound(_NOT_FOUND)
    if row.valid.lower >= context.today:
        db.session.execute(delete(RoleGrant).where(*of_grant))
    elif row.valid.upper > context.today:
        valid = Range(row.valid.lower, context.today)
        db.session.execute(update(RoleGrant).where(*of_grant).values(valid=valid))
    before = {"valid": row.valid, "absent_id": absent_id}
    record(context, Change("user.stand_in_ended", "user", row.user_id, before=before))


def stand_ins_of(context: Context, absent_id: int) -> list[StandIn]:
    """Return who stands or will stand in for somebody, the first to begin first."""
    deputy = aliased(UserAccount)
    rows = db.session.execute(
        select(RoleGrant.id, deputy.full_name, RoleGrant.role, RoleGrant.unit_id, RoleGrant.valid)
        .join(deputy, (deputy.tenant_id == RoleGrant.tenant_id) & (deputy.id == RoleGrant.user_id))
        .where(
            RoleGrant.tenant_id == context.tenant_id,
            deputy.tenant_id == context.tenant_id,
            RoleGrant.stands_in_for_id == absent_id,
        )
        .order_by(RoleGrant.valid, RoleGrant.id)
    )
    return [
        StandIn(
            row.id,
            row.full_name,
            Role(row.role),
            row.unit_id,
            row.valid.lower,
            row.valid.upper - ONE_DAY,
        )
        for row in rows
        if row.valid.upper > context.today
    ]


def delegable_roles(context: Context, user: UserRow) -> list[HeldRole]:
    """Return the roles of a user in which somebody may stand in."""
    return [
        held
        for held in user.roles
        if held.role in DELEGABLE
        and held.stands_in_for_id is None
        and held.unit_path is not None
        and not held.is_over(context.today)
    ]


def _holder(context: Context, absent_id: int) -> UserRow:
    """Return whose role it is: the actor's own account, or one that the actor manages."""
    user = user_in_scope(context, absent_id)
    if context.actor.kind != "user" or context.actor.id != absent_id:
        refuse_mightier(context, user)
    elif context.on_behalf_of is not None:
        raise NotFound(_NOT_FOUND)
    return user


def _role_of(absent: UserRow, grant_id: int) -> HeldRole:
    held = next((role for role in absent.roles if role.id == grant_id), None)
    if held is None or held.stands_in_for_id is not None or held.role not in DELEGABLE:
        raise refused_at("role", message("Vai trò này không ủy quyền được."))
    return held


def _days(context: Context, first: date, last: date) -> Range[date]:
    if first < context.today:
        raise refused_at("first_day", message("Ngày đầu phải từ hôm nay trở đi."))
    if last < first:
        raise refused_at("last_day", message("Ngày cuối phải từ ngày đầu trở đi."))
    if last - first > LONGEST_STANDING_IN:
        raise refused_at(
            "last_day",
            message("Mỗi lần ủy quyền dài nhất %(days)s ngày.", days=LONGEST_STANDING_IN.days),
        )
    return Range(first, last + ONE_DAY)
