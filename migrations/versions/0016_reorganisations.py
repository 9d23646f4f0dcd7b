"""Reorganisations: their operations, lineage, what undoing needs; heirs count what ended units did.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"

OWN_PATH = "u.path"
OWN_OR_HEIRS_PATH = "coalesce(u.path, u.heir_path)"

# As in 0003, but for where an ended cell counts today.
RECOUNT = """
CREATE OR REPLACE VIEW recount WITH (security_invoker = true) AS
SELECT s.tenant_id, m.id AS measure_id, s.cell_id, s.taken_on AS counted_on,
       p.path AS then_path, {now_path} AS now_path, s.segments, count(*)::integer AS total
FROM step s
JOIN measure m ON m.tenant_id = s.tenant_id AND m.counted_step = s.kind
JOIN unit u ON u.tenant_id = s.tenant_id AND u.id = s.cell_id
LEFT JOIN position p
    ON p.tenant_id = s.tenant_id AND p.unit_id = s.cell_id AND p.valid @> s.taken_on
GROUP BY s.tenant_id, m.id, s.cell_id, s.taken_on, p.path, {now_path}, s.segments
"""

RECORD_DELTAS = """
CREATE OR REPLACE FUNCTION record_deltas() RETURNS trigger
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
            SELECT {now_path} AS path FROM unit u
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
            SELECT {now_path} AS path FROM unit u
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
            SELECT {now_path} AS path FROM unit u
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

RECREDIT = """
CREATE OR REPLACE FUNCTION recredit(cells bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    tenant integer := nullif(current_setting('app.tenant_id', true), '')::integer;
    written integer;
BEGIN
    WITH misplaced AS (
        SELECT b.measure_id, b.cell_id, b.counted_on, b.segments,
               b.then_path AS old_then, b.now_path AS old_now,
               p.path AS new_then, {now_path} AS new_now, sum(b.total) AS total
        FROM books b
        JOIN unit u ON u.tenant_id = b.tenant_id AND u.id = b.cell_id
        LEFT JOIN position p
            ON p.tenant_id = b.tenant_id AND p.unit_id = b.cell_id AND p.valid @> b.counted_on
        WHERE b.tenant_id = tenant AND b.cell_id = ANY (cells)
          AND (b.then_path, b.now_path) IS DISTINCT FROM (p.path, {now_path})
        GROUP BY b.measure_id, b.cell_id, b.counted_on, b.segments, b.then_path, b.now_path,
                 p.path, {now_path}
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

# A published version is taken back with the reorganisation that it came about by, and only so;
# then the one before it is the last again.
KEEP_PUBLISHED = """
CREATE OR REPLACE FUNCTION keep_published() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    allowed distribution;
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT 1 FROM reorganisation r
        WHERE r.tenant_id = OLD.tenant_id AND r.id = OLD.reorganisation_id AND r.state = 'undone'
    ) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        allowed := OLD;
        allowed.state := NEW.state;
        IF allowed IS NOT DISTINCT FROM NEW AND (
            (OLD.state = 'published' AND NEW.state = 'superseded')
            OR (OLD.state = 'superseded' AND NEW.state = 'published' AND NOT EXISTS (
                SELECT 1 FROM distribution d
                WHERE d.tenant_id = OLD.tenant_id AND d.source = OLD.source
                  AND d.issuer_id IS NOT DISTINCT FROM OLD.issuer_id
                  AND d.measure_id = OLD.measure_id AND d.period = OLD.period
                  AND d.state <> 'draft'
                  AND (d.decided_on, d.version) > (OLD.decided_on, OLD.version)
            ))
        ) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a published distribution never changes'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'distribution_is_published';
END
$$
"""

KEEP_PUBLISHED_BEFORE = """
CREATE OR REPLACE FUNCTION keep_published() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    allowed distribution;
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'published' AND NEW.state = 'superseded' THEN
        allowed := OLD;
        allowed.state := 'superseded';
        IF allowed IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a published distribution never changes'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'distribution_is_published';
END
$$
"""

# The lines of such a version are written while its reorganisation is being applied.
KEEP_PUBLISHED_LINES = """
CREATE OR REPLACE FUNCTION keep_published_lines() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    line quota_line := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
BEGIN
    IF EXISTS (
        SELECT 1 FROM distribution d
        WHERE d.tenant_id = line.tenant_id AND d.id = line.distribution_id AND d.state <> 'draft'
          AND NOT (TG_OP = 'INSERT' AND EXISTS (
              SELECT 1 FROM reorganisation r
              WHERE r.tenant_id = d.tenant_id AND r.id = d.reorganisation_id
                AND r.applied_at IS NULL
          ))
    ) OR (TG_OP = 'UPDATE' AND NEW.distribution_id <> OLD.distribution_id) THEN
        RAISE EXCEPTION 'a line of a published distribution never changes'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'distribution_is_published';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$
"""

KEEP_PUBLISHED_LINES_BEFORE = """
CREATE OR REPLACE FUNCTION keep_published_lines() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    line quota_line := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
BEGIN
    IF EXISTS (
        SELECT 1 FROM distribution d
        WHERE d.tenant_id = line.tenant_id AND d.id = line.distribution_id AND d.state <> 'draft'
    ) OR (TG_OP = 'UPDATE' AND NEW.distribution_id <> OLD.distribution_id) THEN
        RAISE EXCEPTION 'a line of a published distribution never changes'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'distribution_is_published';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$
"""

TABLES = (
    "reorganisation",
    "reorganisation_operation",
    "reorganisation_row",
    "lineage",
    "former_code",
)


def upgrade() -> None:
    _create_reorganisation()
    _create_operation()
    _create_kept_row()
    _create_lineage()
    _create_former_code()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY everyone ON {table} USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY tenant ON {table} AS RESTRICTIVE"
            f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
        )
    op.add_column("unit", sa.Column("heir_path", sa.Text(collation="C"), nullable=True))
    op.add_column("tree_state", sa.Column("reorganises_on", sa.Date(), nullable=True))
    op.add_column("distribution", sa.Column("reorganisation_id", sa.BigInteger(), nullable=True))
    # Distributions are few: the whole table is read in no time.
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint\n"
        "ALTER TABLE distribution ADD CONSTRAINT"
        " fk_distribution_tenant_id_reorganisation_id_reorganisation"
        " FOREIGN KEY (tenant_id, reorganisation_id) REFERENCES reorganisation (tenant_id, id)"
    )
    _count_ended_units_at(OWN_OR_HEIRS_PATH)
    op.execute(KEEP_PUBLISHED)
    op.execute(KEEP_PUBLISHED_LINES)


def downgrade() -> None:
    op.execute(KEEP_PUBLISHED_LINES_BEFORE)
    op.execute(KEEP_PUBLISHED_BEFORE)
    _count_ended_units_at(OWN_PATH)
    op.drop_column("distribution", "reorganisation_id")
    op.drop_column("tree_state", "reorganises_on")
    op.drop_column("unit", "heir_path")
    for table in reversed(TABLES):
        op.drop_table(table)


def _count_ended_units_at(now_path: str) -> None:
    for definition in (RECOUNT, RECORD_DELTAS, RECREDIT):
        op.execute(definition.format(now_path=now_path))


def _create_reorganisation() -> None:
    op.create_table(
        "reorganisation",
        *_identity(),
        sa.Column("decision_no", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("share_by", sa.Text(), server_default="cells", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("applied_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("undone_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'previewed', 'scheduled', 'applied', 'undone')",
            name=op.f("ck_reorganisation_state_is_known"),
        ),
        sa.CheckConstraint("decision_no <> ''", name=op.f("ck_reorganisation_has_a_decision")),
        sa.CheckConstraint(
            "share_by IN ('cells', 'people', 'default_heir')",
            name=op.f("ck_reorganisation_share_by_is_known"),
        ),
        sa.CheckConstraint(
            "(state IN ('applied', 'undone')) = (applied_at IS NOT NULL)"
            " AND (state = 'undone') = (undone_at IS NOT NULL)",
            name=op.f("ck_reorganisation_state_has_its_time"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reorganisation")),
    )
    op.create_index(
        "uq_reorganisation_decision",
        "reorganisation",
        ["tenant_id", "decision_no"],
        unique=True,
        postgresql_where=sa.text("state IN ('scheduled', 'applied')"),
    )


def _create_operation() -> None:
    op.create_table(
        "reorganisation_operation",
        *_identity(),
        sa.Column("reorganisation_id", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("old_code", sa.Text(), nullable=False),
        sa.Column("old_name", sa.Text(), nullable=True),
        sa.Column("new_code", sa.Text(), nullable=True),
        sa.Column("new_name", sa.Text(), nullable=True),
        sa.Column("new_parent_code", sa.Text(), nullable=True),
        sa.Column("share", sa.Text(), nullable=False),
        sa.Column("is_default_heir", sa.Boolean(), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "share IN ('whole', 'part', 'close')",
            name=op.f("ck_reorganisation_operation_share_is_known"),
        ),
        _reference("reorganisation_operation", "reorganisation_id", "reorganisation", "CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reorganisation_operation")),
        sa.UniqueConstraint(
            "tenant_id",
            "reorganisation_id",
            "row",
            name=op.f("uq_reorganisation_operation_tenant_id_reorganisation_id_row"),
        ),
    )


def _create_kept_row() -> None:
    op.create_table(
        "reorganisation_row",
        *_identity(),
        sa.Column("reorganisation_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True), nullable=True),
        _reference("reorganisation_row", "reorganisation_id", "reorganisation"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reorganisation_row")),
        sa.UniqueConstraint(
            "tenant_id",
            "reorganisation_id",
            "place",
            "row_id",
            name=op.f("uq_reorganisation_row_tenant_id_reorganisation_id_place_row_id"),
        ),
    )


def _create_lineage() -> None:
    op.create_table(
        "lineage",
        *_identity(),
        sa.Column("reorganisation_id", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("predecessor_id", sa.BigInteger(), nullable=False),
        sa.Column("successor_id", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "predecessor_id <> successor_id", name=op.f("ck_lineage_heir_is_another_unit")
        ),
        sa.CheckConstraint(
            "share IN ('whole', 'part', 'close')", name=op.f("ck_lineage_share_is_known")
        ),
        _reference("lineage", "predecessor_id", "unit"),
        _reference("lineage", "successor_id", "unit"),
        _reference("lineage", "reorganisation_id", "reorganisation"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_lineage")),
        sa.UniqueConstraint(
            "tenant_id",
            "reorganisation_id",
            "predecessor_id",
            "successor_id",
            name=op.f("uq_lineage_tenant_id_reorganisation_id_predecessor_id_successor_id"),
        ),
    )
    op.create_index(
        "uq_lineage_one_default",
        "lineage",
        ["tenant_id", "predecessor_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_index(
        op.f("ix_lineage_tenant_id_successor_id"), "lineage", ["tenant_id", "successor_id"]
    )


def _create_former_code() -> None:
    op.create_table(
        "former_code",
        *_identity(),
        sa.Column("reorganisation_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        _reference("former_code", "unit_id", "unit"),
        _reference("former_code", "reorganisation_id", "reorganisation"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_former_code")),
        sa.UniqueConstraint(
            "tenant_id",
            "unit_id",
            "until_on",
            name=op.f("uq_former_code_tenant_id_unit_id_until_on"),
        ),
    )
    op.create_index(op.f("ix_former_code_tenant_id_code"), "former_code", ["tenant_id", "code"])


def _identity() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    )


def _reference(
    table: str, column: str, target: str, on_delete: str | None = None
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}_{target}"),
        ondelete=on_delete,
    )
