"""Undoing a reorganisation gives the tenant its name back and takes what rules wrote with it.

Revision ID: 0038
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reorganisation", sa.Column("tenant_called", sa.Text(), nullable=True))
    # What people wrote stays for ever, whatever the program does; only the owner of the tables,
    # who carries a tenant over to another one, takes the copies away that are left behind.
    op.execute(
        "CREATE POLICY written_by_rule ON reminder AS RESTRICTIVE FOR DELETE"
        " USING (origin NOT IN ('hand', 'round')"
        " OR pg_has_role(current_user, (SELECT relowner FROM pg_class"
        " WHERE oid = 'reminder'::regclass), 'USAGE'))"
    )


def downgrade() -> None:
    op.execute("DROP POLICY written_by_rule ON reminder")
    op.drop_column("reorganisation", "tenant_called")
