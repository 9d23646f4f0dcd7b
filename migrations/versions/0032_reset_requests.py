"""Whoever has forgotten their password asks for another one on the sign-in page.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"


def upgrade() -> None:
    op.create_table(
        "reset_request",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["user_account.tenant_id", "user_account.id"],
            name=op.f("fk_reset_request_tenant_id_user_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reset_request")),
        sa.UniqueConstraint(
            "tenant_id", "user_id", name=op.f("uq_reset_request_tenant_id_user_id")
        ),
    )
    op.execute("ALTER TABLE reset_request ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE reset_request FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY everyone ON reset_request USING (true) WITH CHECK (true)")
    op.execute(
        "CREATE POLICY tenant ON reset_request AS RESTRICTIVE"
        f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
    )


def downgrade() -> None:
    op.drop_table("reset_request")
