"""Let an index alone answer for the days of a month that a span cuts.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TREES = ("then", "now")


def upgrade() -> None:
    _index_anew(include=" INCLUDE (counted_on, total)")


def downgrade() -> None:
    _index_anew(include="")


def _index_anew(include: str) -> None:
    for tree in TREES:
        # Day counts can be drawn up again at any time, and are few: nobody waits long for this.
        op.execute(
            f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX ix_day_count_{tree}"
        )
        op.execute(
            "-- squawk-ignore require-concurrent-index-creation\n"
            f"CREATE INDEX ix_day_count_{tree} ON day_count"
            f" (tenant_id, measure_id, month, {tree}_path){include}"
        )
