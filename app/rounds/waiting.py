"""What waits for a unit: a round to answer, a commitment to sign, a transfer, a flag to resolve."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, Row, bindparam, text

from app.core.database import db
from app.core.periods import Period
from app.core.prepared import PREPARED
from app.measures.queries import MeasureRow
from app.tenants.context import Context
from app.web.languages import ENGLISH, language


class Kind(StrEnum):
    """What there is to do."""

    ANSWER = "answer"
    SIGN = "sign"
    AGREE = "agree"
    APPROVE = "approve"
    REDISTRIBUTE = "redistribute"
    CHILDREN_REDISTRIBUTE = "children_redistribute"


@dataclass(frozen=True)
class Waiting:
    """Something that waits for a unit, with the board it is about.

    `due_on` is None where no day was set; `number` is how many units or people it is about.
    """

    kind: Kind
    measure_code: str
    measure: str
    period: Period
    due_on: date | None
    number: int


def waiting_for(context: Context, unit_id: int) -> tuple[Waiting, ...]:
    """Return what waits for a unit today, the most pressing first."""
    return measures_and_waiting(context, unit_id)[1]


def measures_and_waiting(
    context: Context, unit_id: int
) -> tuple[tuple[MeasureRow, ...], tuple[Waiting, ...]]:
    """Return the tenant's measures in their order, and what waits for a unit, by one statement.

    The first page of every committee shows both and has no statement to spare.
    """
    rows = db.session.execute(
        _WAITING, {"tenant": context.tenant_id, "unit": unit_id, "today": context.today}
    ).all()
    in_order = {row.id: row for row in sorted(rows, key=lambda row: (row.rank, row.id))}
    found = {
        row.id: MeasureRow(row.id, row.code, _name(row), row.counted_step)
        for row in in_order.values()
    }
    waiting = tuple(
        Waiting(
            kind=Kind(row.kind),
            measure_code=row.code,
            measure=found[row.id].name,
            period=Period(row.period.lower, row.period.upper),
            due_on=row.due_on,
            number=row.number,
        )
        for row in rows
        if row.kind is not None
    )
    return tuple(found.values()), waiting


def _name(row: Row[*tuple[Any, ...]]) -> str:
    name: str = row.name_en if language() == ENGLISH else row.name_vi
    return name


_WAITING = (
    text(
        """
    WITH parent AS (
        SELECT p.parent_id FROM placement p
        WHERE p.tenant_id = :tenant AND p.unit_id = :unit AND p.valid @> :today
    ), asked AS (
        SELECT r.* FROM quota_round r
        JOIN parent ON parent.parent_id = r.issuer_id
        WHERE r.tenant_id = :tenant AND upper(r.period) > :today
    ), given AS (
        -- Two selects, each by an index of its own: an OR would read the quotas of all units.
        SELECT d.measure_id, d.period, d.issuer_id, d.version, l.unit_id, l.count
        FROM quota_line l
        JOIN distribution d ON d.tenant_id = l.tenant_id AND d.id = l.distribution_id
        WHERE l.tenant_id = :tenant AND d.tenant_id = :tenant AND l.segment_id IS NULL
          AND d.source = 'assigned' AND d.state = 'published' AND upper(d.period) > :today
          AND l.unit_id = :unit
        UNION ALL
        SELECT d.measure_id, d.period, d.issuer_id, d.version, l.unit_id, l.count
        FROM distribution d
        JOIN quota_line l ON l.tenant_id = d.tenant_id AND l.distribution_id = d.id
        WHERE l.tenant_id = :tenant AND d.tenant_id = :tenant AND l.segment_id IS NULL
          AND d.source = 'assigned' AND d.state = 'published' AND upper(d.period) > :today
          AND d.issuer_id = :unit AND l.unit_id <> :unit
    ), overdistributed AS (
        SELECT g.measure_id, g.period, g.unit_id
        FROM given g
        JOIN distribution o
            ON o.tenant_id = :tenant AND o.source = 'assigned' AND o.state = 'published'
           AND o.issuer_id = g.unit_id AND o.measure_id = g.measure_id AND o.period = g.period
        WHERE o.assigned - o.reserve > g.count AND o.assigned <> g.count
    ), found AS (
        SELECT 'redistribute' AS kind, measure_id, period, CAST(NULL AS date) AS due_on,
               1 AS number, 1 AS rank
        FROM overdistributed WHERE unit_id = :unit
        UNION ALL
        SELECT 'agree', t.measure_id, t.period, NULL, t.count, 2
        FROM quota_transfer t
        WHERE t.tenant_id = :tenant AND t.state = 'proposed' AND t.proposer_id <> :unit
          AND :unit IN (t.giver_id, t.taker_id)
        UNION ALL
        SELECT 'approve', t.measure_id, t.period, NULL, t.count, 2
        FROM quota_transfer t
        WHERE t.tenant_id = :tenant AND t.state = 'agreed' AND t.issuer_id = :unit
        UNION ALL
        SELECT 'answer', r.measure_id, r.period,
               CASE WHEN s.unit_id IS NULL THEN r.survey_due_on ELSE r.registration_due_on END, 1, 3
        FROM asked r
        LEFT JOIN survey s
            ON s.tenant_id = :tenant AND s.round_id = r.id AND s.unit_id = :unit
        WHERE s.unit_id IS NULL OR NOT EXISTS (
            SELECT 1 FROM distribution d
            WHERE d.tenant_id = :tenant AND d.source = 'registered' AND d.state = 'published'
              AND d.issuer_id = :unit AND d.measure_id = r.measure_id AND d.period = r.period
        )
        UNION ALL
        SELECT 'sign', r.measure_id, r.period, r.commitment_due_on, g.count, 4
        FROM asked r
        JOIN given g
            ON g.issuer_id = r.issuer_id AND g.measure_id = r.measure_id
           AND g.period = r.period AND g.unit_id = :unit
        WHERE NOT EXISTS (
            SELECT 1 FROM commitment c
            JOIN distribution d ON d.tenant_id = c.tenant_id AND d.id = c.distribution_id
            JOIN quota_line l ON l.tenant_id = d.tenant_id AND l.distribution_id = d.id
            WHERE c.tenant_id = :tenant AND d.tenant_id = :tenant AND l.tenant_id = :tenant
              AND c.unit_id = :unit AND l.unit_id = :unit AND l.segment_id IS NULL
              AND d.issuer_id = r.issuer_id AND d.measure_id = r.measure_id
              AND d.period = r.period AND l.count = g.count
        )
        UNION ALL
        SELECT 'children_redistribute', measure_id, period, NULL, CAST(count(*) AS integer), 5
        FROM overdistributed WHERE unit_id <> :unit
        GROUP BY measure_id, period
    )
    SELECT m.id, m.code, m.name_vi, m.name_en, m.counted_step, m.rank,
           f.kind, f.period, f.due_on, f.number
    FROM measure m
    LEFT JOIN found f ON f.measure_id = m.id
    WHERE m.tenant_id = :tenant
    ORDER BY f.rank, f.due_on, f.period DESC, m.rank, m.id
    """
    )
    .bindparams(bindparam("today", type_=Date))
    .execution_options(**PREPARED)
)
