"""Totals of all tenants, for those who run the service: no unit, no person, one line a tenant.

One statement visits every tenant's context in turn; what it counts is what the page of the
tenant's own roots shows at that moment, folded or not.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from app.core.database import db
from app.core.periods import Period, same_span_last_year, whole_months
from app.tenants.queries import TenantRow, tenants


@dataclass(frozen=True)
class TenantTotal:
    """The count of one tenant, last year's to the same day, and how its books stand.

    `pending` deltas are counted but not folded; `mismatches` is what the last verification found.
    """

    tenant: TenantRow
    count: int
    last_year: int | None
    pending: int
    verified_at: datetime | None
    mismatches: int | None
    mismatched_at: datetime | None


@dataclass(frozen=True)
class National:
    """The totals of all tenants for a measure over a period up to a day, both counted."""

    measure: str
    period: Period
    as_of: date
    last_year_as_of: date | None
    tenants: tuple[TenantTotal, ...]

    @property
    def total(self) -> int:
        """All tenants together."""
        return sum(row.count for row in self.tenants)

    @property
    def last_year(self) -> int | None:
        """All tenants together, a year earlier."""
        if self.last_year_as_of is None:
            return None
        return sum(row.last_year or 0 for row in self.tenants)


def national(measure: str, period: Period, as_of: date) -> National:
    """Count a measure, named by its code, in every tenant; by at most three statements."""
    before = same_span_last_year(period, as_of)
    now = _totals(measure, period.start, as_of)
    earlier = _totals(measure, *before) if before else {}
    rows = tuple(
        TenantTotal(
            tenant=tenant,
            count=now[tenant.id].total,
            last_year=earlier[tenant.id].total if before else None,
            pending=now[tenant.id].pending,
            verified_at=now[tenant.id].verified,
            mismatches=now[tenant.id].wrong,
            mismatched_at=now[tenant.id].wrong_at,
        )
        for tenant in tenants()
        if tenant.id in now
    )
    return National(measure, period, as_of, before[1] if before else None, rows)


@dataclass(frozen=True)
class _Total:
    total: int
    pending: int
    verified: datetime | None
    wrong: int | None
    wrong_at: datetime | None


def _totals(measure: str, first: date, last: date) -> dict[int, _Total]:
    split = whole_months(first, last)
    rows = db.session.execute(
        _TOTALS,
        {
            "measure": measure,
            "first": first,
            "last": last,
            "from_month": split.first_month,
            "end_month": split.end_month,
            "months": [day.replace(day=1) for day, _ in split.cut],
            "firsts": [day for day, _ in split.cut],
            "lasts": [day for _, day in split.cut],
        },
    )
    return {
        row.tenant: _Total(row.total, row.pending, row.verified, row.wrong, row.wrong_at)
        for row in rows
    }


_TOTALS = text(
    """
    SELECT tenant, total, pending, verified, wrong, wrong_at
    FROM national_totals(:measure, CAST(:first AS date), CAST(:last AS date),
                         CAST(:from_month AS date), CAST(:end_month AS date),
                         CAST(:months AS date[]), CAST(:firsts AS date[]), CAST(:lasts AS date[]))
    """
)
