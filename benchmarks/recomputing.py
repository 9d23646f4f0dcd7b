"""P5: drawing up all books anew, beside DuckDB doing the same end to end, figure by figure.

End to end means for DuckDB: the steps come out of the database by COPY, and what was counted goes
back into a table with the summary's key. Each tenant is done by both sides before the next one;
ours first with no summary left, then once more with all of it right.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import psycopg2

from app.core.settings import Settings

_SOURCE = """
    COPY (
        SELECT m.id AS measure_id, date_trunc('month', s.taken_on::timestamp)::date AS month,
               p.path, array_to_string(s.segments, ',') AS segments
        FROM step s
        JOIN measure m ON m.tenant_id = s.tenant_id AND m.counted_step = s.kind
        JOIN position p
            ON p.tenant_id = s.tenant_id AND p.unit_id = s.cell_id AND p.valid @> s.taken_on
        WHERE s.tenant_id = {tenant}
    ) TO STDOUT (FORMAT csv, HEADER)
"""

_COUNTED = """
    COPY (
        WITH fact AS (
            SELECT measure_id, month, path, segments, count(*) AS n
            FROM read_csv('{source}', header = true,
                          columns = {{'measure_id': 'BIGINT', 'month': 'DATE',
                                      'path': 'VARCHAR', 'segments': 'VARCHAR'}})
            GROUP BY ALL
        ),
        leaf AS (
            SELECT measure_id, month, path, slot, sum(n) AS n
            FROM (SELECT measure_id, month, path, n, unnest(list_concat([0],
                             CASE WHEN segments IS NULL OR segments = '' THEN []
                                  ELSE string_split(segments, ',')::INTEGER[] END)) AS slot
                  FROM fact)
            GROUP BY ALL
        ),
        place AS (
            SELECT path, ids, unnest(range(1, len(ids) + 1)) AS depth
            FROM (SELECT DISTINCT path, string_split(rtrim(path, '.'), '.')::BIGINT[] AS ids
                  FROM fact)
        ),
        figure AS (
            SELECT p.ids[p.depth] AS unit_id, l.measure_id, l.month,
                   CASE WHEN p.depth > 1 THEN p.ids[p.depth - 1] ELSE 0 END AS parent_id,
                   l.slot, sum(l.n)::BIGINT AS n
            FROM leaf l JOIN place p USING (path)
            GROUP BY ALL
        ),
        vector AS (
            SELECT unit_id, measure_id, month, parent_id,
                   sum(n) FILTER (WHERE slot = 0) AS total, max(slot) AS last,
                   map_from_entries(list((slot, n))) AS counts
            FROM figure GROUP BY ALL
        )
        SELECT unit_id, measure_id, month, parent_id, total,
               '{{' || array_to_string(list_transform(range(1, last + 1),
                   lambda slot: coalesce(counts[slot::INTEGER], 0)), ',') || '}}' AS segments
        FROM vector
    ) TO '{counted}' (HEADER)
"""

_TABLE = """
    CREATE TEMP TABLE recounted (
        unit_id bigint, measure_id bigint, month date, parent_id bigint, total integer,
        segments integer[], PRIMARY KEY (unit_id, measure_id, month, parent_id)
    ) ON COMMIT DROP
"""

_DIFFERING = """
    SELECT count(*)
    FROM (SELECT * FROM summary WHERE tenant_id = %(tenant)s) s
    FULL JOIN recounted r
        ON r.unit_id = s.unit_id AND r.measure_id = s.measure_id AND r.month = s.month
       AND r.parent_id = s.parent_id
    WHERE (s.tree, s.total, s.segments) IS DISTINCT FROM (0::smallint, r.total, r.segments)
"""


def recomputing(settings: Settings) -> None:
    """Print how long both sides take over all tenants, and how many figures differ."""
    url = settings.migration_database_url.replace("postgresql+psycopg2", "postgresql")
    ours = again = theirs = 0.0
    tenants = figures = differing = 0
    with TemporaryDirectory() as folder:
        for connection, tenant in _tenants(url):
            _empty(connection, tenant)
            seconds, rows = _ours(connection)
            ours += seconds
            figures += rows
            again += _ours(connection)[0]
            seconds, wrong = _theirs(connection, tenant, Path(folder))
            theirs += seconds
            differing += wrong
            tenants += 1
    print(
        f"\nP5  full recomputation of {tenants} tenants with all segments, {figures} summary rows"
    )
    print(f"    from no summary      {ours:8.2f} s, ratio {ours / theirs:.2f}")
    print(f"    nothing found wrong  {again:8.2f} s, ratio {again / theirs:.2f}")
    print(f"    DuckDB, end to end   {theirs:8.2f} s")
    print(f"    summary rows differing {differing}")


def _tenants(url: str) -> Iterator[tuple[Any, int]]:
    """Yield each synthetic tenant in a transaction of its own, which is rolled back."""
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM tenant WHERE code ~ '^QG[0-9]+$' ORDER BY code")
        tenants = [row[0] for row in cursor.fetchall()]
    for tenant in tenants:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_context(%s, '0', '~')", [tenant])
        yield connection, tenant
        connection.rollback()
    connection.close()


def _empty(connection: Any, tenant: int) -> None:  # noqa: ANN401
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM summary WHERE tenant_id = %s", [tenant])


def _ours(connection: Any) -> tuple[float, int]:  # noqa: ANN401
    with connection.cursor() as cursor:
        started = time.perf_counter()
        cursor.execute("SELECT rebuild_rollups()")
        rows = cursor.fetchone()[0]
        return time.perf_counter() - started, rows


def _theirs(connection: Any, tenant: int, folder: Path) -> tuple[float, int]:  # noqa: ANN401
    source, counted = folder / "source.csv", folder / "counted.csv"
    with connection.cursor() as cursor:
        started = time.perf_counter()
        with source.open("w") as file:
            cursor.copy_expert(_SOURCE.format(tenant=tenant), file)
        with duckdb.connect() as engine:
            engine.execute(_COUNTED.format(source=source, counted=counted))
        cursor.execute(_TABLE)
        with counted.open() as file:
            cursor.copy_expert("COPY recounted FROM STDIN (FORMAT csv, HEADER)", file)
        seconds = time.perf_counter() - started
        cursor.execute(_DIFFERING, {"tenant": tenant})
        return seconds, cursor.fetchone()[0]
