"""What is derived from the dated tree: positions by date, today's paths and today's names.

For commands alone. Each step applies only differences, so that drawing up an unchanged tree
again writes nothing.
"""

from typing import cast as typed

from sqlalchemy import Date, Select, Table, and_, cast, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from app.core.database import db
from app.core.rows import insert_rows
from app.tenants.context import Context
from app.units.models import Designation, Position, TreeState, Unit
from app.units.records import unit_values

# A tree without cycles ends; every placement below a root is reached through the days it shares
# with all above it.
_DERIVED = """
WITH RECURSIVE derived (unit_id, valid, path) AS (
    SELECT p.unit_id, p.valid, (p.unit_id || '.') COLLATE "C"
    FROM placement p
    WHERE p.tenant_id = :tenant AND p.parent_id IS NULL
    UNION ALL
    SELECT p.unit_id, p.valid * d.valid, d.path || p.unit_id || '.'
    FROM derived d
    JOIN placement p ON p.tenant_id = :tenant AND p.parent_id = d.unit_id AND p.valid && d.valid
)
"""

_DIFFERENCES = text(
    f"""
{_DERIVED}
SELECT k.id AS obsolete_id, coalesce(d.unit_id, k.unit_id) AS unit_id, d.valid::text, d.path
FROM derived d
FULL JOIN (
    SELECT o.id, o.unit_id, o.valid, o.path FROM position o WHERE o.tenant_id = :tenant
) k ON k.unit_id = d.unit_id AND k.valid = d.valid AND k.path = d.path
WHERE k.id IS NULL OR d.unit_id IS NULL
"""  # noqa: S608 both pieces are constants of this module
)

# A left join would say the same; after a first import, of which the planner knows nothing yet, it
# would compare every unit with every position.
_MOVED_TODAY = text(
    f"""
{_DERIVED}
SELECT u.id, d.path
FROM (SELECT o.id, o.path FROM unit o WHERE o.tenant_id = :tenant) u
FULL JOIN (SELECT t.unit_id, t.path FROM derived t WHERE t.valid @> CAST(:today AS date)) d
    ON d.unit_id = u.id
WHERE u.path IS DISTINCT FROM d.path
"""  # noqa: S608 as above
)

_LOCK = text(
    """
SELECT u.id FROM unit u
WHERE u.tenant_id = :tenant AND (u.id = ANY (:ids) OR u.path IS NULL OR u.heir_path IS NOT NULL)
ORDER BY u.id
FOR UPDATE
"""
)

_SET_PATHS = text(
    """
UPDATE unit u SET path = m.path
FROM unnest(CAST(:ids AS bigint[]), CAST(:paths AS text[])) AS m (id, path)
WHERE u.tenant_id = :tenant AND u.id = m.id
"""
)

# Who has no place today counts where its default heir stands, or the heir of that one; who has
# neither counts nowhere. Those with a heir and those without are put together rather than joined,
# and who has ended is looked up by its number: of units that ended a moment ago the planner expects
# one, and would compare each with each.
_SET_HEIR_PATHS = text(
    """
WITH RECURSIVE heir (unit_id, at_id) AS (
    SELECT u.id, u.id FROM unit u WHERE u.tenant_id = :tenant AND u.path IS NULL
    UNION
    SELECT h.unit_id, l.successor_id
    FROM heir h
    JOIN lineage l ON l.tenant_id = :tenant AND l.predecessor_id = h.at_id AND l.is_default
    WHERE (SELECT a.path FROM unit a WHERE a.tenant_id = :tenant AND a.id = h.at_id) IS NULL
),
wanted (id, path) AS (
    SELECT c.id, max(c.path)
    FROM (
        SELECT h.unit_id, a.path
        FROM heir h
        JOIN unit a ON a.tenant_id = :tenant AND a.id = h.at_id AND a.path IS NOT NULL
        UNION ALL
        SELECT o.id, NULL FROM unit o
        WHERE o.tenant_id = :tenant AND (o.path IS NULL OR o.heir_path IS NOT NULL)
    ) c (id, path)
    GROUP BY c.id
)
UPDATE unit u SET heir_path = w.path
FROM wanted w
WHERE u.tenant_id = :tenant AND u.id = w.id AND u.heir_path IS DISTINCT FROM w.path
RETURNING u.id
"""
)

_SET_NAMES = text(
    """
UPDATE unit u
SET name = n.name, sort_key = n.sort_key, search_key = n.search_key,
    level_id = n.level_id, kind_id = n.kind_id
FROM unnest(
    CAST(:id AS bigint[]), CAST(:name AS text[]), CAST(:sort_key AS text[]),
    CAST(:search_key AS text[]), CAST(:level_id AS bigint[]), CAST(:kind_id AS bigint[])
) AS n (id, name, sort_key, search_key, level_id, kind_id)
WHERE u.tenant_id = :tenant AND u.id = n.id
"""
)

_NEXT_CHANGE = text(
    """
SELECT min(c.day)
FROM (
    SELECT lower(p.valid) AS day FROM position p WHERE p.tenant_id = :tenant
    UNION ALL
    SELECT upper(p.valid) FROM position p WHERE p.tenant_id = :tenant
    UNION ALL
    SELECT lower(d.valid) FROM designation d WHERE d.tenant_id = :tenant
) c
WHERE c.day > :today
"""
)


def lock_tree(context: Context) -> None:
    """Wait for whoever changes the tenant's tree, and keep others waiting."""
    db.session.execute(
        insert_unless_there(TreeState)
        .values(tenant_id=context.tenant_id)
        .on_conflict_do_nothing(index_elements=["tenant_id"])
    )
    db.session.execute(
        select(TreeState.tenant_id)
        .where(TreeState.tenant_id == context.tenant_id)
        .with_for_update()
    )


def is_refresh_due(context: Context) -> bool:
    """Tell whether today's tree is another day's: names or paths may have changed since.

    A demonstration's clock may also have been turned back.
    """
    state = db.session.execute(
        select(TreeState.computed_on, TreeState.changes_on).where(
            TreeState.tenant_id == context.tenant_id
        )
    ).one_or_none()
    if state is None:
        return False
    computed_on, changes_on = state
    return (changes_on is not None and changes_on <= context.today) or context.today < computed_on


def redraw_positions(context: Context) -> tuple[int, ...]:
    """Make positions and today's paths those of the placements; return the units that changed.

    Whoever counts under a unit holds its row while reading its position (`record_deltas`), so
    all rows concerned are held, in the order of their numbers, before the first one changes:
    those of ended units too, whose heirs may have moved.
    """
    differences = db.session.execute(_DIFFERENCES, {"tenant": context.tenant_id}).all()
    moved = db.session.execute(
        _MOVED_TODAY, {"tenant": context.tenant_id, "today": context.today}
    ).all()
    changed = sorted({row.unit_id for row in differences} | {row.id for row in moved})
    if not changed:
        return ()
    db.session.execute(_LOCK, {"tenant": context.tenant_id, "ids": changed})
    obsolete = [row.obsolete_id for row in differences if row.obsolete_id is not None]
    if obsolete:
        db.session.execute(
            delete(Position).where(
                Position.tenant_id == context.tenant_id, Position.id.in_(obsolete)
            )
        )
    new = [row for row in differences if row.obsolete_id is None]
    if new:
        insert_rows(
            typed("Table", Position.__table__),
            {
                "unit_id": [row.unit_id for row in new],
                "valid": [row.valid for row in new],
                "path": [row.path for row in new],
            },
            {"tenant_id": context.tenant_id},
        )
    db.session.execute(
        _SET_PATHS,
        {
            "tenant": context.tenant_id,
            "ids": [row.id for row in moved],
            "paths": [row.path for row in moved],
        },
    )
    bequeathed = db.session.scalars(_SET_HEIR_PATHS, {"tenant": context.tenant_id})
    return tuple(sorted({*changed, *bequeathed}))


def redraw_names(context: Context) -> int:
    """Make each unit's row say what it is today; return how many said otherwise.

    The keys that names are sorted and found by are made in Python, hence the reading first.
    """
    renamed = [
        {"id": row.id, **unit_values(row.code, row.name, row.level_id, row.kind_id)}
        for row in db.session.execute(_misnamed(context))
    ]
    if renamed:
        columns = {name: [row[name] for row in renamed] for name in renamed[0]}
        db.session.execute(_SET_NAMES, {"tenant": context.tenant_id, **columns})
    return len(renamed)


def _misnamed(context: Context) -> Select[int, str, str, int, int]:
    """Select units with what they are today where their own row says otherwise."""
    return (
        select(Unit.id, Unit.code, Designation.name, Designation.level_id, Designation.kind_id)
        .join(
            Designation,
            and_(Designation.tenant_id == Unit.tenant_id, Designation.unit_id == Unit.id),
        )
        .where(
            Unit.tenant_id == context.tenant_id,
            Designation.tenant_id == context.tenant_id,
            Designation.valid.contains(context.today),
            or_(
                Designation.name != Unit.name,
                Designation.level_id != Unit.level_id,
                Designation.kind_id != Unit.kind_id,
            ),
        )
        .order_by(Unit.id)
    )


def note_refreshed(context: Context) -> None:
    """Keep for which day today's tree is drawn up, and on which day it changes next.

    A reorganisation that waits for its day changes it then.
    """
    next_change = db.session.execute(
        _NEXT_CHANGE, {"tenant": context.tenant_id, "today": context.today}
    ).scalar()
    db.session.execute(
        update(TreeState)
        .where(TreeState.tenant_id == context.tenant_id)
        .values(
            computed_on=context.today,
            changes_on=func.least(cast(next_change, Date), TreeState.reorganises_on),
        )
    )
