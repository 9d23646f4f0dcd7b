"""Draw up the books anew by lists of slots, and write what differs alone.

Revision ID: 0034
Revises: 0033
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# One place of a list for one count, so that counts are added up by putting lists behind each other:
# a fifth of the rows that come of a row for each slot.
SLOT_COUNTS = """
CREATE FUNCTION slot_counts(slots smallint[]) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public AS $$
DECLARE
    last smallint := 0;
    slot smallint;
    vector integer[];
BEGIN
    IF slots IS NULL THEN
        RETURN '{}';
    END IF;
    FOREACH slot IN ARRAY slots LOOP
        IF slot > last THEN
            last := slot;
        END IF;
    END LOOP;
    vector := array_fill(0, ARRAY[last]);
    FOREACH slot IN ARRAY slots LOOP
        vector[slot] := vector[slot] + 1;
    END LOOP;
    RETURN vector;
END
$$
"""

# As in 0019 but for {written}.
REBUILD_ROLLUPS = """
CREATE OR REPLACE FUNCTION rebuild_rollups() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public SET work_mem = '64MB' AS $$
DECLARE
    tenant integer := nullif(current_setting('app.tenant_id', true), '')::integer;
    scope_from text := current_setting('app.scope_from', true);
    scope_to text := current_setting('app.scope_to', true);
    figures bigint;
BEGIN
    INSERT INTO rollup_status (tenant_id) VALUES (tenant) ON CONFLICT (tenant_id) DO NOTHING;
    PERFORM 1 FROM rollup_status s WHERE s.tenant_id = tenant FOR UPDATE;

    PERFORM set_context(tenant, '0', '~');
    INSERT INTO delta
        (tenant_id, measure_id, cell_id, counted_on, then_path, now_path, segments, amount)
    SELECT tenant, b.measure_id, b.cell_id, b.counted_on, b.then_path, b.now_path, b.segments,
           sum(b.total)
    FROM (SELECT r.measure_id, r.cell_id, r.counted_on, r.then_path, r.now_path, r.segments, r.total
          FROM recount r WHERE r.tenant_id = tenant
          UNION ALL
          SELECT k.measure_id, k.cell_id, k.counted_on, k.then_path, k.now_path, k.segments, -k.total
          FROM books k WHERE k.tenant_id = tenant) b
    GROUP BY b.measure_id, b.cell_id, b.counted_on, b.then_path, b.now_path, b.segments
    HAVING sum(b.total) <> 0
    ON CONFLICT (tenant_id, id) DO NOTHING;
    PERFORM set_context(tenant, scope_from, scope_to);

    WITH taken AS (
        DELETE FROM delta d WHERE d.tenant_id = tenant RETURNING d.*
    )
    INSERT INTO day_count AS kept
        (tenant_id, measure_id, cell_id, counted_on, then_path, now_path, segments, total)
    SELECT tenant, t.measure_id, t.cell_id, t.counted_on, t.then_path, t.now_path, t.segments,
           sum(t.amount)::integer
    FROM taken t
    GROUP BY t.measure_id, t.cell_id, t.counted_on, t.then_path, t.now_path, t.segments
    HAVING sum(t.amount) <> 0
    ON CONFLICT (tenant_id, measure_id, cell_id, counted_on, then_path, now_path, segments)
    DO UPDATE SET total = kept.total + excluded.total;
    DELETE FROM day_count d WHERE d.tenant_id = tenant AND d.total = 0;
    UPDATE rollup_status s SET folded_at = clock_timestamp() WHERE s.tenant_id = tenant;
{written}    RETURN figures;
END
$$
"""

# Lists of texts, as arrays of different lengths are not put together by any aggregate. What is
# right already is left alone: one grouping of both sides finds the rest, as no join can go astray
# by what the planner believes. What is gone becomes nothing and is then removed.
WHAT_DIFFERS = """    WITH leaves AS (
        SELECT f.then_path, f.now_path, f.measure_id, f.month, sum(f.total) AS total,
               string_agg(repeat(',' || nullif(array_to_string(f.segments, ','), ''), f.total), '')
                   AS slots
        FROM day_count f
        WHERE f.tenant_id = tenant
        GROUP BY f.then_path, f.now_path, f.measure_id, f.month
    ),
    pairs AS (
        SELECT l.then_path, l.now_path, array_agg(l.measure_id) AS measures,
               array_agg(l.month) AS months, array_agg(l.total) AS totals,
               array_agg(l.slots) AS slots
        FROM leaves l GROUP BY l.then_path, l.now_path
    ),
    places AS MATERIALIZED (
        SELECT c.unit_id, c.parent_id, c.tree, p.measures, p.months, p.totals, p.slots
        FROM pairs p CROSS JOIN LATERAL credited(p.then_path, p.now_path) c
    ),
    counted AS (
        SELECT c.unit_id, l.measure_id, l.month, c.parent_id, c.tree,
               sum(l.total)::integer AS total, string_agg(l.slots, '') AS slots
        FROM places c
        CROSS JOIN LATERAL unnest(c.measures, c.months, c.totals, c.slots)
            AS l (measure_id, month, total, slots)
        GROUP BY c.unit_id, l.measure_id, l.month, c.parent_id, c.tree
    ),
    both_sides AS (
        SELECT c.unit_id, c.measure_id, c.month, c.parent_id, c.tree, c.total,
               slot_counts(string_to_array(substr(c.slots, 2), ',')::smallint[]) AS segments,
               true AS is_new
        FROM counted c
        UNION ALL
        SELECT s.unit_id, s.measure_id, s.month, s.parent_id, s.tree, s.total, s.segments, false
        FROM summary s WHERE s.tenant_id = tenant
    ),
    compared AS (
        SELECT b.unit_id, b.measure_id, b.month, b.parent_id, b.tree,
               max(b.total) FILTER (WHERE b.is_new) AS total,
               max(b.segments) FILTER (WHERE b.is_new) AS segments,
               max(b.total) FILTER (WHERE NOT b.is_new) AS kept_total,
               max(b.segments) FILTER (WHERE NOT b.is_new) AS kept_segments
        FROM both_sides b
        GROUP BY b.unit_id, b.measure_id, b.month, b.parent_id, b.tree
    ),
    mended AS (
        INSERT INTO summary AS kept
            (tenant_id, unit_id, measure_id, month, parent_id, tree, total, segments)
        SELECT tenant, c.unit_id, c.measure_id, c.month, c.parent_id, c.tree,
               coalesce(c.total, 0), coalesce(c.segments, '{}')
        FROM compared c
        WHERE (c.total, c.segments) IS DISTINCT FROM (c.kept_total, c.kept_segments)
        ORDER BY c.unit_id, c.measure_id, c.month, c.parent_id, c.tree
        ON CONFLICT (tenant_id, unit_id, measure_id, month, parent_id, tree)
        DO UPDATE SET total = excluded.total, segments = excluded.segments
    )
    SELECT count(c.total) INTO figures FROM compared c;
    DELETE FROM summary s WHERE s.tenant_id = tenant AND s.total = 0;
"""
EVERYTHING_ANEW = """    DELETE FROM summary s WHERE s.tenant_id = tenant;
    WITH leaves AS (
        SELECT f.then_path, f.now_path, f.measure_id, f.month AS month, s.slot,
               sum(f.total) AS n
        FROM day_count f CROSS JOIN LATERAL unnest(0::smallint || f.segments) AS s (slot)
        WHERE f.tenant_id = tenant
        GROUP BY f.then_path, f.now_path, f.measure_id, f.month, s.slot
    ),
    pairs AS (
        SELECT l.then_path, l.now_path, array_agg(l.measure_id) AS measures,
               array_agg(l.month) AS months, array_agg(l.slot) AS slots, array_agg(l.n) AS counts
        FROM leaves l GROUP BY l.then_path, l.now_path
    ),
    places AS MATERIALIZED (
        SELECT c.unit_id, c.parent_id, c.tree, p.measures, p.months, p.slots, p.counts
        FROM pairs p CROSS JOIN LATERAL credited(p.then_path, p.now_path) c
    ),
    slots AS (
        SELECT c.unit_id, l.measure_id, l.month, c.parent_id, c.tree, l.slot,
               sum(l.n)::bigint AS n
        FROM places c
        CROSS JOIN LATERAL unnest(c.measures, c.months, c.slots, c.counts)
            AS l (measure_id, month, slot, n)
        GROUP BY c.unit_id, l.measure_id, l.month, c.parent_id, c.tree, l.slot
    ),
    vectors AS (
        SELECT unit_id, measure_id, month, parent_id, tree,
               sum(n) FILTER (WHERE slot = 0) AS total,
               segment_vector(array_agg(slot), array_agg(n)) AS segments
        FROM slots GROUP BY unit_id, measure_id, month, parent_id, tree
    )
    INSERT INTO summary (tenant_id, unit_id, measure_id, month, parent_id, tree, total, segments)
    SELECT tenant, v.unit_id, v.measure_id, v.month, v.parent_id, v.tree, v.total, v.segments
    FROM vectors v
    ON CONFLICT (tenant_id, unit_id, measure_id, month, parent_id, tree) DO NOTHING;
    GET DIAGNOSTICS figures = ROW_COUNT;
"""


def upgrade() -> None:
    op.execute(SLOT_COUNTS)
    op.execute(REBUILD_ROLLUPS.format(written=WHAT_DIFFERS))


def downgrade() -> None:
    op.execute(REBUILD_ROLLUPS.format(written=EVERYTHING_ANEW))
    op.execute("DROP FUNCTION slot_counts(smallint[])")
