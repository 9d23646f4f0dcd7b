"""Who has ended is found by where it counts today, as its heir reads what was written to it.

Revision ID: 0031
Revises: 0030
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A tenant has some thousands of units, few of them ended.
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_unit_heir_path ON unit (tenant_id, heir_path)"
        " WHERE heir_path IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX ix_unit_heir_path")
