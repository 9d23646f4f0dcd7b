"""Carrying the rows of one tenant over to another, as the owner of the tables.

The walls stand for the owner too: at no moment does a statement see two tenants. A table's rows
are read in the old tenant's context into a table of this transaction, written from there in the
receiver's, and deleted in the old one's. `tenant_id` is never updated.
"""

from collections.abc import Sequence

from sqlalchemy import Table, text

from app.core.database import DatabaseContext, apply_context, db
from app.merging.planning import Takeover
from app.merging.tables import (
    EMPTIED,
    JOINED,
    MATCHED,
    RENAMED,
    SLOTS,
    UNLOCKED,
    is_copied,
    references,
    tenant_tables,
    written_columns,
)
from app.tenants.context import WHOLE_SCOPE

INCOMING = 1_000_000
"""Added to the versions of the Centre's boards while they stand beside the receiver's."""

_TABLES_WITH_TRIGGERS = text(
    """
    SELECT DISTINCT c.relname
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relname = ANY (:tables)
    ORDER BY c.relname
    """
)


class CopyFailedError(Exception):
    """Not every row that was read was written: a fault of the program, and nothing is merged."""


def work_as(tenant_id: int) -> None:
    """Make the session a tenant's, with its whole tree."""
    apply_context(db.session(), DatabaseContext(tenant_id, *WHOLE_SCOPE))


def hold_tables() -> None:
    """Keep everybody from writing to what is copied until the end; reading goes on."""
    names = ", ".join(f'"{name}"' for name in sorted(_held_tables()))
    db.session.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


def still_triggers() -> tuple[str, ...]:
    """Switch off the triggers that guard history and keep books; return their tables.

    Only the owner can, and only while it holds the tables: what is written is a copy of what they
    have let through once.
    """
    tables: Sequence[str] = db.session.scalars(
        _TABLES_WITH_TRIGGERS, {"tables": sorted(_held_tables())}
    ).all()
    for name in tables:
        db.session.execute(text(f'ALTER TABLE "{name}" DISABLE TRIGGER USER'))
    return tuple(tables)


def wake_triggers(tables: Sequence[str]) -> None:
    """Check what was put off to the end of the transaction, and switch the triggers on again."""
    db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for name in tables:
        db.session.execute(text(f'ALTER TABLE "{name}" ENABLE TRIGGER USER'))
    db.session.execute(text("SET CONSTRAINTS ALL DEFERRED"))


def carry_over(source_id: int, into_id: int, plan: Takeover) -> int:
    """Copy all rows of a tenant, then delete them there; return how many were copied."""
    _note_plan(plan)
    copied = sum(
        _copy(table, source_id, into_id, plan) for table in tenant_tables() if is_copied(table)
    )
    db.session.execute(
        text("UPDATE login_name SET tenant_id = :into WHERE tenant_id = :source"),
        {"into": into_id, "source": source_id},
    )
    work_as(source_id)
    for table in reversed(tenant_tables()):
        db.session.execute(
            text(f'DELETE FROM "{table.name}" WHERE tenant_id = :source'),  # noqa: S608 a table's
            {"source": source_id},
        )
    return copied


def _held_tables() -> set[str]:
    return {table.name for table in tenant_tables()} - UNLOCKED


def _note_plan(plan: Takeover) -> None:
    """Put what becomes of single rows into tables of this transaction, for copying to join."""
    db.session.execute(text("DROP TABLE IF EXISTS pg_temp.moved_row, pg_temp.moved_slot"))
    db.session.execute(
        text(
            "CREATE TEMP TABLE moved_row (place text, id bigint, number bigint, value text,"
            " PRIMARY KEY (place, id)) ON COMMIT DROP"
        )
    )
    db.session.execute(
        text("CREATE TEMP TABLE moved_slot (slot smallint, becomes smallint) ON COMMIT DROP")
    )
    noted = [
        {"place": place, "id": row, "number": number, "value": None}
        for place, numbers in plan.numbers.items()
        for row, number in numbers.items()
    ] + [
        {"place": place, "id": row, "number": None, "value": value}
        for place, values in plan.renamed.items()
        for row, value in values.items()
    ]
    if noted:
        db.session.execute(
            text("INSERT INTO moved_row VALUES (:place, :id, :number, :value)"), noted
        )
    slots = [{"slot": slot, "becomes": becomes} for slot, becomes in plan.slots.items()]
    if slots:
        db.session.execute(text("INSERT INTO moved_slot VALUES (:slot, :becomes)"), slots)


_NOT_MATCHED = """
WHERE NOT EXISTS (
    SELECT 1 FROM moved_row c WHERE c.place = '{name}' AND c.id = t.id AND c.number IS NOT NULL
)
"""


def _copy(table: Table, source_id: int, into_id: int, plan: Takeover) -> int:
    name = table.name
    read = f"moving_{name}"
    work_as(source_id)
    db.session.execute(text(f'DROP TABLE IF EXISTS pg_temp."{read}"'))
    db.session.execute(
        text(
            f'CREATE TEMP TABLE "{read}" ON COMMIT DROP AS'  # noqa: S608 names of the metadata
            f' SELECT * FROM "{name}" t WHERE t.tenant_id = :source'
        ),
        {"source": source_id},
    )
    columns = written_columns(table)
    values = ", ".join(_value(table, column, plan) for column in columns)
    listed = ", ".join(f'"{column}"' for column in columns)
    others = _NOT_MATCHED.format(name=name) if name in {*MATCHED, *JOINED} else ""
    work_as(into_id)
    expected: int = db.session.execute(
        text(f'SELECT count(*) FROM "{read}" t{others}')  # noqa: S608 as above
    ).scalar_one()
    written = db.session.execute(
        text(
            f'INSERT INTO "{name}" ({listed}) SELECT {values} FROM "{read}" t{others}'  # noqa: S608
            " ON CONFLICT (tenant_id, id) DO NOTHING"
        ),
        {
            "into": into_id,
            "emptied": sorted(plan.emptied.get(name, ())),
        },
    )
    if written.rowcount != expected:  # type: ignore[attr-defined]
        raise CopyFailedError(f"{name}: {expected} rows read")
    db.session.execute(text(f'DROP TABLE pg_temp."{read}"'))
    return expected


def _value(table: Table, column: str, plan: Takeover) -> str:
    """Return the SQL of what a column says in the receiver."""
    name, own = table.name, f't."{column}"'
    if column == "tenant_id":
        return ":into"
    if (name, column) in _OF_THEIR_OWN:
        return _OF_THEIR_OWN[name, column]
    matched = references(table).get(column)
    if matched is not None:
        own = _noted("number", matched, own)
    if EMPTIED.get(name) == column and plan.emptied.get(name):
        return f"CASE WHEN NOT t.id = ANY (:emptied) THEN {own} END"
    if name in plan.renamed and column == RENAMED.get(name, "code"):
        return _noted("value", name, "t.id", otherwise=own)
    if SLOTS.get(name) == column and any(old != new for old, new in plan.slots.items()):
        return _SLOTS_OF_RECEIVER.format(own=own)
    return own


_SLOTS_OF_RECEIVER = """
ARRAY(
    SELECT coalesce(c.becomes, s.slot)
    FROM unnest({own}) s (slot) LEFT JOIN moved_slot c ON c.slot = s.slot
    ORDER BY 1
)
"""

_OF_THEIR_OWN = {
    # What the Centre gave stands beside the receiver's until `join_central_boards`.
    ("distribution", "version"): (
        f"CASE WHEN t.issuer_id IS NULL THEN t.version + {INCOMING} ELSE t.version END"
    ),
    ("segment", "slot"): "(SELECT c.becomes FROM moved_slot c WHERE c.slot = t.slot)",
    # What undoing would need is left behind.
    ("reorganisation", "is_final"): "true",
}


def _noted(what: str, place: str, row: str, *, otherwise: str | None = None) -> str:
    """Return the SQL of what is noted of a row of some table, or of what it is otherwise."""
    noted = f"SELECT c.{what} FROM moved_row c WHERE c.place = '{place}' AND c.id = {row}"  # noqa: S608 names of the metadata
    return f"coalesce(({noted}), {otherwise or row})"
