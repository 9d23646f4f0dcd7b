"""Counts of the children of several units at once, by month too, each by one statement.

As exact as `queries.counts`, and made of the same pieces. The children of a unit always add up to
it, but for what it did while it was a cell itself.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from app.core.database import db
from app.core.prepared import PREPARED
from app.rollups.queries import CUT_AND_PENDING, SPANS, Span, span_values
from app.tenants.context import Context


@dataclass(frozen=True)
class CountsBelow:
    """Counts by span, parent and child; of each month apart where months were asked for."""

    by_child: Mapping[tuple[str, int, int], int]
    by_month: Mapping[tuple[str, int, date], int]

    def of_child(self, span: str, parent_id: int, unit_id: int) -> int:
        """Return the count of a child while it stood under a parent."""
        return self.by_child.get((span, parent_id, unit_id), 0)

    def of_month(self, span: str, unit_id: int, month: date) -> int:
        """Return a child's count in a month, under whichever of the parents."""
        return self.by_month.get((span, unit_id, month), 0)


def counts_below(
    context: Context, *, parent_ids: Collection[int], measure_id: int, spans: Sequence[Span]
) -> CountsBelow:
    """Count the children of units over some spans."""
    return _counted(context, parent_ids, measure_id, spans, by_month=False)


def monthly_counts_below(
    context: Context, *, parent_ids: Collection[int], measure_id: int, spans: Sequence[Span]
) -> CountsBelow:
    """Count the children of units over some spans, and in each of their months."""
    return _counted(context, parent_ids, measure_id, spans, by_month=True)


def _counted(
    context: Context,
    parent_ids: Collection[int],
    measure_id: int,
    spans: Sequence[Span],
    *,
    by_month: bool,
) -> CountsBelow:
    rows = db.session.execute(
        _BELOW[by_month],
        {
            "tenant": context.tenant_id,
            "today": context.today,
            "parents": list(parent_ids),
            "measure": measure_id,
            **span_values(spans),
        },
    ).all()
    by_child: dict[tuple[str, int, int], int] = {}
    of_month: dict[tuple[str, int, date], int] = {}
    for row in rows:
        child = (row.span, row.parent_id, row.unit_id)
        by_child[child] = by_child.get(child, 0) + row.total
        if by_month:
            month = (row.span, row.unit_id, row.month)
            of_month[month] = of_month.get(month, 0) + row.total
    return CountsBelow(by_child, of_month)


# As in queries.py, for several units: a fact's parent is the last unit of the place it was found
# at. The end of a range of paths is worked out first, or row-level security keeps it from an index.
_PLACES = """
    place (tree, path, path_end, valid) AS MATERIALIZED (
        SELECT 1, x.path, x.path || '~', x.valid
        FROM position x
        WHERE x.tenant_id = :tenant AND x.unit_id = ANY(CAST(:parents AS bigint[]))
        UNION ALL
        SELECT 2, u.path, u.path || '~', '(,)'
        FROM unit u
        WHERE u.tenant_id = :tenant AND u.id = ANY(CAST(:parents AS bigint[]))
          AND u.path IS NOT NULL
    )
"""


def _below_statement(*, by_month: bool) -> str:
    month = "month" if by_month else "NULL::date"
    return f"""
        WITH {SPANS}, {_PLACES},
        child AS MATERIALIZED (
            SELECT p.parent_id, p.unit_id FROM placement p
            WHERE p.tenant_id = :tenant AND p.parent_id = ANY(CAST(:parents AS bigint[]))
              AND p.valid @> CAST(:today AS date)
        ),
        facts (span, parent_id, unit_id, month, total) AS (
            SELECT s.name, c.parent_id, c.unit_id, c.month, c.total
            FROM span s
            JOIN summary c
                ON c.tenant_id = :tenant AND c.parent_id = ANY(CAST(:parents AS bigint[]))
               AND c.measure_id = :measure
               AND c.month >= s.from_month AND c.month < s.end_month AND c.tree <> 2
            WHERE s.tree = 1
            UNION ALL
            SELECT s.name, k.parent_id, k.unit_id, c.month, c.total
            FROM span s
            CROSS JOIN child k
            JOIN summary c
                ON c.tenant_id = :tenant AND c.unit_id = k.unit_id AND c.measure_id = :measure
               AND c.month >= s.from_month AND c.month < s.end_month AND c.tree <> 1
            WHERE s.tree = 2
            UNION ALL
            SELECT f.span, CAST(split_part(rtrim(f.path, '.'), '.', -1) AS bigint),
                   CAST(nullif(split_part(substr(f.fact_path, length(f.path) + 1), '.', 1), '')
                        AS bigint),
                   f.month, f.total
            FROM ({CUT_AND_PENDING.format(segments="NULL::smallint[]")}) f
        )
        SELECT span, parent_id, unit_id, {month} AS month, sum(total)::integer AS total
        FROM facts
        WHERE unit_id IS NOT NULL
        GROUP BY 1, 2, 3, 4
        """  # noqa: S608 every piece is a constant of this module or of queries.py


_BELOW = {
    by_month: text(_below_statement(by_month=by_month)).execution_options(**PREPARED)
    for by_month in (False, True)
}
