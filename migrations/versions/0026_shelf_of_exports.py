"""Keep long exports on a shelf for a day.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"
SUBTREE_CONDITION = (
    "path >= nullif(current_setting('app.scope_from', true), '')"
    " AND path < nullif(current_setting('app.scope_to', true), '')"
)


def upgrade() -> None:
    op.create_table(
        "export_file",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("orderer_id", sa.BigInteger(), nullable=False),
        sa.Column("orderer_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        _instant("ordered_at", "now()"),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        _instant("expires_at", "now() + interval '24 hours'"),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'failed')", name=op.f("ck_export_file_state_is_known")
        ),
        sa.CheckConstraint(
            "(state = 'done') = (content IS NOT NULL)",
            name=op.f("ck_export_file_done_with_content"),
        ),
        sa.CheckConstraint(
            "expires_at <= ordered_at + interval '24 hours'",
            name=op.f("ck_export_file_goes_within_a_day"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_export_file_tenant_id_unit_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_export_file")),
    )
    op.create_index(
        op.f("ix_export_file_tenant_id_unit_id"), "export_file", ["tenant_id", "unit_id"]
    )
    op.create_index(
        "ix_export_file_waiting",
        "export_file",
        ["tenant_id", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.execute("ALTER TABLE export_file ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE export_file FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY everyone ON export_file USING (true) WITH CHECK (true)")
    for name, condition in (("tenant", TENANT_CONDITION), ("subtree", SUBTREE_CONDITION)):
        op.execute(
            f"CREATE POLICY {name} ON export_file AS RESTRICTIVE"
            f" USING ({condition}) WITH CHECK ({condition})"
        )


def downgrade() -> None:
    op.drop_table("export_file")


def _instant(name: str, default: str) -> sa.Column:
    return sa.Column(
        name,
        postgresql.TIMESTAMP(timezone=True),
        server_default=sa.text(default),
        nullable=False,
    )
