"""Folding, rebuilding and verifying the books. The writing itself is done by database functions."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from app.core.database import db
from app.tenants.context import Context

FOLD_BATCH = 20_000
"""Deltas folded in one transaction: about a second of work, and of waiting for the next one."""


@dataclass(frozen=True)
class Mismatch:
    """A figure that the books keep otherwise than a recount of the steps gives it."""

    unit: str
    month: date
    measure: str
    kept: int
    recounted: int


@dataclass(frozen=True)
class Verification:
    """What comparing every figure of a tenant with a recount has found."""

    figures: int
    mismatches: tuple[Mismatch, ...]


def fold(context: Context) -> int:  # noqa: ARG001 the session is this tenant's
    """Fold a batch of the tenant's deltas; return how many there were, 0 when all are folded."""
    folded: int = db.session.execute(
        text("SELECT fold_deltas(:batch)"), {"batch": FOLD_BATCH}
    ).scalar_one()
    return folded


def rebuild(context: Context) -> int:  # noqa: ARG001 the session is this tenant's
    """Make the tenant's books equal its steps; return how many summary rows they now hold."""
    figures: int = db.session.execute(text("SELECT rebuild_rollups()")).scalar_one()
    return figures


def recredit(context: Context, unit_ids: tuple[int, ...]) -> None:  # noqa: ARG001 as above
    """Credit what these cells have counted under the positions they now have."""
    db.session.execute(text("SELECT recredit(:cells)"), {"cells": list(unit_ids)})


def verify(context: Context) -> Verification:
    """Recount every figure from the steps, compare by one statement, and record the result.

    A figure is the count of a unit, as a child of one parent, in a month, for a measure, in all
    (slot 0) or for one segment. The context's scope must be the whole tenant.
    """
    rows = db.session.execute(text(_COMPARISON), {"tenant": context.tenant_id}).all()
    figures = rows[0].figures if rows else 0
    mismatches = tuple(
        Mismatch(row.unit, row.month, row.measure, row.kept, row.recounted)
        for row in rows
        if row.kept != row.recounted
    )
    db.session.execute(
        text("SELECT record_verification(:figures, :wrong)"),
        {"figures": figures, "wrong": len(mismatches)},
    )
    return Verification(figures, mismatches)


# Both sides as (where, slot) -> count; the books' side is what a reader gets: the summaries with
# the pending deltas on top. Counts are added up where they count first, and each pair of paths is
# then credited as a whole. The day counts, which cut months are read from, are compared fact by
# fact besides. One row always comes back, with the number of figures.
_COMPARISON = """
WITH pending_leaves AS (
    SELECT d.then_path, d.now_path, d.measure_id,
           date_trunc('month', d.counted_on::timestamp)::date AS month, s.slot,
           sum(d.amount) AS total
    FROM delta d CROSS JOIN LATERAL unnest(0::smallint || d.segments) AS s (slot)
    WHERE d.tenant_id = :tenant
    GROUP BY d.then_path, d.now_path, d.measure_id, month, s.slot
),
source_leaves AS (
    SELECT r.then_path, r.now_path, r.measure_id,
           date_trunc('month', r.counted_on::timestamp)::date AS month, s.slot,
           sum(r.total) AS total
    FROM recount r CROSS JOIN LATERAL unnest(0::smallint || r.segments) AS s (slot)
    WHERE r.tenant_id = :tenant
    GROUP BY r.then_path, r.now_path, r.measure_id, month, s.slot
),
day_difference AS (
    SELECT b.cell_id AS unit_id, b.measure_id,
           date_trunc('month', b.counted_on::timestamp)::date AS month,
           sum(b.kept) AS kept, sum(b.recounted) AS recounted
    FROM (SELECT k.measure_id, k.cell_id, k.counted_on, k.then_path, k.now_path, k.segments,
                 k.total AS kept, 0 AS recounted
          FROM books k WHERE k.tenant_id = :tenant
          UNION ALL
          SELECT r.measure_id, r.cell_id, r.counted_on, r.then_path, r.now_path, r.segments,
                 0, r.total
          FROM recount r WHERE r.tenant_id = :tenant) b
    GROUP BY b.measure_id, b.cell_id, b.counted_on, b.then_path, b.now_path, b.segments
    HAVING sum(b.kept) <> sum(b.recounted)
),
pairs AS (
    SELECT l.then_path, l.now_path, array_agg(l.measure_id) AS measures,
           array_agg(l.month) AS months, array_agg(l.slot) AS slots,
           array_agg(l.kept) AS kept, array_agg(l.recounted) AS recounted
    FROM (SELECT then_path, now_path, measure_id, month, slot, total AS kept, 0 AS recounted
          FROM pending_leaves
          UNION ALL
          SELECT then_path, now_path, measure_id, month, slot, 0, total FROM source_leaves) l
    GROUP BY l.then_path, l.now_path
),
places AS MATERIALIZED (
    SELECT c.unit_id, c.parent_id, c.tree, p.measures, p.months, p.slots, p.kept, p.recounted
    FROM pairs p CROSS JOIN LATERAL credited(p.then_path, p.now_path) c
),
sides (unit_id, parent_id, tree, measure_id, month, slot, kept, recounted) AS (
    SELECT unit_id, parent_id, tree, measure_id, month, 0, total, 0 FROM summary
    WHERE tenant_id = :tenant
    UNION ALL
    SELECT s.unit_id, s.parent_id, s.tree, s.measure_id, s.month, v.slot, v.total, 0
    FROM summary s CROSS JOIN LATERAL unnest(s.segments) WITH ORDINALITY AS v (total, slot)
    WHERE s.tenant_id = :tenant AND v.total <> 0
    UNION ALL
    SELECT c.unit_id, c.parent_id, c.tree, l.measure_id, l.month, l.slot, l.kept, l.recounted
    FROM places c
    CROSS JOIN LATERAL unnest(c.measures, c.months, c.slots, c.kept, c.recounted)
        AS l (measure_id, month, slot, kept, recounted)
),
figures AS (
    SELECT unit_id, parent_id, tree, measure_id, month, slot,
           sum(kept) AS kept, sum(recounted) AS recounted
    FROM sides
    GROUP BY unit_id, parent_id, tree, measure_id, month, slot
),
wrong AS (
    SELECT unit_id, measure_id, month, kept, recounted FROM figures WHERE kept <> recounted
    UNION ALL
    SELECT unit_id, measure_id, month, kept, recounted FROM day_difference
)
SELECT counted.figures, u.code AS unit, w.month, m.code AS measure,
       w.kept::integer AS kept, w.recounted::integer AS recounted
FROM (SELECT count(*) AS figures FROM figures) counted
LEFT JOIN wrong w ON true
LEFT JOIN unit u ON u.tenant_id = :tenant AND u.id = w.unit_id
LEFT JOIN measure m ON m.tenant_id = :tenant AND m.id = w.measure_id
ORDER BY u.code, w.month, m.code
"""
