"""Count sources in hand from the open cases, which have an index of their own.

Revision ID: 0022
Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_step_listed": "kind = 'listed'",
    "ix_step_closing": "kind IN ('decision', 'withdrawn', 'moved_away', 'taken_off', 'refused')",
}


def upgrade() -> None:
    for name in INDEXES:
        op.execute(f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX {name}")


def downgrade() -> None:
    for name, condition in INDEXES.items():
        op.execute(
            "-- squawk-ignore require-concurrent-index-creation\n"
            f"CREATE INDEX {name} ON step (tenant_id, case_id) INCLUDE (path) WHERE {condition}"
        )
