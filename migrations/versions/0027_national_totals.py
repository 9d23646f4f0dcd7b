"""Read totals of all tenants, one context after the other; keep when jobs ran and books differed.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# Visits one tenant's context after the other, with the caller's own rights: every row read stands
# behind its tenant's wall, and what comes back is one line of totals for each tenant. The context
# before holds again afterwards. On the tree of then every fact lies below exactly one root, so the
# roots' months (parent 0), the days of cut months and what is pending add up to each fact once.
NATIONAL_TOTALS = """
CREATE FUNCTION national_totals(
    wanted text, first_day date, last_day date, from_month date, end_month date,
    cut_months date[], cut_firsts date[], cut_lasts date[]
)
RETURNS TABLE (tenant integer, total bigint, pending bigint, verified timestamptz,
               wrong bigint, wrong_at timestamptz)
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    before_tenant integer := nullif(current_setting('app.tenant_id', true), '')::integer;
    before_from text := current_setting('app.scope_from', true);
    before_to text := current_setting('app.scope_to', true);
    one integer;
BEGIN
    FOR one IN SELECT t.id FROM tenant t ORDER BY t.code LOOP
        PERFORM set_context(one, '', '');
        RETURN QUERY
        WITH counted AS (
            SELECT m.id FROM measure m WHERE m.tenant_id = one AND m.code = wanted
        ),
        facts (n) AS (
            SELECT s.total FROM summary s JOIN counted c ON c.id = s.measure_id
            WHERE s.tenant_id = one AND s.parent_id = 0 AND s.tree IN (0, 1)
              AND s.month >= from_month AND s.month < end_month
            UNION ALL
            SELECT d.total
            FROM unnest(cut_months, cut_firsts, cut_lasts) AS cut (month, first, last)
            CROSS JOIN counted c
            JOIN day_count d
                ON d.tenant_id = one AND d.measure_id = c.id AND d.month = cut.month
               AND d.counted_on BETWEEN cut.first AND cut.last
            UNION ALL
            SELECT p.amount FROM delta p JOIN counted c ON c.id = p.measure_id
            WHERE p.tenant_id = one AND p.counted_on BETWEEN first_day AND last_day
        )
        SELECT one, coalesce((SELECT sum(f.n) FROM facts f), 0)::bigint,
               (SELECT count(*) FROM delta p WHERE p.tenant_id = one),
               r.verified_at, r.mismatches, r.mismatched_at
        FROM (SELECT one AS id) t
        LEFT JOIN rollup_status r ON r.tenant_id = one;
    END LOOP;
    PERFORM set_context(coalesce(before_tenant, 0), before_from, before_to);
END
$$
"""

RECORD_VERIFICATION = """
CREATE OR REPLACE FUNCTION record_verification(figures bigint, wrong bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    INSERT INTO rollup_status AS s
        (tenant_id, verified_at, verified_figures, mismatches, mismatched_at)
    VALUES (nullif(current_setting('app.tenant_id', true), '')::integer, clock_timestamp(),
            figures, wrong, CASE WHEN wrong > 0 THEN clock_timestamp() END)
    ON CONFLICT (tenant_id) DO UPDATE
    SET verified_at = excluded.verified_at, verified_figures = excluded.verified_figures,
        mismatches = excluded.mismatches,
        mismatched_at = coalesce(excluded.mismatched_at, s.mismatched_at)
$$
"""

RECORD_VERIFICATION_BEFORE = """
CREATE OR REPLACE FUNCTION record_verification(figures bigint, wrong bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    INSERT INTO rollup_status AS s (tenant_id, verified_at, verified_figures, mismatches)
    VALUES (nullif(current_setting('app.tenant_id', true), '')::integer, clock_timestamp(),
            figures, wrong)
    ON CONFLICT (tenant_id) DO UPDATE
    SET verified_at = excluded.verified_at, verified_figures = excluded.verified_figures,
        mismatches = excluded.mismatches
$$
"""

SIGNATURE = "national_totals(text, date, date, date, date, date[], date[], date[])"


def upgrade() -> None:
    op.create_table(
        "job_run",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("failed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("runs", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_run")),
    )
    op.add_column(
        "rollup_status",
        sa.Column("mismatched_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
    )
    op.execute(RECORD_VERIFICATION)
    op.execute(NATIONAL_TOTALS)


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {SIGNATURE}")
    op.execute(RECORD_VERIFICATION_BEFORE)
    op.drop_column("rollup_status", "mismatched_at")
    op.drop_table("job_run")
