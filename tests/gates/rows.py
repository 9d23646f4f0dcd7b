"""What the serving role reaches, tried on every table with rows of two tenants in it.

Each function takes a connection that is, or acts as, the serving role, inside a transaction with
a context, and lists what is reached though it must not be. No statement asks for the tenant of
the context: the walls are tried, not the program's own filters.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.core.database import DatabaseContext
from app.factory import metadata

TENANT_TABLES = sorted(
    table.name
    for table in metadata().tables.values()
    if "tenant_id" in table.c and table.name != "login_name"
)
"""`login_name` is asked before the tenant is known; the serving role may not read it at all."""

PERSONAL_TABLES = (
    "approval",
    "carried_step",
    "case_file",
    "import_file",
    "import_row",
    "person",
    "person_move",
    "private_detail",
    "step",
    "transfer",
)
ABOUT_PEOPLE = ("audit_entry", *PERSONAL_TABLES)
"""Tables with rows that describe people, by the path of their cell."""

REFUSED_BY_THE_WALL = "42501"
OUTSIDE = "NOT (path >= :scope_from AND path < :scope_to)"

Rows = Mapping[str, str]
"""A row of each table, as JSON."""


def set_context(connection: Connection, context: DatabaseContext) -> None:
    """Give the running transaction a context, as the program does."""
    connection.execute(
        text("SELECT set_context(:tenant_id, :scope_from, :scope_to)"), vars(context)
    )


def visible_tables(connection: Connection) -> set[str]:
    """Return the tables in which any row is seen."""
    return {table for table in TENANT_TABLES if _count(connection, f"FROM {table}")}


def tables_showing_others(connection: Connection, context: DatabaseContext) -> set[str]:
    """Return the tables in which a row of another tenant is seen."""
    return {
        table
        for table in TENANT_TABLES
        if _count(connection, f"FROM {table} WHERE tenant_id <> :tenant_id", context)
    }


def tables_showing_outsiders(connection: Connection, context: DatabaseContext) -> set[str]:
    """Return the tables in which a row about a person outside the scope is seen."""
    return {
        table
        for table in ABOUT_PEOPLE
        if _count(connection, f"FROM {table} WHERE {OUTSIDE}", context)
    }


def writes_to_others(
    connection: Connection, context: DatabaseContext, rows_of_other: Rows
) -> set[str]:
    """Return what can be written of another tenant, as 'table: how'."""
    return set(_writes(connection, context, rows_of_other, "tenant_id <> :tenant_id"))


def writes_to_outsiders(
    connection: Connection, context: DatabaseContext, rows_of_outsiders: Rows
) -> set[str]:
    """Return what can be written of people outside the scope, as 'table: how'."""
    return set(_writes(connection, context, rows_of_outsiders, OUTSIDE))


def sample_rows(connection: Connection, tenant_id: int, path: str | None = None) -> Rows:
    """Return a row of each table of a tenant, of people at a path if one is given."""
    tables = PERSONAL_TABLES if path else TENANT_TABLES
    condition = " AND path = :path" if path else ""
    return {
        table: connection.execute(
            text(
                f"SELECT CAST(to_jsonb(r) AS text) FROM {table} AS r"
                f" WHERE tenant_id = :tenant{condition} LIMIT 1"
            ),
            {"tenant": tenant_id, "path": path},
        ).scalar_one()
        for table in tables
    }


def _writes(
    connection: Connection, context: DatabaseContext, rows: Rows, is_foreign: str
) -> Iterator[str]:
    for table, row in rows.items():
        columns = ", ".join(c.name for c in metadata().tables[table].c if c.computed is None)
        attempts = {
            "insert": f"INSERT INTO {table} ({columns}) SELECT {columns}"
            f' FROM jsonb_populate_record(CAST(NULL AS "{table}"), CAST(:row AS jsonb))',
            "update": f"UPDATE {table} SET tenant_id = tenant_id WHERE {is_foreign}",
            "delete": f"DELETE FROM {table} WHERE {is_foreign}",
        }
        for how, statement in attempts.items():
            if _gets_past_the_wall(connection, statement, {"row": row, **vars(context)}):
                yield f"{table}: {how}"


def _gets_past_the_wall(connection: Connection, statement: str, values: dict[str, Any]) -> bool:
    """Tell whether a statement was let through, if only to fail at a constraint behind."""
    attempt = connection.begin_nested()
    try:
        return bool(connection.execute(text(statement), values).rowcount)
    except DBAPIError as error:
        return getattr(error.orig, "pgcode", None) != REFUSED_BY_THE_WALL
    finally:
        attempt.rollback()


def _count(connection: Connection, source: str, context: DatabaseContext | None = None) -> int:
    counted: int = connection.execute(
        text(f"SELECT count(*) {source}"), vars(context) if context else {}
    ).scalar_one()
    return counted
