"""A demonstration is asked to move its clock, and a worker says how far that is.

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"


def upgrade() -> None:
    op.create_table(
        "demonstration_move",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("replay", sa.Text(), nullable=True),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("progress", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column(
            "asked_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'failed')",
            name=op.f("ck_demonstration_move_state_is_known"),
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (failure IS NOT NULL)",
            name=op.f("ck_demonstration_move_failed_for_a_reason"),
        ),
        sa.CheckConstraint(
            "progress BETWEEN 0 AND 100",
            name=op.f("ck_demonstration_move_progress_is_a_percentage"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_demonstration_move")),
    )
    op.execute("ALTER TABLE demonstration_move ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE demonstration_move FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY everyone ON demonstration_move USING (true) WITH CHECK (true)")
    op.execute(
        "CREATE POLICY tenant ON demonstration_move AS RESTRICTIVE"
        f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
    )


def downgrade() -> None:
    op.drop_table("demonstration_move")
