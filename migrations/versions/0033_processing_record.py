"""A tenant says what people's data are for, who gets them, and what people are told.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

COLUMNS = ("purposes", "recipients", "notice")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("privacy_rule", sa.Column(name, sa.Text(), nullable=True))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("privacy_rule", name)
