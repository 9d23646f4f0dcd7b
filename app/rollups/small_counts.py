"""What must be known to tell whether a unit's counts of sensitive groups may be shown.

For each quarter: where the unit stood, and how many were counted in all and of each group below
it, and below every unit on the way to it. Counts are exact, pending deltas included, and of the
tree of their dates. Callers decide by them and show what they have decided.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from app.core.database import db
from app.core.prepared import PREPARED
from app.tenants.context import Context


@dataclass(frozen=True)
class Quarter:
    """The first and the last day of a quarter."""

    first: date
    last: date


@dataclass(frozen=True)
class QuarterFigure:
    """A unit's count under a parent in a quarter, in all and of the group with a slot.

    `parent_id` is 0 above a root. `way` is the path of the unit asked about, None where it had no
    place or several; `is_still` says whether this unit had one path all through the quarter.
    """

    first: date
    way: tuple[int, ...] | None
    parent_id: int
    unit_id: int
    slot: int
    total: int
    part: int
    is_still: bool


def figures_on_the_way(
    context: Context,
    *,
    unit_id: int,
    measure_id: int,
    slots: Collection[int],
    quarters: Sequence[Quarter],
) -> tuple[QuarterFigure, ...]:
    """Return the figures of everybody on the way to a unit and beside it, by one statement."""
    rows = db.session.execute(
        _FIGURES,
        {
            "tenant": context.tenant_id,
            "unit": unit_id,
            "measure": measure_id,
            "slots": list(slots),
            "firsts": [quarter.first for quarter in quarters],
            "lasts": [quarter.last for quarter in quarters],
        },
    )
    return tuple(
        QuarterFigure(
            first=row.first,
            way=_way(row.way) if row.ways == 1 else None,
            parent_id=row.parent_id,
            unit_id=row.unit_id,
            slot=row.slot,
            total=row.total,
            part=row.part,
            is_still=row.paths == 1,
        )
        for row in rows
    )


def _way(path: str) -> tuple[int, ...]:
    return tuple(int(label) for label in path.rstrip(".").split("."))


_FIGURES = text("""
    WITH quarter (first, last) AS (
        SELECT * FROM unnest(CAST(:firsts AS date[]), CAST(:lasts AS date[]))
    ),
    slot (slot) AS (SELECT * FROM unnest(CAST(:slots AS smallint[]))),
    stood AS MATERIALIZED (
        SELECT q.first, q.last, min(x.path) AS way, count(DISTINCT x.path) AS ways
        FROM quarter q
        JOIN position x
            ON x.tenant_id = :tenant AND x.unit_id = :unit
           AND x.valid && daterange(q.first, q.last, '[]')
        GROUP BY q.first, q.last
    ),
    on_way AS MATERIALIZED (
        SELECT DISTINCT CAST(label AS bigint) AS id
        FROM stood CROSS JOIN LATERAL unnest(string_to_array(rtrim(way, '.'), '.')) AS label
    ),
    place AS MATERIALIZED (
        SELECT x.unit_id, x.path, x.path || '~' AS path_end, x.valid
        FROM on_way w
        JOIN position x ON x.tenant_id = :tenant AND x.unit_id = w.id
    ),
    pending AS (
        SELECT date_trunc('month', d.counted_on::timestamp)::date AS month, d.then_path,
               d.counted_on, d.amount, d.segments
        FROM delta d
        WHERE d.tenant_id = :tenant AND d.measure_id = :measure
    ),
    facts (month, parent_id, unit_id, slot, total, part) AS (
        SELECT c.month, c.parent_id, c.unit_id, s.slot, c.total, coalesce(c.segments[s.slot], 0)
        FROM on_way w
        JOIN summary c
            ON c.tenant_id = :tenant AND c.parent_id = w.id AND c.measure_id = :measure
           AND c.tree <> 2
        CROSS JOIN slot s
        WHERE c.month BETWEEN (SELECT min(first) FROM quarter) AND (SELECT max(last) FROM quarter)
        UNION ALL
        SELECT c.month, 0, c.unit_id, s.slot, c.total, coalesce(c.segments[s.slot], 0)
        FROM on_way w
        JOIN summary c
            ON c.tenant_id = :tenant AND c.unit_id = w.id AND c.parent_id = 0
           AND c.measure_id = :measure AND c.tree <> 2
        CROSS JOIN slot s
        WHERE c.month BETWEEN (SELECT min(first) FROM quarter) AND (SELECT max(last) FROM quarter)
        UNION ALL
        SELECT d.month, p.unit_id,
               CAST(nullif(split_part(substr(d.then_path, length(p.path) + 1), '.', 1), '')
                    AS bigint),
               s.slot, d.amount, CASE WHEN s.slot = ANY (d.segments) THEN d.amount ELSE 0 END
        FROM pending d
        JOIN place p
            ON d.counted_on <@ p.valid AND d.then_path >= p.path AND d.then_path < p.path_end
        CROSS JOIN slot s
        UNION ALL
        SELECT d.month, 0, CAST(split_part(d.then_path, '.', 1) AS bigint), s.slot, d.amount,
               CASE WHEN s.slot = ANY (d.segments) THEN d.amount ELSE 0 END
        FROM pending d
        CROSS JOIN slot s
        WHERE split_part(d.then_path, '.', 1) IN (SELECT w.id::text FROM on_way w)
    ),
    figures AS (
        SELECT q.first, q.last, q.way, q.ways, f.parent_id, f.unit_id, f.slot,
               sum(f.total)::integer AS total, sum(f.part)::integer AS part
        FROM facts f
        JOIN stood q ON f.month BETWEEN q.first AND q.last
        WHERE f.unit_id IS NOT NULL
        GROUP BY q.first, q.last, q.way, q.ways, f.parent_id, f.unit_id, f.slot
    )
    SELECT f.first, f.way, f.ways, f.parent_id, f.unit_id, f.slot, f.total, f.part,
           (SELECT count(DISTINCT x.path)
            FROM position x
            WHERE x.tenant_id = :tenant AND x.unit_id = f.unit_id
              AND x.valid && daterange(f.first, f.last, '[]')) AS paths
    FROM figures f
    """).execution_options(**PREPARED)
