"""What follows units beside the tree itself: rights, home units, member counts."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import text

from app.accounts.models import RoleGrant, UserAccount
from app.core.database import db
from app.reorganisations.keeping import Keeper
from app.reorganisations.quota_rules import Portion, shares
from app.tenants.context import Context
from app.units.dated import members_on
from app.units.models import MemberCount
from app.units.records import write_members

# A right ends with its unit and goes on at the heir, unless the same person holds it there.
_GRANT_AT_HEIRS = text(
    """
INSERT INTO role_grant (tenant_id, user_id, unit_id, role, valid)
SELECT DISTINCT ON (g.user_id, h.heir_id, g.role)
       :tenant, g.user_id, h.heir_id, g.role, g.valid * daterange(:on, NULL)
FROM role_grant g
JOIN unnest(CAST(:units AS bigint[]), CAST(:heirs AS bigint[])) AS h (unit_id, heir_id)
    ON h.unit_id = g.unit_id
WHERE g.tenant_id = :tenant AND g.valid && daterange(:on, NULL)
  AND NOT EXISTS (
      SELECT 1 FROM role_grant o
      WHERE o.tenant_id = :tenant AND o.user_id = g.user_id AND o.unit_id = h.heir_id
        AND o.role = g.role AND o.valid && (g.valid * daterange(:on, NULL))
  )
ORDER BY g.user_id, h.heir_id, g.role, upper(g.valid) DESC NULLS FIRST, g.id
RETURNING id
"""
)

_LATER_GRANTS = text(
    """
SELECT g.id FROM role_grant g
WHERE g.tenant_id = :tenant AND g.unit_id = ANY (:units) AND lower(g.valid) >= :on
"""
)

_DROP_GRANTS = text("DELETE FROM role_grant g WHERE g.tenant_id = :tenant AND g.id = ANY (:ids)")

_END_GRANTS = text(
    """
UPDATE role_grant g SET valid = g.valid * daterange(NULL, :on)
WHERE g.tenant_id = :tenant AND g.unit_id = ANY (:units) AND g.valid && daterange(:on, NULL)
"""
)

_MOVE_HOMES = text(
    """
UPDATE user_account a SET unit_id = h.heir_id
FROM unnest(CAST(:units AS bigint[]), CAST(:heirs AS bigint[])) AS h (unit_id, heir_id)
WHERE a.tenant_id = :tenant AND a.unit_id = h.unit_id
"""
)


def pass_on_rights(
    context: Context,
    keeper: Keeper,
    *,
    ended: Collection[int],
    heir_of: Mapping[int, int],
    receiver_of: Mapping[int, int],
    on: date,
) -> None:
    """Let rights on ended units go on at their heirs, and users have a home that stands.

    Rights on a closed unit end with it: to give them on the unit above would widen them.
    """
    if not ended:
        return
    values = {"tenant": context.tenant_id, "on": on, "units": list(ended)}
    grant, account = RoleGrant.__table__.c, UserAccount.__table__.c
    later = list(db.session.scalars(_LATER_GRANTS, values))
    keeper.removing("role_grant", later)
    keeper.changing("role_grant", grant.unit_id.in_(ended) & grant.id.not_in(later))
    keeper.changing("user_account", account.unit_id.in_(list(receiver_of)))
    added = db.session.scalars(
        _GRANT_AT_HEIRS,
        {
            "tenant": context.tenant_id,
            "on": on,
            "units": list(heir_of),
            "heirs": list(heir_of.values()),
        },
    ).all()
    keeper.added("role_grant", added)
    db.session.execute(_DROP_GRANTS, {"tenant": context.tenant_id, "ids": later})
    db.session.execute(_END_GRANTS, values)
    db.session.execute(
        _MOVE_HOMES,
        {
            "tenant": context.tenant_id,
            "units": list(receiver_of),
            "heirs": list(receiver_of.values()),
        },
    )


def count_heirs_members(
    context: Context, keeper: Keeper, portions: Mapping[int, tuple[Portion, ...]], on: date
) -> None:
    """Give heirs on the day the members that their predecessors had: added, or shared exactly."""
    heirs = {portion.heir_id for given in portions.values() for portion in given}
    before = members_on(context, {*portions, *heirs}, on)
    members: dict[int, int] = defaultdict(int)
    for unit_id, given in portions.items():
        if unit_id in before and given:
            parts = shares(before[unit_id], [portion.weight for portion in given])
            for portion, part in zip(given, parts, strict=True):
                members[portion.heir_id] += part
    for heir_id in members.keys() - portions.keys():
        members[heir_id] += before.get(heir_id, 0)
    counted = MemberCount.__table__.c
    of_day = counted.unit_id.in_(list(members)) & (counted.counted_on == on)
    keeper.changing("member_count", of_day)
    known = keeper.ids_so_far("member_count")
    write_members(context, on, members)
    keeper.added("member_count", keeper.matching("member_count", of_day) - known)
