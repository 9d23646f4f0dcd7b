"""Exact counts, each by one statement.

Whole months come from the summaries, the months that a span cuts from the day counts, and
whatever is not folded yet from the deltas. So a figure equals a recount of the steps at that
moment whether or not a worker runs. Every row carries the tenant policy alone; callers have
checked that the unit lies in the reader's scope.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from app.core.database import db
from app.core.periods import whole_months
from app.core.prepared import PREPARED
from app.rollups.models import Tree
from app.tenants.context import PATH_END, Context


@dataclass(frozen=True)
class Span:
    """The days `first` to `last`, both counted, on one tree. `name` tells spans apart.

    Of a span without children only the unit's own counts are read.
    """

    name: str
    first: date
    last: date
    tree: Tree
    has_children: bool = True


@dataclass(frozen=True)
class Counts:
    """Counts of a unit by span: of each child, of each month, and of the unit itself.

    A child is named by its number; months by their first day. What has no count is absent. The
    children's counts are the unit's but for what a unit did while it was a cell itself.
    """

    by_child: Mapping[tuple[str, int], int]
    by_month: Mapping[tuple[str, date], int]

    def of_child(self, span: str, unit_id: int) -> int:
        """Return the count of a child, while it stood under the unit."""
        return self.by_child.get((span, unit_id), 0)

    def of_month(self, span: str, month: date) -> int:
        """Return the unit's count in a month."""
        return self.by_month.get((span, month), 0)

    def total(self, span: str) -> int:
        """Return the unit's own count."""
        return sum(count for (name, _), count in self.by_month.items() if name == span)


def counts(
    context: Context,
    *,
    unit_id: int,
    measure_id: int,
    spans: Sequence[Span],
    slot: int | None = None,
) -> Counts:
    """Count a unit and its children over some spans, in all or for the segment with a slot."""
    rows = db.session.execute(
        _COUNTS[slot is not None],
        {
            "tenant": context.tenant_id,
            "today": context.today,
            "unit": unit_id,
            "measure": measure_id,
            "slot": slot,
            **span_values(spans),
            **_reach("own", spans),
            **_reach("children", [span for span in spans if span.has_children]),
        },
    ).all()
    by_child: dict[tuple[str, int], int] = {}
    by_month: dict[tuple[str, date], int] = {}
    for span, child_id, month, total in rows:
        if month is None:
            by_child[span, child_id] = total
        else:
            by_month[span, month] = total
    return Counts(by_child, by_month)


def segment_counts(
    context: Context, *, unit_id: int, measure_id: int, span: Span
) -> tuple[int, Mapping[int, int]]:
    """Return a unit's count over a span, and its count by slot of each segment."""
    found = segment_counts_by_span(context, unit_id=unit_id, measure_id=measure_id, spans=(span,))
    return found[span.name]


def segment_counts_by_span(
    context: Context, *, unit_id: int, measure_id: int, spans: Sequence[Span]
) -> Mapping[str, tuple[int, Mapping[int, int]]]:
    """Return by span a unit's count, and its count by slot of each segment."""
    rows = db.session.execute(
        _SEGMENT_COUNTS,
        {
            "tenant": context.tenant_id,
            "unit": unit_id,
            "measure": measure_id,
            **span_values(spans),
        },
    ).all()
    by_span: dict[str, dict[int, int]] = {span.name: {} for span in spans}
    for row in rows:
        by_span[row.span][row.slot] = row.total
    return {name: (by_slot.pop(0, 0), by_slot) for name, by_slot in by_span.items()}


def totals_below(
    context: Context, *, path: str, measure_id: int, first: date, last: date
) -> dict[int, int]:
    """Return the counts of every unit at and below a path over some days, on today's tree."""
    split = whole_months(first, last)
    rows = db.session.execute(
        _TOTALS_BELOW,
        {
            "tenant": context.tenant_id,
            "measure": measure_id,
            "first_path": path,
            "last_path": path + PATH_END,
            "first": first,
            "last": last,
            "from_month": split.first_month,
            "end_month": split.end_month,
            "months": [day.replace(day=1) for day, _ in split.cut],
            "firsts": [day for day, _ in split.cut],
            "lasts": [day for _, day in split.cut],
        },
    )
    return {row.unit_id: row.total for row in rows}


def span_values(spans: Sequence[Span]) -> dict[str, list[object]]:
    """Return spans, and the pieces of months that they cut, as columns of parameters."""
    splits = [whole_months(span.first, span.last) for span in spans]
    cuts = [
        (span, first, last)
        for span, split in zip(spans, splits, strict=True)
        for first, last in split.cut
    ]
    return {
        "names": [span.name for span in spans],
        "firsts": [span.first for span in spans],
        "lasts": [span.last for span in spans],
        "trees": [int(span.tree) for span in spans],
        "from_months": [split.first_month for split in splits],
        "end_months": [split.end_month for split in splits],
        "have_children": [span.has_children for span in spans],
        "cut_names": [span.name for span, _, _ in cuts],
        "cut_trees": [int(span.tree) for span, _, _ in cuts],
        "cut_months": [first.replace(day=1) for _, first, _ in cuts],
        "cut_firsts": [first for _, first, _ in cuts],
        "cut_lasts": [last for _, _, last in cuts],
    }


def _reach(name: str, spans: Sequence[Span]) -> dict[str, date]:
    """Return between which months spans lie together: an index reads these and no other years."""
    splits = [whole_months(span.first, span.last) for span in spans]
    return {
        f"{name}_from": min((split.first_month for split in splits), default=date.max),
        f"{name}_end": max((split.end_month for split in splits), default=date.min),
    }


# Where the unit stands: at each date on the tree of then, today on today's tree. The end of its
# range of paths is worked out first: row-level security keeps a condition that concatenates out of
# an index.
_PLACES = """
    place (tree, path, path_end, valid) AS MATERIALIZED (
        SELECT 1, x.path, x.path || '~', x.valid
        FROM position x WHERE x.tenant_id = :tenant AND x.unit_id = :unit
        UNION ALL
        SELECT 2, u.path, u.path || '~', '(,)'
        FROM unit u WHERE u.tenant_id = :tenant AND u.id = :unit
    )
"""

# The day counts of the months that a span cuts, and the pending deltas of whole spans, below the
# places where the unit stands. Without their segments an index alone answers.
CUT_AND_PENDING = """
    SELECT c.name AS span, p.path, d.then_path AS fact_path, d.month, d.total, {segments}
    FROM cut c
    JOIN place p ON p.tree = 1
    JOIN day_count d
        ON d.tenant_id = :tenant AND d.measure_id = :measure AND d.month = c.month
       AND d.then_path >= p.path AND d.then_path < p.path_end
    WHERE c.tree = 1 AND d.counted_on BETWEEN c.first AND c.last AND d.counted_on <@ p.valid
    UNION ALL
    SELECT c.name, p.path, d.now_path, d.month, d.total, {segments}
    FROM cut c
    JOIN place p ON p.tree = 2
    JOIN day_count d
        ON d.tenant_id = :tenant AND d.measure_id = :measure AND d.month = c.month
       AND d.now_path >= p.path AND d.now_path < p.path_end
    WHERE c.tree = 2 AND d.counted_on BETWEEN c.first AND c.last
    UNION ALL
    SELECT s.name, p.path, CASE p.tree WHEN 1 THEN d.then_path ELSE d.now_path END,
           date_trunc('month', d.counted_on::timestamp)::date, d.amount, {segments}
    FROM delta d
    JOIN place p
        ON d.counted_on <@ p.valid
       AND CASE p.tree WHEN 1 THEN d.then_path ELSE d.now_path END >= p.path
       AND CASE p.tree WHEN 1 THEN d.then_path ELSE d.now_path END < p.path_end
    JOIN span s ON s.tree = p.tree AND d.counted_on BETWEEN s.first AND s.last
    WHERE d.tenant_id = :tenant AND d.measure_id = :measure
"""

SPANS = """
    span (name, first, last, tree, from_month, end_month, has_children) AS (
        SELECT * FROM unnest(CAST(:names AS text[]), CAST(:firsts AS date[]),
                             CAST(:lasts AS date[]), CAST(:trees AS smallint[]),
                             CAST(:from_months AS date[]), CAST(:end_months AS date[]),
                             CAST(:have_children AS boolean[]))
    ),
    cut (name, tree, month, first, last) AS (
        SELECT * FROM unnest(CAST(:cut_names AS text[]), CAST(:cut_trees AS smallint[]),
                             CAST(:cut_months AS date[]), CAST(:cut_firsts AS date[]),
                             CAST(:cut_lasts AS date[]))
    )
"""

# Which child of the unit a path runs through; the unit itself where the path ends there.
_CHILD = """
    coalesce(nullif(split_part(substr(f.fact_path, length(f.path) + 1), '.', 1), '')::bigint, :unit)
"""


def _counts_statement(*, is_segment: bool) -> str:
    whole = "coalesce(c.segments[CAST(:slot AS smallint)], 0)" if is_segment else "c.total"
    cut_and_pending = CUT_AND_PENDING.format(
        segments="d.segments" if is_segment else "NULL::smallint[]"
    )
    part = (
        "CASE WHEN CAST(:slot AS smallint) = ANY (f.segments) THEN f.total ELSE 0 END"
        if is_segment
        else "f.total"
    )
    return f"""
        WITH {SPANS}, {_PLACES},
        child AS MATERIALIZED (
            SELECT p.unit_id FROM placement p
            WHERE p.tenant_id = :tenant AND p.parent_id = :unit
              AND p.valid @> CAST(:today AS date)
        ),
        part (span, unit_id, month, total) AS (
            SELECT f.span, {_CHILD}, f.month, sum({part})
            FROM ({cut_and_pending}) f GROUP BY 1, 2, 3
        ),
        facts (span, unit_id, month, total) AS (
            SELECT s.name, c.unit_id, NULL::date, {whole}
            FROM span s
            JOIN summary c
                ON c.tenant_id = :tenant AND c.parent_id = :unit AND c.measure_id = :measure
               AND c.month >= s.from_month AND c.month < s.end_month AND c.tree <> 2
               AND c.month >= :children_from AND c.month < :children_end
            WHERE s.has_children AND s.tree = 1
            UNION ALL
            SELECT s.name, c.unit_id, NULL, {whole}
            FROM span s
            CROSS JOIN child k
            JOIN summary c
                ON c.tenant_id = :tenant AND c.unit_id = k.unit_id AND c.measure_id = :measure
               AND c.month >= s.from_month AND c.month < s.end_month AND c.tree <> 1
               AND c.month >= :children_from AND c.month < :children_end
            WHERE s.has_children AND s.tree = 2
            UNION ALL
            SELECT s.name, NULL, c.month, {whole}
            FROM span s
            JOIN summary c
                ON c.tenant_id = :tenant AND c.unit_id = :unit AND c.measure_id = :measure
               AND c.month >= s.from_month AND c.month < s.end_month
               AND (c.tree = 0 OR c.tree = s.tree)
               AND c.month >= :own_from AND c.month < :own_end
            UNION ALL
            SELECT p.span, p.unit_id, NULL, p.total FROM part p WHERE p.unit_id <> :unit
            UNION ALL
            SELECT p.span, NULL, p.month, p.total FROM part p
        )
        SELECT f.span, f.unit_id, f.month, sum(f.total)::integer AS total
        FROM facts f
        GROUP BY f.span, f.unit_id, f.month
        """  # noqa: S608 every piece is a constant of this module


# Parsed once: finding the parameters in so long a text takes as long as running it.
_COUNTS = {
    is_segment: text(_counts_statement(is_segment=is_segment)).execution_options(**PREPARED)
    for is_segment in (False, True)
}

# By slot of the segments; slot 0 stands for all.
_SEGMENT_COUNTS = text(f"""
    WITH {SPANS}, {_PLACES},
    months AS (
        SELECT s.name AS span, c.total, c.segments
        FROM span s
        JOIN summary c
            ON c.tenant_id = :tenant AND c.unit_id = :unit AND c.measure_id = :measure
           AND c.month >= s.from_month AND c.month < s.end_month
           AND (c.tree = 0 OR c.tree = s.tree)
    ),
    facts AS ({CUT_AND_PENDING.format(segments="d.segments")}),
    counted (span, slot, total) AS (
        SELECT m.span, 0, m.total FROM months m
        UNION ALL
        SELECT m.span, v.slot, v.total
        FROM months m CROSS JOIN LATERAL unnest(m.segments) WITH ORDINALITY AS v (total, slot)
        UNION ALL
        SELECT f.span, 0, f.total FROM facts f
        UNION ALL
        SELECT f.span, v.slot, f.total
        FROM facts f CROSS JOIN LATERAL unnest(f.segments) AS v (slot)
    )
    SELECT span, slot, sum(total)::integer AS total FROM counted GROUP BY span, slot
    """).execution_options(**PREPARED)  # noqa: S608 every piece is a constant of this module

# Facts of days name the path of their cell, and so every unit above it. Of the trees, the one that
# is not asked for is named: a list of the others would be taken for many searches of the index.
_TOTALS_BELOW = text("""
    WITH days (path, total) AS (
        SELECT d.now_path, d.total
        FROM unnest(CAST(:months AS date[]), CAST(:firsts AS date[]), CAST(:lasts AS date[]))
            AS cut (month, first, last)
        JOIN day_count d
            ON d.tenant_id = :tenant AND d.measure_id = :measure AND d.month = cut.month
           AND d.counted_on BETWEEN cut.first AND cut.last
        WHERE d.now_path >= :first_path AND d.now_path < :last_path
        UNION ALL
        SELECT d.now_path, d.amount
        FROM delta d
        WHERE d.tenant_id = :tenant AND d.measure_id = :measure
          AND d.counted_on BETWEEN :first AND :last
          AND d.now_path >= :first_path AND d.now_path < :last_path
    ),
    facts (unit_id, total) AS (
        SELECT c.unit_id, c.total
        FROM unit u
        JOIN summary c
            ON c.tenant_id = :tenant AND c.unit_id = u.id AND c.measure_id = :measure
           AND c.month >= :from_month AND c.month < :end_month AND c.tree <> 1
        WHERE u.tenant_id = :tenant AND u.path >= :first_path AND u.path < :last_path
        UNION ALL
        SELECT CAST(label AS bigint), days.total
        FROM days CROSS JOIN LATERAL unnest(string_to_array(rtrim(days.path, '.'), '.')) AS label
    )
    SELECT unit_id, sum(total)::integer AS total FROM facts GROUP BY unit_id
    """)
