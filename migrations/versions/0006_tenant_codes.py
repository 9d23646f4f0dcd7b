"""Let the code of a tenant be like the codes of units: small letters, dots and dashes too.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WIDE = "^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"
NARROW = "^[A-Z][A-Z0-9]{1,19}$"


def upgrade() -> None:
    _check_codes(WIDE)
    # There are at most some dozens of tenants, so nobody waits for this.
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE tenant VALIDATE CONSTRAINT ck_tenant_code_is_plain"
    )


def downgrade() -> None:
    # A tenant whose code is of the wider kind stays as it is.
    _check_codes(NARROW)


def _check_codes(pattern: str) -> None:
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE tenant DROP CONSTRAINT ck_tenant_code_is_plain"
    )
    op.execute(
        "ALTER TABLE tenant ADD CONSTRAINT ck_tenant_code_is_plain"
        f" CHECK (code ~ '{pattern}') NOT VALID"
    )
