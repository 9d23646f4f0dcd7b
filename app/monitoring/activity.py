"""What goes on below each child of a unit: cases on their way, and when anything last happened.

Both are of today's tree. The day is that of the last step of any measure, or the last of which a
cell has said that nothing arose, and not the moment at which somebody typed it: a list taken in at
once would make everybody busy today.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from app.cases.rules import StepKind
from app.core.database import db
from app.core.prepared import PREPARED
from app.tenants.context import Context

BEFORE_DECISION = tuple(
    kind
    for kind in StepKind
    if list(StepKind).index(kind) < list(StepKind).index(StepKind.DECISION)
)
"""The stages of those who are on their way to admission."""

LOOKED_BACK_YEARS = 3
"""What happened longer ago is told as 'not for years'."""


@dataclass(frozen=True)
class Activity:
    """Open cases before their decision, and the last day of which anything is told."""

    in_hand: int
    last_on: date | None


NOTHING_AT_ALL = Activity(0, None)


def activity_below(
    context: Context, unit_id: int, measure_ids: Collection[int], last: date
) -> Mapping[int, Activity]:
    """Return what goes on below each child of a unit up to a day, by one statement."""
    first = last.replace(year=last.year - LOOKED_BACK_YEARS, day=1)
    rows = db.session.execute(
        _ACTIVITY,
        {
            "tenant": context.tenant_id,
            "unit": unit_id,
            "measures": list(measure_ids),
            "stages": [kind.value for kind in BEFORE_DECISION],
            "first": first,
            "last": last,
        },
    )
    return {row.id: Activity(row.in_hand, row.last_on) for row in rows}


# The months in which a child last counted something say where the day must be looked for: in the
# last one or, where all of that lies behind the day asked for, in the one before. The end of a
# range of paths is worked out first, or row-level security keeps it from an index.
_ACTIVITY = text("""
    WITH child AS MATERIALIZED (
        SELECT u.id, u.path, u.path || '~' AS path_end
        FROM placement p
        JOIN unit u ON u.tenant_id = :tenant AND u.id = p.unit_id
        WHERE p.tenant_id = :tenant AND p.parent_id = :unit AND p.valid @> CAST(:last AS date)
          AND u.path IS NOT NULL
    ),
    counted AS MATERIALIZED (
        SELECT c.unit_id, c.month,
               row_number() OVER (PARTITION BY c.unit_id ORDER BY c.month DESC) AS place
        FROM child
        JOIN summary c
            ON c.tenant_id = :tenant AND c.unit_id = child.id
           AND c.measure_id = ANY(CAST(:measures AS bigint[]))
        WHERE c.month >= :first AND c.month <= :last AND c.tree <> 1
        GROUP BY c.unit_id, c.month
        HAVING sum(c.total) > 0
    ),
    days (unit_id, counted_on) AS (
        SELECT child.id, d.counted_on
        FROM counted
        JOIN child ON child.id = counted.unit_id
        JOIN day_count d
            ON d.tenant_id = :tenant AND d.measure_id = ANY(CAST(:measures AS bigint[]))
           AND d.month = counted.month
           AND d.now_path >= child.path AND d.now_path < child.path_end
        WHERE counted.place <= 2 AND d.total > 0
        UNION ALL
        -- By the names in its path, for thousands may be pending and none is sorted by child.
        SELECT child.id, d.counted_on
        FROM delta d
        CROSS JOIN LATERAL unnest(string_to_array(rtrim(d.now_path, '.'), '.')) AS label
        JOIN child ON child.id = CAST(label AS bigint)
        WHERE d.tenant_id = :tenant AND d.measure_id = ANY(CAST(:measures AS bigint[]))
          AND d.amount > 0
    ),
    -- A cell's word that nothing arose is an entry too, of the last day that it tells of.
    told (unit_id, counted_on) AS (
        SELECT child.id, least(upper(n.span) - 1, CAST(:last AS date))
        FROM child
        JOIN unit cell
            ON cell.tenant_id = :tenant
           AND cell.path >= child.path AND cell.path < child.path_end
        JOIN nil_report n ON n.tenant_id = :tenant AND n.cell_id = cell.id
        WHERE lower(n.span) <= CAST(:last AS date)
    ),
    last_day (unit_id, last_on) AS (
        SELECT d.unit_id, max(d.counted_on)
        FROM (SELECT * FROM days UNION ALL SELECT * FROM told) d
        WHERE d.counted_on BETWEEN :first AND :last
        GROUP BY d.unit_id
    ),
    open_case (unit_id, in_hand) AS (
        SELECT child.id, count(*)
        FROM child
        JOIN case_file f
            ON f.tenant_id = :tenant AND f.path >= child.path AND f.path < child.path_end
        WHERE f.is_current AND NOT f.is_closed AND f.stage = ANY(CAST(:stages AS text[]))
        GROUP BY child.id
    )
    SELECT child.id, coalesce(o.in_hand, 0) AS in_hand, l.last_on
    FROM child
    LEFT JOIN last_day l ON l.unit_id = child.id
    LEFT JOIN open_case o ON o.unit_id = child.id
    """).execution_options(**PREPARED)
