"""Put distributions aside under a name, to be weighed against each other.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"


def upgrade() -> None:
    op.create_table(
        "scenario",
        *_identity(),
        sa.Column("issuer_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("period", postgresql.DATERANGE(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kept_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.CheckConstraint("NOT isempty(period)", name=op.f("ck_scenario_period_is_not_empty")),
        _reference("scenario", "issuer_id", "unit"),
        _reference("scenario", "measure_id", "measure"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_scenario")),
        sa.UniqueConstraint(
            "tenant_id", "issuer_id", "measure_id", "period", "name", name="uq_scenario_name"
        ),
    )
    op.create_table(
        "scenario_box",
        *_identity(),
        sa.Column("scenario_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("upper_count", sa.Integer(), nullable=True),
        sa.Column("percent", sa.Numeric(precision=7, scale=3), nullable=True),
        sa.Column("base", sa.Text(), nullable=True),
        sa.Column("is_held", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(kind IS NULL) = (count IS NULL)", name=op.f("ck_scenario_box_quota_has_its_count")
        ),
        sa.CheckConstraint(
            "kind IS NOT NULL OR is_held OR note IS NOT NULL",
            name=op.f("ck_scenario_box_says_something"),
        ),
        _reference("scenario_box", "scenario_id", "scenario", ondelete="CASCADE"),
        _reference("scenario_box", "unit_id", "unit"),
        _reference("scenario_box", "segment_id", "segment"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_scenario_box")),
        sa.UniqueConstraint(
            "tenant_id",
            "scenario_id",
            "unit_id",
            "segment_id",
            name="uq_scenario_box_box",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_scenario_box_tenant_id_unit_id"), "scenario_box", ["tenant_id", "unit_id"]
    )
    for table in ("scenario", "scenario_box"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY everyone ON {table} USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY tenant ON {table} AS RESTRICTIVE"
            f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
        )


def downgrade() -> None:
    op.drop_table("scenario_box")
    op.drop_table("scenario")


def _identity() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    )


def _reference(
    table: str, column: str, target: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}_{target}"),
        ondelete=ondelete,
    )
