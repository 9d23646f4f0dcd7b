"""Registered quotas and shares of a term; every adjustment says why.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SOURCES = {
    "adjustment_has_a_cause": "state = 'draft' OR source <> 'assigned' OR version = 1"
    " OR cause IS NOT NULL",
    "source_is_known": "source IN ('assigned', 'own', 'registered', 'term_share')",
    "published_has_a_decision": "state = 'draft' OR (published_at IS NOT NULL"
    " AND decided_on IS NOT NULL AND (decision_no IS NOT NULL OR source = 'registered'))",
}
SOURCES_BEFORE = {
    "source_is_known": "source IN ('assigned', 'own')",
    "published_has_a_decision": "state = 'draft' OR (published_at IS NOT NULL"
    " AND decided_on IS NOT NULL AND decision_no IS NOT NULL)",
}


def upgrade() -> None:
    # What was published before never changes, so a default that is taken back says it of all rows.
    op.add_column(
        "distribution", sa.Column("cause", sa.Text(), server_default="không ghi", nullable=True)
    )
    op.execute(
        "-- squawk-ignore ban-drop-default\n"
        "ALTER TABLE distribution ALTER COLUMN cause DROP DEFAULT"
    )
    _replace(SOURCES)


def downgrade() -> None:
    op.execute("ALTER TABLE distribution DROP CONSTRAINT ck_distribution_adjustment_has_a_cause")
    _replace(SOURCES_BEFORE)
    op.drop_column("distribution", "cause")


def _replace(constraints: dict[str, str]) -> None:
    """Put wider conditions in the place of others; distributions are few and read in no time."""
    for name, condition in constraints.items():
        op.execute(
            "-- squawk-ignore ban-drop-constraint\n"
            f"ALTER TABLE distribution DROP CONSTRAINT IF EXISTS ck_distribution_{name}"
        )
        op.execute(
            "-- squawk-ignore constraint-missing-not-valid\n"
            f"ALTER TABLE distribution ADD CONSTRAINT ck_distribution_{name} CHECK ({condition})"
        )
