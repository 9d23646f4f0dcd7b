"""A sent spreadsheet says when its rows were cleared away.

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import_file", sa.Column("cleared_at", TIMESTAMP(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("import_file", "cleared_at")
