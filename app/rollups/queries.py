"""Exact counts, each by one statement.

Whole months come from the summaries, the months that a span cuts from the day counts, and
whatever is not folded yet from the deltas. So a figure equals a recount of the steps at that
moment whether or not a worker runs. Every row carries the tenant policy alone; callers have
checked that the unit lies in the reader's scope.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from app.core.database import db
from app.core.periods import whole_months
from app.rollups.models import Tree
from app.tenants.context import Context


@dataclass(frozen=True)
class Span:
    """The days `first` to `last`, both counted, on one tree. `name` tells spans apart."""

    name: str
    first: date
    last: date
    tree: Tree


@dataclass(frozen=True)
class Counts:
    """Counts of a unit by span: of each child, of each month, and of the unit itself.

    A child is named by its number; months by their first day. What has no count is absent.
    """

    by_child: Mapping[tuple[str, int], int]
    by_month: Mapping[tuple[str, date], int]
    verified_at: datetime | None

    def of_child(self, span: str, unit_id: int) -> int:
        """Return the count of a child, while it stood under the unit."""
        return self.by_child.get((span, unit_id), 0)

    def of_month(self, span: str, month: date) -> int:
        """Return the unit's count in a month."""
        return self.by_month.get((span, month), 0)

    def total(self, span: str) -> int:
        """Return the unit's own count: by construction the sum of its children's."""
        return sum(count for (name, _), count in self.by_month.items() if name == span)


def counts(
    context: Context,
    *,
    unit_id: int,
    is_cell: bool,
    measure_id: int,
    spans: Sequence[Span],
    slot: int | None = None,
) -> Counts:
    """Count a unit and its children over some spans, in all or for the segment with a slot."""
    rows = db.session.execute(
        text(_statement(spans, is_cell=is_cell, is_segment=slot is not None)),
        {
            "tenant": context.tenant_id,
            "unit": unit_id,
            "measure": measure_id,
            "slot": slot,
            **_span_values(spans),
        },
    ).all()
    return Counts(
        by_child={(row.span, row.unit_id): row.total for row in rows if row.month is None},
        by_month={(row.span, row.month): row.total for row in rows if row.month is not None},
        verified_at=rows[0].verified_at if rows else None,
    )


def segment_counts(
    context: Context, *, unit_id: int, measure_id: int, span: Span
) -> tuple[int, Mapping[int, int]]:
    """Return a unit's count over a span, and its count by slot of each segment."""
    rows = db.session.execute(
        text(_segment_statement(span)),
        {
            "tenant": context.tenant_id,
            "unit": unit_id,
            "measure": measure_id,
            **_span_values((span,)),
        },
    ).all()
    by_slot = {row.slot: row.total for row in rows}
    return by_slot.pop(0, 0), by_slot


_COLUMN_OF_TREE = {Tree.THEN: "then_path", Tree.NOW: "now_path"}

# Where the unit stood: at each date on the tree of then, today on today's tree.
_PLACES = {
    Tree.THEN: """
    SELECT p.path, p.valid FROM position p
    WHERE p.tenant_id = :tenant AND p.unit_id = :unit""",
    Tree.NOW: """
    SELECT u.path, '(,)'::daterange AS valid FROM unit u
    WHERE u.tenant_id = :tenant AND u.id = :unit AND u.path IS NOT NULL""",
}


def _statement(spans: Sequence[Span], *, is_cell: bool, is_segment: bool) -> str:
    whole = "coalesce(s.segments[:slot], 0)" if is_segment else "s.total"
    arms = [
        arm
        for number, span in enumerate(spans)
        for arm in (
            _whole_months_arm(number, span, whole, key="unit_id" if is_cell else "parent_id"),
            *_cut_arms(number, span, is_segment=is_segment),
            _pending_arm(number, span, is_segment=is_segment),
        )
    ]
    return f"""
        WITH facts (span, unit_id, month, total) AS ({" UNION ALL ".join(arms)})
        SELECT f.span, f.unit_id, f.month, sum(f.total)::integer AS total,
               (SELECT r.verified_at FROM rollup_status r WHERE r.tenant_id = :tenant)
                   AS verified_at
        FROM facts f
        GROUP BY GROUPING SETS ((f.span, f.unit_id), (f.span, f.month))
        """  # noqa: S608 every piece is a constant of this module


def _whole_months_arm(number: int, span: Span, amount: str, *, key: str) -> str:
    return f"""
        SELECT :name_{number}, s.unit_id, s.month, {amount}
        FROM summary s
        WHERE s.tenant_id = :tenant AND s.{key} = :unit AND s.measure_id = :measure
          AND s.month >= :from_month_{number} AND s.month < :end_month_{number}
          AND s.tree IN (0, {int(span.tree)})
        """  # noqa: S608


def _cut_arms(number: int, span: Span, *, is_segment: bool) -> list[str]:
    path = f"d.{_COLUMN_OF_TREE[span.tree]}"
    return [
        f"""
        SELECT :name_{number}, {_child(path)}, d.month, {_amount("d.total", is_segment=is_segment)}
        FROM ({_PLACES[span.tree]}) x
        JOIN day_count d
            ON d.tenant_id = :tenant AND d.measure_id = :measure
           AND d.month = :cut_month_{number}_{piece}
           AND {path} >= x.path AND {path} < x.path || '~'
        WHERE d.counted_on BETWEEN :cut_first_{number}_{piece} AND :cut_last_{number}_{piece}
          AND d.counted_on <@ x.valid
        """  # noqa: S608
        for piece in range(len(whole_months(span.first, span.last).cut))
    ]


def _pending_arm(number: int, span: Span, *, is_segment: bool) -> str:
    path = f"d.{_COLUMN_OF_TREE[span.tree]}"
    return f"""
        SELECT :name_{number}, {_child(path)},
               date_trunc('month', d.counted_on::timestamp)::date,
               {_amount("d.amount", is_segment=is_segment)}
        FROM ({_PLACES[span.tree]}) x
        JOIN delta d
            ON d.tenant_id = :tenant AND d.measure_id = :measure
           AND {path} >= x.path AND {path} < x.path || '~'
        WHERE d.counted_on BETWEEN :first_{number} AND :last_{number}
          AND d.counted_on <@ x.valid
        """  # noqa: S608


def _child(path: str) -> str:
    """Return which child of the unit a path runs through; the unit itself where it ends there."""
    label = f"split_part(substr({path}, length(x.path) + 1), '.', 1)"
    return f"coalesce(nullif({label}, '')::bigint, :unit)"


def _amount(column: str, *, is_segment: bool) -> str:
    return f"CASE WHEN :slot = ANY (d.segments) THEN {column} ELSE 0 END" if is_segment else column


def _segment_statement(span: Span) -> str:
    """Count by slot; slot 0 stands for all."""
    path = f"d.{_COLUMN_OF_TREE[span.tree]}"
    cut = "".join(
        f"""
        UNION ALL
        SELECT d.segments, d.total
        FROM ({_PLACES[span.tree]}) x
        JOIN day_count d
            ON d.tenant_id = :tenant AND d.measure_id = :measure AND d.month = :cut_month_0_{piece}
           AND {path} >= x.path AND {path} < x.path || '~'
        WHERE d.counted_on BETWEEN :cut_first_0_{piece} AND :cut_last_0_{piece}
          AND d.counted_on <@ x.valid"""  # noqa: S608
        for piece in range(len(whole_months(span.first, span.last).cut))
    )
    return f"""
        WITH months AS (
            SELECT s.total, s.segments FROM summary s
            WHERE s.tenant_id = :tenant AND s.unit_id = :unit AND s.measure_id = :measure
              AND s.month >= :from_month_0 AND s.month < :end_month_0
              AND s.tree IN (0, {int(span.tree)})
        ),
        facts (segments, total) AS (
            SELECT d.segments, d.amount
            FROM ({_PLACES[span.tree]}) x
            JOIN delta d
                ON d.tenant_id = :tenant AND d.measure_id = :measure
               AND {path} >= x.path AND {path} < x.path || '~'
            WHERE d.counted_on BETWEEN :first_0 AND :last_0 AND d.counted_on <@ x.valid
            {cut}
        ),
        counted (slot, total) AS (
            SELECT 0, total FROM months
            UNION ALL
            SELECT v.slot, v.total FROM months m
            CROSS JOIN LATERAL unnest(m.segments) WITH ORDINALITY AS v (total, slot)
            UNION ALL
            SELECT 0, total FROM facts
            UNION ALL
            SELECT v.slot, f.total FROM facts f CROSS JOIN LATERAL unnest(f.segments) AS v (slot)
        )
        SELECT slot, sum(total)::integer AS total FROM counted GROUP BY slot
        """  # noqa: S608


def _span_values(spans: Sequence[Span]) -> dict[str, object]:
    values: dict[str, object] = {}
    for number, span in enumerate(spans):
        split = whole_months(span.first, span.last)
        values |= {
            f"name_{number}": span.name,
            f"first_{number}": span.first,
            f"last_{number}": span.last,
            f"from_month_{number}": split.first_month,
            f"end_month_{number}": split.end_month,
        }
        for piece, (first, last) in enumerate(split.cut):
            values |= {
                f"cut_month_{number}_{piece}": first.replace(day=1),
                f"cut_first_{number}_{piece}": first,
                f"cut_last_{number}_{piece}": last,
            }
    return values
