"""What watch lists go by, for each tenant.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

DEFAULTS = {"watch_percent": "10", "watch_years": "2", "watch_days": "60"}


def upgrade() -> None:
    for name, default in DEFAULTS.items():
        op.add_column(
            "setting", sa.Column(name, sa.SmallInteger(), nullable=False, server_default=default)
        )


def downgrade() -> None:
    for name in reversed(DEFAULTS):
        op.drop_column("setting", name)
