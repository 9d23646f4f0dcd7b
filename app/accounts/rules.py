"""What roles allow, and for which unit a user acts. The one written table of permissions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
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
        Role.COMMITTEE: _SEE | {Permission.SET_QUOTAS, Permission.EDIT_UNITS, Permission.REMIND},
        Role.MONITOR: _SEE | {Permission.REMIND},
        Role.CLERK: _SEE | {Permission.RECORD_PEOPLE},
        Role.CELL_SECRETARY: _SEE | {Permission.RECORD_PEOPLE},
        Role.READER: frozenset({Permission.SEE_FIGURES}),
        Role.TENANT_ADMINISTRATOR: frozenset(
            {
                Permission.SEE_FIGURES,
                Permission.EDIT_UNITS,
                Permission.MANAGE_USERS,
                Permission.CONFIGURE,
            }
        ),
    }
)
"""The administrator of a tenant sees no person unless it is given another role."""

WHOLE_TENANT_ONLY = frozenset({Permission.CONFIGURE})
"""What concerns a whole tenant is held at the top of its tree or not at all."""

PERMISSIONS_OF_OPERATOR = frozenset({Permission.OPERATE})
"""Whoever runs the service manages tenants and sees nothing inside them."""


@dataclass(frozen=True)
class GrantedUnit:
    """A unit on which somebody holds a role, as today's tree has it."""

    id: int
    name: str
    path: str

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


def units_to_act_for(grants: Iterable[Grant], on: date) -> tuple[GrantedUnit, ...]:
    """Return the units on which a role is held that day, the highest first."""
    units = {grant.unit for grant in grants if grant.holds_on(on)}
    return tuple(sorted(units, key=lambda unit: (unit.path.count("."), unit.path)))


def unit_acted_for(
    units: Iterable[GrantedUnit], chosen_id: int | None, home_id: int
) -> GrantedUnit | None:
    """Return the chosen unit, else the home unit, else the highest; None without any."""
    by_id = {unit.id: unit for unit in units}
    for wanted in (chosen_id, home_id):
        if wanted in by_id:
            return by_id[wanted]
    return next(iter(by_id.values()), None)


def plain_login_name(typed: str) -> str:
    """Return a login name as it is stored and compared: trimmed, in small letters."""
    return clean(typed).lower()
