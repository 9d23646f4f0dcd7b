"""Reading who was merged into a tenant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app.core.database import db
from app.merging.models import FormerTenant
from app.tenants.context import Context


@dataclass(frozen=True)
class FormerTenantRow:
    """A tenant that has become part of this one."""

    id: int
    code: str
    name: str
    root_id: int | None
    decision_no: str
    effective_on: date
    clashes: tuple[Mapping[str, Any], ...]
    totals_before: Mapping[str, int]
    totals_after: Mapping[str, int]
    trail_entries: int
    trail_digest: bytes


def former_tenants(context: Context) -> tuple[FormerTenantRow, ...]:
    """Return the tenants that were merged into this one, in the order of their merging."""
    table = FormerTenant
    rows = db.session.execute(
        select(
            table.id,
            table.code,
            table.name,
            table.root_id,
            table.decision_no,
            table.effective_on,
            table.clashes,
            table.totals_before,
            table.totals_after,
            table.trail_entries,
            table.trail_digest,
        )
        .where(table.tenant_id == context.tenant_id)
        .order_by(table.id)
    )
    return tuple(
        FormerTenantRow(**{**row._mapping, "clashes": tuple(row.clashes)})  # noqa: SLF001 SQLAlchemy's own name
        for row in rows
    )
