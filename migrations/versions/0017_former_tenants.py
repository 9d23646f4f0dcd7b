"""Tenants merge: who was merged into whom; reorganisations and codes from before that.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"


def upgrade() -> None:
    op.create_table(
        "former_tenant",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("root_id", sa.BigInteger(), nullable=True),
        sa.Column("decision_no", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column(
            "merged_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("clashes", postgresql.JSONB(), nullable=False),
        sa.Column("set_aside", postgresql.JSONB(), nullable=False),
        sa.Column("totals_before", postgresql.JSONB(), nullable=False),
        sa.Column("totals_after", postgresql.JSONB(), nullable=False),
        sa.Column("trail_entries", sa.BigInteger(), nullable=False),
        sa.Column("trail_ids", postgresql.INT8MULTIRANGE(), nullable=False),
        sa.Column("trail_digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "root_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_former_tenant_tenant_id_root_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_former_tenant")),
    )
    op.execute("ALTER TABLE former_tenant ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE former_tenant FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY everyone ON former_tenant USING (true) WITH CHECK (true)")
    op.execute(
        "CREATE POLICY tenant ON former_tenant AS RESTRICTIVE"
        f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
    )
    op.add_column(
        "reorganisation",
        sa.Column("is_final", sa.Boolean(), server_default="false", nullable=False),
    )
    # Nobody but this program reads it, and it joins from the reorganisation's side.
    op.execute(
        "-- squawk-ignore ban-drop-not-null\n"
        "ALTER TABLE former_code ALTER COLUMN reorganisation_id DROP NOT NULL"
    )


def downgrade() -> None:
    op.execute("DELETE FROM former_code WHERE reorganisation_id IS NULL")
    op.alter_column("former_code", "reorganisation_id", nullable=False)
    op.drop_column("reorganisation", "is_final")
    op.drop_table("former_tenant")
