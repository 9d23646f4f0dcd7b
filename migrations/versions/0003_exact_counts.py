"""The books behind every count: deltas by trigger, folding, recounting and crediting anew.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The steps along a path, root first: each unit with its parent, 0 above the root.
EDGES = """
CREATE FUNCTION edges(path text)
RETURNS TABLE (unit_id bigint, parent_id bigint)
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, public AS $$
    SELECT label::bigint, coalesce(lag(label::bigint) OVER (ORDER BY place), 0)
    FROM unnest(string_to_array(rtrim(path, '.'), '.')) WITH ORDINALITY AS labels (label, place)
$$
"""

# Where a fact counts: tree 0 where both trees agree, 1 on the tree of then, 2 on today's.
CREDITED = """
CREATE FUNCTION credited(then_path text, now_path text)
RETURNS TABLE (unit_id bigint, parent_id bigint, tree smallint)
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, public AS $$
BEGIN
    IF then_path = now_path THEN
        RETURN QUERY SELECT e.unit_id, e.parent_id, 0::smallint FROM edges(then_path) e;
    ELSE
        RETURN QUERY
        SELECT b.unit_id, b.parent_id,
               CASE WHEN count(*) = 2 THEN 0 ELSE min(b.tree) END::smallint
        FROM (SELECT t.unit_id, t.parent_id, 1 AS tree FROM edges(then_path) t
              UNION ALL
              SELECT n.unit_id, n.parent_id, 2 FROM edges(now_path) n) b
        GROUP BY b.unit_id, b.parent_id;
    END IF;
END
$$
"""

# A vector whose n-th number is the count of the segment with slot n. Slot 0, which stands for all,
# is passed over, so that one grouping gives a summary row both its total and its vector.
SEGMENT_VECTOR = """
CREATE FUNCTION segment_vector(slots smallint[], counts bigint[]) RETURNS integer[]
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

VECTOR_SUM = """
CREATE FUNCTION vector_sum(a integer[], b integer[]) RETURNS integer[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public AS $$
    SELECT coalesce(array_agg(coalesce(x, 0) + coalesce(y, 0) ORDER BY place), '{}')
    FROM unnest(a, b) WITH ORDINALITY AS pairs (x, y, place)
$$
"""

# What the source says, fact by fact. A fact whose cell has no place on its date has no path.
RECOUNT = """
CREATE VIEW recount WITH (security_invoker = true) AS
SELECT s.tenant_id, m.id AS measure_id, s.cell_id, s.taken_on AS counted_on,
       p.path AS then_path, u.path AS now_path, s.segments, count(*)::integer AS total
FROM step s
JOIN measure m ON m.tenant_id = s.tenant_id AND m.counted_step = s.kind
JOIN unit u ON u.tenant_id = s.tenant_id AND u.id = s.cell_id
LEFT JOIN position p
    ON p.tenant_id = s.tenant_id AND p.unit_id = s.cell_id AND p.valid @> s.taken_on
GROUP BY s.tenant_id, m.id, s.cell_id, s.taken_on, p.path, u.path, s.segments
"""

# What the books say, folded or not.
BOOKS = """
CREATE VIEW books WITH (security_invoker = true) AS
SELECT tenant_id, measure_id, cell_id, counted_on, then_path, now_path, segments, total
FROM day_count
UNION ALL
SELECT tenant_id, measure_id, cell_id, counted_on, then_path, now_path, segments, amount
FROM delta
"""

# One statement trigger for each kind of write; a change of a step is its removal and its return.
# The cells are held FOR KEY SHARE before their positions are read, and whoever changes positions
# holds them FOR UPDATE: so no delta is written under a position that is about to change. The
# positions are read by a statement of their own, which sees what the wait has let through.
# A cell without a place on the date gives no path, which the NOT NULL of the column refuses.
# Plans are kept for a session's life, and tables that were just loaded have no statistics: LATERAL
# with LIMIT 1 makes each row look its unit and position up by their keys, whatever is estimated.
RECORD_DELTAS = """
CREATE FUNCTION record_deltas() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM 1
        FROM (SELECT DISTINCT a.tenant_id, a.cell_id FROM added a ORDER BY 1, 2) c
        CROSS JOIN LATERAL (
            SELECT 1 FROM unit u
            WHERE u.tenant_id = c.tenant_id AND u.id = c.cell_id FOR KEY SHARE
        ) held;

        INSERT INTO delta
            (tenant_id, cell_id, measure_id, counted_on, then_path, now_path, segments, amount)
        SELECT s.tenant_id, s.cell_id, m.id, s.taken_on, p.path, u.path, s.segments, 1
        FROM added s
        JOIN measure m ON m.tenant_id = s.tenant_id AND m.counted_step = s.kind
        CROSS JOIN LATERAL (
            SELECT u.path FROM unit u
            WHERE u.tenant_id = s.tenant_id AND u.id = s.cell_id LIMIT 1
        ) u
        LEFT JOIN LATERAL (
            SELECT p.path FROM position p
            WHERE p.tenant_id = s.tenant_id AND p.unit_id = s.cell_id
              AND p.valid @> s.taken_on LIMIT 1
        ) p ON true
        ON CONFLICT (tenant_id, id) DO NOTHING;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM 1
        FROM (SELECT DISTINCT r.tenant_id, r.cell_id FROM removed r ORDER BY 1, 2) c
        CROSS JOIN LATERAL (
            SELECT 1 FROM unit u
            WHERE u.tenant_id = c.tenant_id AND u.id = c.cell_id FOR KEY SHARE
        ) held;

        INSERT INTO delta
            (tenant_id, cell_id, measure_id, counted_on, then_path, now_path, segments, amount)
        SELECT s.tenant_id, s.cell_id, m.id, s.taken_on, p.path, u.path, s.segments, -1
        FROM removed s
        JOIN measure m ON m.tenant_id = s.tenant_id AND m.counted_step = s.kind
        CROSS JOIN LATERAL (
            SELECT u.path FROM unit u
            WHERE u.tenant_id = s.tenant_id AND u.id = s.cell_id LIMIT 1
        ) u
        LEFT JOIN LATERAL (
            SELECT p.path FROM position p
            WHERE p.tenant_id = s.tenant_id AND p.unit_id = s.cell_id
              AND p.valid @> s.taken_on LIMIT 1
        ) p ON true
        ON CONFLICT (tenant_id, id) DO NOTHING;
    ELSE
        PERFORM 1
        FROM (SELECT a.tenant_id, a.cell_id FROM added a
              UNION SELECT r.tenant_id, r.cell_id FROM removed r ORDER BY 1, 2) c
        CROSS JOIN LATERAL (
            SELECT 1 FROM unit u
            WHERE u.tenant_id = c.tenant_id AND u.id = c.cell_id FOR KEY SHARE
        ) held;

        -- What did not change cancels out: no join of the old rows with the new ones, which have
        -- no index.
        INSERT INTO delta
            (tenant_id, cell_id, measure_id, counted_on, then_path, now_path, segments, amount)
        SELECT c.tenant_id, c.cell_id, m.id, c.taken_on, p.path, u.path, c.segments, c.amount
        FROM (
            SELECT b.tenant_id, b.cell_id, b.kind, b.taken_on, b.segments, sum(b.amount) AS amount
            FROM (SELECT r.tenant_id, r.cell_id, r.kind, r.taken_on, r.segments, -1 AS amount
                  FROM removed r
                  UNION ALL
                  SELECT a.tenant_id, a.cell_id, a.kind, a.taken_on, a.segments, 1 FROM added a) b
            GROUP BY b.tenant_id, b.cell_id, b.kind, b.taken_on, b.segments
            HAVING sum(b.amount) <> 0
        ) c
        JOIN measure m ON m.tenant_id = c.tenant_id AND m.counted_step = c.kind
        CROSS JOIN LATERAL (
            SELECT u.path FROM unit u
            WHERE u.tenant_id = c.tenant_id AND u.id = c.cell_id LIMIT 1
        ) u
        LEFT JOIN LATERAL (
            SELECT p.path FROM position p
            WHERE p.tenant_id = c.tenant_id AND p.unit_id = c.cell_id
              AND p.valid @> c.taken_on LIMIT 1
        ) p ON true
        ON CONFLICT (tenant_id, id) DO NOTHING;
    END IF;
    RETURN NULL;
END
$$
"""

# Moves up to `batch` deltas of the context's tenant into the books; how many it moved.
FOLD_DELTAS = """
CREATE FUNCTION fold_deltas(batch integer) RETURNS integer
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
    credits AS MATERIALIZED (
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
    vectors AS (
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

# Makes the books equal the source again; how many figures the summaries then hold.
# The difference is appended as deltas by one statement, so by one snapshot: a writer who commits
# meanwhile is either in it or adds deltas of its own. The summaries are then drawn up anew from
# the day counts, which nothing but folding changes, and folding waits for this lock.
REBUILD_ROLLUPS = """
CREATE FUNCTION rebuild_rollups() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
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

    WHILE fold_deltas(20000) > 0 LOOP
    END LOOP;

    DELETE FROM summary s WHERE s.tenant_id = tenant;
    WITH credits AS MATERIALIZED (
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
    RETURN figures;
END
$$
"""

# After positions have changed: what was credited under old paths leaves them and returns under
# the new ones, as deltas. The caller holds the cells FOR UPDATE (see record_deltas). They are
# folded at once: readers look for a unit where its positions have it, so nothing may stay in the
# books, or pending, under a path that is no longer anybody's.
RECREDIT = """
CREATE FUNCTION recredit(cells bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    tenant integer := nullif(current_setting('app.tenant_id', true), '')::integer;
    written integer;
BEGIN
    WITH misplaced AS (
        SELECT b.measure_id, b.cell_id, b.counted_on, b.segments,
               b.then_path AS old_then, b.now_path AS old_now,
               p.path AS new_then, u.path AS new_now, sum(b.total) AS total
        FROM books b
        JOIN unit u ON u.tenant_id = b.tenant_id AND u.id = b.cell_id
        LEFT JOIN position p
            ON p.tenant_id = b.tenant_id AND p.unit_id = b.cell_id AND p.valid @> b.counted_on
        WHERE b.tenant_id = tenant AND b.cell_id = ANY (cells)
          AND (b.then_path, b.now_path) IS DISTINCT FROM (p.path, u.path)
        GROUP BY b.measure_id, b.cell_id, b.counted_on, b.segments, b.then_path, b.now_path,
                 p.path, u.path
        HAVING sum(b.total) <> 0
    )
    INSERT INTO delta
        (tenant_id, measure_id, cell_id, counted_on, segments, then_path, now_path, amount)
    SELECT tenant, m.measure_id, m.cell_id, m.counted_on, m.segments, c.then_path, c.now_path,
           c.amount
    FROM misplaced m
    CROSS JOIN LATERAL (
        VALUES (m.old_then, m.old_now, -m.total), (m.new_then, m.new_now, m.total)
    ) AS c (then_path, now_path, amount)
    ON CONFLICT (tenant_id, id) DO NOTHING;
    GET DIAGNOSTICS written = ROW_COUNT;
    WHILE fold_deltas(20000) > 0 LOOP
    END LOOP;
    RETURN written;
END
$$
"""

RECORD_VERIFICATION = """
CREATE FUNCTION record_verification(figures bigint, wrong bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    INSERT INTO rollup_status AS s (tenant_id, verified_at, verified_figures, mismatches)
    VALUES (nullif(current_setting('app.tenant_id', true), '')::integer, clock_timestamp(),
            figures, wrong)
    ON CONFLICT (tenant_id) DO UPDATE
    SET verified_at = excluded.verified_at, verified_figures = excluded.verified_figures,
        mismatches = excluded.mismatches
$$
"""

FUNCTIONS = {
    "edges(text)": EDGES,
    "credited(text, text)": CREDITED,
    "segment_vector(smallint[], bigint[])": SEGMENT_VECTOR,
    "vector_sum(integer[], integer[])": VECTOR_SUM,
    "record_deltas()": RECORD_DELTAS,
    "fold_deltas(integer)": FOLD_DELTAS,
    "rebuild_rollups()": REBUILD_ROLLUPS,
    "recredit(bigint[])": RECREDIT,
    "record_verification(bigint, bigint)": RECORD_VERIFICATION,
}
DEFINERS = (
    "fold_deltas(integer)",
    "rebuild_rollups()",
    "recredit(bigint[])",
    "record_verification(bigint, bigint)",
)


def upgrade() -> None:
    op.execute(RECOUNT)
    op.execute(BOOKS)
    for function in FUNCTIONS.values():
        op.execute(function)
    for signature in DEFINERS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {signature} FROM PUBLIC")
    for action, tables in {
        "INSERT": "NEW TABLE AS added",
        "DELETE": "OLD TABLE AS removed",
        "UPDATE": "OLD TABLE AS removed NEW TABLE AS added",
    }.items():
        op.execute(
            f"CREATE TRIGGER record_deltas_of_{action.lower()} AFTER {action} ON step"
            f" REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION record_deltas()"
        )


def downgrade() -> None:
    for action in ("insert", "delete", "update"):
        op.execute(f"DROP TRIGGER record_deltas_of_{action} ON step")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("DROP VIEW books")
    op.execute("DROP VIEW recount")
