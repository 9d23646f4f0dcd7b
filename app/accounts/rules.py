"""What roles allow, and for which unit a user acts. The one written table of permissions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from app.core.text import clean
from app.web.guards import Permission


class Role(StrEnum):
    """What a user may be for a unit and so for everything below it."""

    COMMITTEE = "committee"
    MONITOR = "monitor"
    CLERK = "clerk"
    CELL_SECRETARY = "cell_secretary"
    READER = "reader"
    TENANT_ADMINISTRATOR = "tenant_administrator"


_SEE = frozenset({Permission.SEE_FIGURES, Permission.SEE_PEOPLE})

PERMISSIONS_OF_ROLE: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.COMMITTEE: _SEE
        | {
            Permission.SET_QUOTAS,
            Permission.EDIT_UNITS,
            Permission.REORGANISE,
            Permission.REMIND,
            Permission.COUNTERSIGN,
            Permission.SEE_READERS,
            Permission.MANAGE_USERS,
        },
        Role.MONITOR: _SEE | {Permission.REMIND},
        Role.CLERK: _SEE
        | {Permission.RECORD_PEOPLE, Permission.COUNTERSIGN, Permission.SEE_READERS},
        Role.CELL_SECRETARY: _SEE | {Permission.RECORD_PEOPLE},
        Role.READER: frozenset({Permission.SEE_FIGURES}),
        Role.TENANT_ADMINISTRATOR: frozenset(
            {
                Permission.SEE_FIGURES,
                Permission.EDIT_UNITS,
                Permission.REORGANISE,
                Permission.MANAGE_USERS,
                Permission.CONFIGURE,
            }
        ),
    }
)
"""The administrator of a tenant sees no person unless it is given another role."""

_BELOW_A_COMMITTEE = frozenset(
    {Role.COMMITTEE, Role.MONITOR, Role.CLERK, Role.CELL_SECRETARY, Role.READER}
)
MAY_GIVE: Mapping[Role, frozenset[Role]] = MappingProxyType(
    {
        Role.TENANT_ADMINISTRATOR: _BELOW_A_COMMITTEE | {Role.TENANT_ADMINISTRATOR},
        Role.COMMITTEE: _BELOW_A_COMMITTEE,
    }
)
"""Which roles each role may give, on its own unit and below: a committee appoints its office."""

WHOLE_TENANT_ONLY = frozenset({Permission.CONFIGURE, Permission.REORGANISE})
"""What concerns a whole tenant is held at the top of its tree or not at all."""

NEEDS_SECOND_FACTOR = frozenset({Role.COMMITTEE, Role.CLERK, Role.TENANT_ADMINISTRATOR})
"""Who publishes quotas, administers, or opens sensitive fields of many people.

A cell's secretary opens those of one cell's few people, a monitor and a reader open none.
"""


@dataclass(frozen=True)
class Timeouts:
    """After what pause a session is over, and after how long however busy it was."""

    idle: timedelta
    absolute: timedelta


TIMEOUTS_OF_ROLE: Mapping[Role, Timeouts] = MappingProxyType(
    {
        Role.TENANT_ADMINISTRATOR: Timeouts(timedelta(minutes=30), timedelta(hours=8)),
        Role.COMMITTEE: Timeouts(timedelta(hours=1), timedelta(hours=12)),
        Role.MONITOR: Timeouts(timedelta(hours=2), timedelta(hours=12)),
        Role.CLERK: Timeouts(timedelta(hours=2), timedelta(hours=12)),
        Role.CELL_SECRETARY: Timeouts(timedelta(hours=2), timedelta(hours=12)),
        Role.READER: Timeouts(timedelta(hours=2), timedelta(hours=12)),
    }
)
TIMEOUTS_OF_OPERATOR = Timeouts(timedelta(minutes=30), timedelta(hours=8))
LONGEST_PAUSE = max(timeouts.idle for timeouts in TIMEOUTS_OF_ROLE.values())
LONGEST_SESSION = max(timeouts.absolute for timeouts in TIMEOUTS_OF_ROLE.values())
PROOF_LASTS = timedelta(minutes=15)
"""How long after the password was typed a sensitive act asks for it no more."""


class Unfinished(StrEnum):
    """What is left of signing in before anything else may be done."""

    CODE = "code"
    PASSWORD = "password"  # noqa: S105 the name of a step
    FACTOR = "factor"


PERMISSIONS_OF_VISIT = frozenset({Permission.SEE_FIGURES})
"""What an operator may do in a tenant that gave leave to look; people only where it says so."""

PERMISSIONS_OF_OPERATOR = frozenset({Permission.OPERATE})
"""Whoever runs the service manages tenants and sees nothing inside them."""


DELEGABLE = frozenset({Role.COMMITTEE, Role.MONITOR, Role.CLERK, Role.CELL_SECRETARY})
"""The roles in which somebody may stand in; an administrator is appointed, not stood in for."""

NOT_FOR_STAND_INS = frozenset({Permission.MANAGE_USERS, Permission.CONFIGURE})
"""Who stands in does the work of the unit, and hands no rights on."""

LONGEST_STANDING_IN = timedelta(days=92)


@dataclass(frozen=True)
class Absent:
    """Who is away while somebody stands in."""

    id: int
    name: str


@dataclass(frozen=True)
class GrantedUnit:
    """A unit on which somebody holds a role, as today's tree has it; perhaps in another's stead."""

    id: int
    name: str
    path: str
    stands_in_for: Absent | None = None

    @property
    def is_top(self) -> bool:
        """Whether nothing stands above the unit."""
        return is_top(self.path)


@dataclass(frozen=True)
class Grant:
    """A role on a unit from `start` to before `end`; without an end or a start for good."""

    role: Role
    unit: GrantedUnit
    start: date | None = None
    end: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether the role is held on that day."""
        has_begun = self.start is None or self.start <= day
        return has_begun and (self.end is None or day < self.end)


def is_top(path: str) -> bool:
    """Tell whether a path is that of a root of the tree."""
    return path.count(".") == 1


def permissions_at(grants: Iterable[Grant], path: str, on: date) -> frozenset[Permission]:
    """Return what the grants allow at a unit's path: those on the unit and on all above it."""
    return frozenset(
        permission
        for grant in grants
        if grant.holds_on(on) and path.startswith(grant.unit.path)
        for permission in PERMISSIONS_OF_ROLE[grant.role]
        if grant.unit.is_top or permission not in WHOLE_TENANT_ONLY
    )


def grants_to_give(own: Iterable[Grant], role: Role, path: str, on: date) -> tuple[Grant, ...]:
    """Return those of somebody's grants by which they may give a role at a path that day."""
    return tuple(
        grant
        for grant in own
        if grant.holds_on(on)
        and path.startswith(grant.unit.path)
        and role in MAY_GIVE.get(grant.role, frozenset())
    )


def last_until(grants: Iterable[Grant], end: date | None) -> bool:
    """Tell whether one of the grants lasts as long as what ends before `end`, or never ends."""
    return any(grant.end is None or (end is not None and end <= grant.end) for grant in grants)


def units_to_act_for(grants: Iterable[Grant], on: date) -> tuple[GrantedUnit, ...]:
    """Return the units on which a role is held that day, one's own and the highest first."""
    units = {grant.unit for grant in grants if grant.holds_on(on)}
    return tuple(sorted(units, key=_rank))


def _rank(unit: GrantedUnit) -> tuple[bool, int, str, int]:
    absent_id = unit.stands_in_for.id if unit.stands_in_for else 0
    return bool(absent_id), unit.path.count("."), unit.path, absent_id


def unit_acted_for(
    units: Iterable[GrantedUnit],
    chosen_id: int | None,
    home_id: int,
    chosen_absent_id: int | None = None,
) -> GrantedUnit | None:
    """Return the chosen unit, else the home unit, else the highest; None without any."""
    by_id = {(unit.id, unit.stands_in_for and unit.stands_in_for.id): unit for unit in units}
    for wanted in ((chosen_id, chosen_absent_id), (home_id, None)):
        if wanted in by_id:
            return by_id[wanted]
    return next(iter(by_id.values()), None)


def permissions_for(grants: Iterable[Grant], unit: GrantedUnit, on: date) -> frozenset[Permission]:
    """Return what somebody may do for a unit: by their own roles, or by those of who is away."""
    held = [grant for grant in grants if grant.unit.stands_in_for == unit.stands_in_for]
    found = permissions_at(held, unit.path, on)
    return found - NOT_FOR_STAND_INS if unit.stands_in_for else found


def timeouts_of(roles: Iterable[Role]) -> Timeouts:
    """Return when a session of somebody with these roles is over: the strictest one's."""
    found = [TIMEOUTS_OF_ROLE[role] for role in roles]
    return Timeouts(
        min((timeouts.idle for timeouts in found), default=LONGEST_PAUSE),
        min((timeouts.absolute for timeouts in found), default=LONGEST_SESSION),
    )


def left_of_signing_in(
    *, has_factor: bool, needs_factor: bool, is_verified: bool, must_change_password: bool
) -> Unfinished | None:
    """Return the next step of signing in, the code first; None when nothing is left."""
    if has_factor and not is_verified:
        return Unfinished.CODE
    if must_change_password:
        return Unfinished.PASSWORD
    if needs_factor and not is_verified:
        return Unfinished.FACTOR
    return None


def plain_login_name(typed: str) -> str:
    """Return a login name as it is stored and compared: trimmed, in small letters."""
    return clean(typed).lower()
