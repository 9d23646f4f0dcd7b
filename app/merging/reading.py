"""What planning needs to know of a tenant, and its figures before and after. The session is its."""

from typing import Any

from sqlalchemy import text

from app.core.database import db
from app.merging.planning import Rows
from app.merging.tables import EMPTIED, MATCHED, OF_RECEIVER, RENAMED
from app.tenants.context import Context

_STANDING = " AND t.state IN ('scheduled', 'applied')"
"""Of reorganisations only those that stand keep their number for themselves."""

_CENTRAL_DRAFTS = text(
    """
    SELECT d.id, m.code AS measure, d.period::text AS period
    FROM distribution d
    JOIN measure m ON m.tenant_id = :tenant AND m.id = d.measure_id
    WHERE d.tenant_id = :tenant AND d.issuer_id IS NULL AND d.state = 'draft'
    """
)

_NOTE_FIGURES = text(
    """
    INSERT INTO merging_figure
    SELECT s.unit_id, m.code, s.month, t.tree, sum(s.total)
    FROM summary s
    JOIN measure m ON m.tenant_id = :tenant AND m.id = s.measure_id
    JOIN unnest(ARRAY[1, 2]) AS t (tree) ON s.tree IN (0, t.tree)
    WHERE s.tenant_id = :tenant
    GROUP BY 1, 2, 3, 4
    HAVING sum(s.total) <> 0
    """
)

_DIFFERENCES = text(
    """
    SELECT count(*)
    FROM (SELECT s.unit_id, m.code AS measure, s.month, t.tree, sum(s.total) AS total
          FROM summary s
          JOIN measure m ON m.tenant_id = :tenant AND m.id = s.measure_id
          JOIN unnest(CAST(:trees AS integer[])) AS t (tree) ON s.tree IN (0, t.tree)
          WHERE s.tenant_id = :tenant
          GROUP BY 1, 2, 3, 4
          HAVING sum(s.total) <> 0) a
    FULL JOIN (SELECT f.* FROM merging_figure f WHERE f.tree = ANY (:trees)) b
        ON b.unit_id = a.unit_id AND b.measure = a.measure AND b.month = a.month
       AND b.tree = a.tree
    WHERE a.total IS DISTINCT FROM b.total
    """
)


def rows_that_may_clash(context: Context) -> Rows:
    """Return the rows of the session's tenant that planning looks at, by table."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in (*MATCHED, *OF_RECEIVER):
        found[table] = list(
            db.session.scalars(
                text(f'SELECT to_jsonb(t) FROM "{table}" t WHERE t.tenant_id = :tenant'),  # noqa: S608 names of this package
                {"tenant": context.tenant_id},
            )
        )
    for table, column in (*RENAMED.items(), *EMPTIED.items()):
        if table in MATCHED:
            continue
        standing = _STANDING if table == "reorganisation" else ""
        rows = db.session.execute(
            text(
                f'SELECT t.id, t."{column}" AS value FROM "{table}" t'  # noqa: S608 as above
                f" WHERE t.tenant_id = :tenant{standing} ORDER BY t.id"
            ),
            {"tenant": context.tenant_id},
        )
        found[table] = [{"id": row.id, column: _plain(row.value)} for row in rows]
    drafts = db.session.execute(_CENTRAL_DRAFTS, {"tenant": context.tenant_id})
    found["distribution"] = [
        {"id": row.id, "measure": row.measure, "period": row.period} for row in drafts
    ]
    return found


def keep_figures() -> None:
    """Make a place for the figures of before, for this transaction."""
    db.session.execute(
        text(
            "CREATE TEMP TABLE merging_figure (unit_id bigint, measure text, month date,"
            " tree integer, total bigint) ON COMMIT DROP"
        )
    )


def note_figures(context: Context) -> None:
    """Keep every figure of the session's tenant, everything folded."""
    db.session.execute(_NOTE_FIGURES, {"tenant": context.tenant_id})


def differing_figures(context: Context, *, is_same_day: bool) -> int:
    """Count the figures of units, months and measures that are not as they were before.

    On today's tree they are compared where today is the same day as before.
    """
    return int(
        db.session.execute(
            _DIFFERENCES,
            {"tenant": context.tenant_id, "trees": [1, 2] if is_same_day else [1]},
        ).scalar_one()
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 of any column
    return bytes(value) if isinstance(value, memoryview) else value
