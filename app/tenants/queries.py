"""What may be known of tenants from outside: names and sizes."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Integer, ScalarSelect, bindparam, column, func, select, table

from app.core.database import NOBODY, DatabaseContext, apply_context, db
from app.tenants.context import WHOLE_SCOPE, Context
from app.tenants.models import Setting, Tenant

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


@dataclass(frozen=True)
class WatchThresholds:
    """What a tenant's watch lists go by: percent of a quota, years without anybody, days left."""

    watch_percent: int
    watch_years: int
    watch_days: int


@cache
def watch_thresholds_as_json() -> ScalarSelect[Any]:
    """Select a `tenant`'s thresholds as one value, to be read along with others."""
    values = func.jsonb_build_array(Setting.watch_percent, Setting.watch_years, Setting.watch_days)
    return (
        select(values)
        .where(Setting.tenant_id == bindparam("tenant", type_=Integer))
        .correlate(None)
        .scalar_subquery()
    )


def watch_thresholds(context: Context) -> WatchThresholds:
    """Return what the tenant's watch lists go by."""
    return WatchThresholds(
        *db.session.execute(
            select(watch_thresholds_as_json()), {"tenant": context.tenant_id}
        ).scalar_one()
    )


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
