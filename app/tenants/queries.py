"""What may be known of tenants from outside: names and sizes."""

from dataclasses import dataclass

from sqlalchemy import column, func, select, table

from app.core.database import NOBODY, DatabaseContext, apply_context, db
from app.tenants.context import WHOLE_SCOPE
from app.tenants.models import Tenant

# This package stands below those of units and people and only counts their rows.
_unit = table("unit", column("tenant_id"), column("path"))
_person = table("person", column("tenant_id"))


@dataclass(frozen=True)
class TenantRow:
    """A tenant by name."""

    id: int
    code: str
    name: str
    is_demonstration: bool


@dataclass(frozen=True)
class TenantSize:
    """A tenant, how many units its tree has today and how many people its books hold."""

    tenant: TenantRow
    units: int
    people: int


def tenants() -> list[TenantRow]:
    """Return all tenants by code."""
    rows = db.session.execute(
        select(Tenant.id, Tenant.code, Tenant.name, Tenant.is_demonstration).order_by(Tenant.code)
    )
    return [TenantRow(*row) for row in rows]


def asked_tenants(code: str | None) -> list[str]:
    """Return the tenant asked for, whose existence its transaction checks, or all tenants."""
    if code:
        return [code]
    with db.session.begin():
        return tenant_codes()


def tenant_codes() -> list[str]:
    """Return the codes of all tenants, for work that visits one after the other."""
    return list(db.session.scalars(select(Tenant.code).order_by(Tenant.code)))


def tenant_sizes() -> list[TenantSize]:
    """Count units and people of all tenants, visiting one tenant's context after the other.

    The session belongs to nobody afterwards.
    """
    sizes = [_size(row) for row in tenants()]
    apply_context(db.session(), NOBODY)
    return sizes


def _size(row: TenantRow) -> TenantSize:
    apply_context(db.session(), DatabaseContext(row.id, *WHOLE_SCOPE))
    units, people = db.session.execute(
        select(
            select(func.count())
            .where(_unit.c.tenant_id == row.id, _unit.c.path.is_not(None))
            .scalar_subquery(),
            select(func.count()).where(_person.c.tenant_id == row.id).scalar_subquery(),
        )
    ).one()
    return TenantSize(row, units, people)
