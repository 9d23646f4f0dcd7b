"""P7: the same statements with row-level security and without, on one connection of the owner.

The statements are those that the program sends, caught on their way. The owner is behind the walls
too (they are forced); for the other side they are taken down in a transaction that is rolled back.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg2
from sqlalchemy import event

from app.core.database import db
from app.core.settings import Settings
from app.tenants.context import tenant_transaction

_TURNS, _CALLS, _WARMING = 8, 40, 5


def walls(settings: Settings, tenant: str, reads: Mapping[str, Callable[[Any], object]]) -> None:
    """Print the median of each read on both sides; a read is given the tenant's context."""
    print("\nP7  one read, median ms")
    print(f"    {'':<24} {'with RLS':>9} {'without':>9} {'ratio':>7}")
    url = settings.migration_database_url.replace("postgresql+psycopg2", "postgresql")
    connection = psycopg2.connect(url)
    for name, read in reads.items():
        tenant_id, sent = _sent(tenant, read)
        times: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(_TURNS):
            for is_walled in times:
                with connection.cursor() as cursor:
                    if not is_walled:
                        _take_down(cursor)
                    cursor.execute("SELECT set_context(%s, '0', '~')", [tenant_id])
                    times[is_walled] += _timed(cursor, sent)[_WARMING:]
                connection.rollback()
        walled, bare = (statistics.median(times[side]) for side in (True, False))
        print(f"    {name:<24} {walled:9.2f} {bare:9.2f} {walled / bare:7.2f}")
    connection.close()


def _sent(tenant: str, read: Callable[[Any], object]) -> tuple[int, list[tuple[str, Any]]]:
    """Return what a read sends, before it is prepared under a name."""
    sent: list[tuple[str, Any]] = []

    def keep(*call: Any) -> None:  # noqa: ANN401 as SQLAlchemy calls it
        _, _, _, parameters, context, _ = call
        # What the context says is the statement itself, not the name that it is prepared under.
        if context is not None:
            sent.append((context.statement, parameters))

    with tenant_transaction(tenant) as context:
        event.listen(db.engine, "before_cursor_execute", keep)
        try:
            read(context)
        finally:
            event.remove(db.engine, "before_cursor_execute", keep)
        return context.tenant_id, sent


def _take_down(cursor: Any) -> None:  # noqa: ANN401 the driver's own
    cursor.execute("SELECT oid::regclass::text FROM pg_class WHERE relrowsecurity")
    for (table,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def _timed(cursor: Any, sent: list[tuple[str, Any]]) -> list[float]:  # noqa: ANN401 as above
    times = []
    for _ in range(_CALLS):
        started = time.perf_counter()
        for statement, parameters in sent:
            cursor.execute(statement, parameters)
            cursor.fetchall()
        times.append((time.perf_counter() - started) * 1000)
    return times
