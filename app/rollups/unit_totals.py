"""Counts of several units side by side, each over days of its own, by one statement.

Every total is the one that the unit's own page gives: whole months from the summaries, cut months
from the day counts, what is not folded yet from the deltas; on the tree of then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from app.core.database import db
from app.core.periods import whole_months
from app.tenants.context import Context


@dataclass(frozen=True)
class AskedTotal:
    """The count of a unit for a measure over the days `first` to `last`, both counted."""

    unit_id: int
    measure_id: int
    first: date
    last: date


def unit_totals(context: Context, asked: Sequence[AskedTotal]) -> tuple[int, ...]:
    """Return the counts asked for, in the order in which they were asked."""
    if not asked:
        return ()
    splits = [whole_months(one.first, one.last) for one in asked]
    cuts = [(place, *cut) for place, split in enumerate(splits) for cut in split.cut]
    rows = db.session.execute(
        _TOTALS,
        {
            "tenant": context.tenant_id,
            "places": list(range(len(asked))),
            "units": [one.unit_id for one in asked],
            "measures": [one.measure_id for one in asked],
            "firsts": [one.first for one in asked],
            "lasts": [one.last for one in asked],
            "from_months": [split.first_month for split in splits],
            "end_months": [split.end_month for split in splits],
            "cut_places": [place for place, _, _ in cuts],
            "cut_months": [first.replace(day=1) for _, first, _ in cuts],
            "cut_firsts": [first for _, first, _ in cuts],
            "cut_lasts": [last for _, _, last in cuts],
        },
    )
    found = {row.place: row.total for row in rows}
    return tuple(found.get(place, 0) for place in range(len(asked)))


_TOTALS = text("""
    WITH asked (place, unit_id, measure_id, first, last, from_month, end_month) AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:places AS integer[]), CAST(:units AS bigint[]),
                             CAST(:measures AS bigint[]), CAST(:firsts AS date[]),
                             CAST(:lasts AS date[]), CAST(:from_months AS date[]),
                             CAST(:end_months AS date[]))
    ),
    cut (place, month, first, last) AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:cut_places AS integer[]), CAST(:cut_months AS date[]),
                             CAST(:cut_firsts AS date[]), CAST(:cut_lasts AS date[]))
    ),
    stood (place, measure_id, first, last, path, path_end, valid) AS MATERIALIZED (
        SELECT a.place, a.measure_id, a.first, a.last, p.path, p.path || '~', p.valid
        FROM asked a
        JOIN position p ON p.tenant_id = :tenant AND p.unit_id = a.unit_id
    ),
    facts (place, total) AS (
        SELECT a.place, s.total
        FROM asked a
        JOIN summary s
            ON s.tenant_id = :tenant AND s.unit_id = a.unit_id AND s.measure_id = a.measure_id
           AND s.month >= a.from_month AND s.month < a.end_month AND s.tree <> 2
        UNION ALL
        SELECT c.place, d.total
        FROM cut c
        JOIN stood t ON t.place = c.place
        JOIN day_count d
            ON d.tenant_id = :tenant AND d.measure_id = t.measure_id AND d.month = c.month
           AND d.then_path >= t.path AND d.then_path < t.path_end
        WHERE d.counted_on BETWEEN c.first AND c.last AND d.counted_on <@ t.valid
        UNION ALL
        SELECT t.place, d.amount
        FROM delta d
        JOIN stood t
            ON t.measure_id = d.measure_id AND d.counted_on BETWEEN t.first AND t.last
           AND d.counted_on <@ t.valid AND d.then_path >= t.path AND d.then_path < t.path_end
        WHERE d.tenant_id = :tenant
    )
    SELECT place, sum(total)::integer AS total FROM facts GROUP BY place
    """)
