"""What watch lists go by, for each tenant.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
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
