"""Tell who is listed and still open from two small indexes.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_step_listed": "kind = 'listed'",
    "ix_step_closing": "kind IN ('decision', 'withdrawn', 'moved_away', 'taken_off', 'refused')",
}


def upgrade() -> None:
    for name, condition in INDEXES.items():
        # Some hundred thousand rows at most: a second or two in a quiet hour.
        op.execute(
            "-- squawk-ignore require-concurrent-index-creation\n"
            f"CREATE INDEX {name} ON step (tenant_id, case_id) INCLUDE (path) WHERE {condition}"
        )


def downgrade() -> None:
    for name in INDEXES:
        op.execute(f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX {name}")
