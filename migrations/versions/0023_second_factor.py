"""The second factor of accounts; what a session has shown, and in which browser it is.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ACCOUNTS = ("user_account", "operator")
SESSIONS = ("user_session", "operator_session")
INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    for table in ACCOUNTS:
        op.add_column(table, sa.Column("factor_sealed", sa.LargeBinary(), nullable=True))
        op.add_column(table, sa.Column("factor_since", INSTANT, nullable=True))
        op.add_column(table, sa.Column("factor_step", sa.BigInteger(), nullable=True))
        op.add_column(
            table,
            sa.Column(
                "recovery_indexes",
                sa.ARRAY(sa.LargeBinary()),
                server_default="{}",
                nullable=False,
            ),
        )
    for table in SESSIONS:
        op.add_column(table, sa.Column("device", sa.Text(), server_default="", nullable=False))
        op.add_column(table, sa.Column("verified_at", INSTANT, nullable=True))
        op.add_column(
            table, sa.Column("proved_at", INSTANT, server_default=sa.func.now(), nullable=False)
        )
    op.add_column(
        "operator",
        sa.Column("is_demonstration", sa.Boolean(), server_default="false", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("operator", "is_demonstration")
    for table in SESSIONS:
        for column in ("proved_at", "verified_at", "device"):
            op.drop_column(table, column)
    for table in ACCOUNTS:
        for column in ("recovery_indexes", "factor_step", "factor_since", "factor_sealed"):
            op.drop_column(table, column)
