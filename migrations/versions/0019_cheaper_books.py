"""Credit the ancestors of each place once, not of each fact; draw the books up anew in one go.

Revision ID: 0019
Revises: 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# As in 0003, but for the greatest slot, found without a query of its own.
SEGMENT_VECTOR = """
CREATE OR REPLACE FUNCTION segment_vector(slots smallint[], counts bigint[]) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public AS $$
DECLARE
    last integer := 0;
    slot smallint;
    vector integer[];
BEGIN
    FOREACH slot IN ARRAY slots LOOP
        last := greatest(last, slot);
    END LOOP;
    vector := array_fill(0, ARRAY[last]);
    FOR place IN 1 .. cardinality(slots) LOOP
        IF slots[place] > 0 THEN
            vector[slots[place]] := counts[place];
        END IF;
    END LOOP;
    RETURN vector;
END
$$
"""
SEGMENT_VECTOR_BEFORE = """
CREATE OR REPLACE FUNCTION segment_vector(slots smallint[], counts bigint[]) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public AS $$
DECLARE
    vector integer[] := array_fill(0, ARRAY[(SELECT max(s)::integer FROM unnest(slots) s)]);
BEGIN
    FOR place IN 1 .. cardinality(slots) LOOP
        IF slots[place] > 0 THEN
            vector[slots[place]] := counts[place];
        END IF;
    END LOOP;
    RETURN vector;
END
$$
"""

# As in 0003, but in place: a query of its own for each vector took most of the time of folding.
VECTOR_SUM = """
CREATE OR REPLACE FUNCTION vector_sum(a integer[], b integer[]) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public AS $$
DECLARE
    longer integer[] := CASE WHEN cardinality(a) < cardinality(b) THEN b ELSE a END;
    shorter integer[] := CASE WHEN cardinality(a) < cardinality(b) THEN a ELSE b END;
BEGIN
    FOR place IN 1 .. cardinality(shorter) LOOP
        IF shorter[place] <> 0 THEN
            longer[place] := longer[place] + shorter[place];
        END IF;
    END LOOP;
    RETURN longer;
END
$$
"""
VECTOR_SUM_BEFORE = """
CREATE OR REPLACE FUNCTION vector_sum(a integer[], b integer[]) RETURNS integer[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public AS $$
    SELECT coalesce(array_agg(coalesce(x, 0) + coalesce(y, 0) ORDER BY place), '{}')
    FROM unnest(a, b) WITH ORDINALITY AS pairs (x, y, place)
$$
"""

# Counts are added up where they count first, and each pair of paths is then credited as a whole.
# The places are worked out first: left to itself, the planner asks for them once for each count.
# No join, so that the work stays proportional to what there is whatever the planner believes: the
# statistics of deltas say little of the moment.
FOLDED_SLOTS = """    leaves AS (
        SELECT f.then_path, f.now_path, f.measure_id, date_trunc('month', f.counted_on::timestamp)::date AS month, s.slot,
               sum(f.amount) AS n
        FROM facts f CROSS JOIN LATERAL unnest(0::smallint || f.segments) AS s (slot)
        GROUP BY f.then_path, f.now_path, f.measure_id, date_trunc('month', f.counted_on::timestamp)::date, s.slot
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
"""
FOLDED_SLOTS_BEFORE = """    credits AS MATERIALIZED (
        SELECT c.unit_id, c.parent_id, c.tree, f.measure_id,
               date_trunc('month', f.counted_on::timestamp)::date AS month, f.segments, f.amount
        FROM facts f CROSS JOIN LATERAL credited(f.then_path, f.now_path) c
    ),
    slots AS (
        SELECT c.unit_id, c.measure_id, c.month, c.parent_id, c.tree, s.slot,
               sum(c.amount) AS n
        FROM credits c CROSS JOIN LATERAL unnest(0::smallint || c.segments) AS s (slot)
        GROUP BY c.unit_id, c.measure_id, c.month, c.parent_id, c.tree, s.slot
    ),
"""
REBUILT_SLOTS = """    WITH leaves AS (
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
"""
REBUILT_SLOTS_BEFORE = """    WITH credits AS MATERIALIZED (
        SELECT c.unit_id, c.parent_id, c.tree, f.measure_id, f.month, f.segments, f.total
        FROM (SELECT d.measure_id, d.month, d.then_path, d.now_path, d.segments,
                     sum(d.total)::integer AS total
              FROM day_count d WHERE d.tenant_id = tenant
              GROUP BY d.measure_id, d.month, d.then_path, d.now_path, d.segments) f
        CROSS JOIN LATERAL credited(f.then_path, f.now_path) c
    ),
    slots AS (
        SELECT c.unit_id, c.measure_id, c.month, c.parent_id, c.tree, s.slot,
               sum(c.total) AS n
        FROM credits c CROSS JOIN LATERAL unnest(0::smallint || c.segments) AS s (slot)
        GROUP BY c.unit_id, c.measure_id, c.month, c.parent_id, c.tree, s.slot
    ),
"""

# What is pending goes into the days alone: the summaries are drawn up from these afterwards.
# What is written meanwhile stays pending, and readers add it.
DAYS_MADE_UP = """    WITH taken AS (
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
"""
DAYS_MADE_UP_BEFORE = """    WHILE fold_deltas(20000) > 0 LOOP
    END LOOP;
"""

# One run at a time for each tenant, over as many counts as a province has in ten years.
MEMORY = " SET work_mem = '64MB'"

# As in 0003, but for the parts above.
FOLD_DELTAS = """
CREATE OR REPLACE FUNCTION fold_deltas(batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    tenant integer := nullif(current_setting('app.tenant_id', true), '')::integer;
    folded integer;
BEGIN
    INSERT INTO rollup_status (tenant_id) VALUES (tenant) ON CONFLICT (tenant_id) DO NOTHING;
    PERFORM 1 FROM rollup_status s WHERE s.tenant_id = tenant FOR UPDATE;

    WITH taken AS (
        DELETE FROM delta d
        WHERE d.tenant_id = tenant
          AND d.id IN (SELECT o.id FROM delta o WHERE o.tenant_id = tenant ORDER BY o.id LIMIT batch)
        RETURNING d.*
    ),
    facts AS (
        SELECT t.measure_id, t.cell_id, t.counted_on, t.then_path, t.now_path, t.segments,
               sum(t.amount)::integer AS amount
        FROM taken t
        GROUP BY t.measure_id, t.cell_id, t.counted_on, t.then_path, t.now_path, t.segments
        HAVING sum(t.amount) <> 0
    ),
    days AS (
        INSERT INTO day_count AS kept
            (tenant_id, measure_id, cell_id, counted_on, then_path, now_path, segments, total)
        SELECT tenant, f.measure_id, f.cell_id, f.counted_on, f.then_path, f.now_path, f.segments,
               f.amount
        FROM facts f
        ORDER BY f.measure_id, f.cell_id, f.counted_on
        ON CONFLICT (tenant_id, measure_id, cell_id, counted_on, then_path, now_path, segments)
        DO UPDATE SET total = kept.total + excluded.total
    ),
{slots}    vectors AS (
        SELECT unit_id, measure_id, month, parent_id, tree,
               sum(n) FILTER (WHERE slot = 0) AS total,
               segment_vector(array_agg(slot), array_agg(n)) AS segments
        FROM slots GROUP BY unit_id, measure_id, month, parent_id, tree
    ),
    months AS (
        INSERT INTO summary AS kept
            (tenant_id, unit_id, measure_id, month, parent_id, tree, total, segments)
        SELECT tenant, v.unit_id, v.measure_id, v.month, v.parent_id, v.tree, v.total, v.segments
        FROM vectors v
        ORDER BY v.unit_id, v.measure_id, v.month
        ON CONFLICT (tenant_id, unit_id, measure_id, month, parent_id, tree)
        DO UPDATE SET total = kept.total + excluded.total,
                      segments = vector_sum(kept.segments, excluded.segments)
    )
    SELECT count(*) INTO folded FROM taken;

    DELETE FROM day_count d WHERE d.tenant_id = tenant AND d.total = 0;
    UPDATE rollup_status s SET folded_at = clock_timestamp() WHERE s.tenant_id = tenant;
    RETURN folded;
END
$$
"""
REBUILD_ROLLUPS = """
CREATE OR REPLACE FUNCTION rebuild_rollups() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public{memory} AS $$
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

{days}
    DELETE FROM summary s WHERE s.tenant_id = tenant;
{slots}    vectors AS (
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
    RETURN figures;
END
$$
"""


def upgrade() -> None:
    op.execute(SEGMENT_VECTOR)
    op.execute(VECTOR_SUM)
    op.execute(FOLD_DELTAS.format(slots=FOLDED_SLOTS))
    op.execute(REBUILD_ROLLUPS.format(slots=REBUILT_SLOTS, days=DAYS_MADE_UP, memory=MEMORY))


def downgrade() -> None:
    op.execute(SEGMENT_VECTOR_BEFORE)
    op.execute(VECTOR_SUM_BEFORE)
    op.execute(FOLD_DELTAS.format(slots=FOLDED_SLOTS_BEFORE))
    op.execute(
        REBUILD_ROLLUPS.format(slots=REBUILT_SLOTS_BEFORE, days=DAYS_MADE_UP_BEFORE, memory="")
    )
