"""One-time links; acting in somebody's stead; leave for an operator to look into a tenant.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"
INSTANT = postgresql.TIMESTAMP(timezone=True)
TABLES = ("one_time_link", "operator_access")


def upgrade() -> None:
    _create_one_time_link()
    _create_operator_access()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY everyone ON {table} USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY tenant ON {table} AS RESTRICTIVE"
            f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
        )
    op.add_column("role_grant", sa.Column("stands_in_for_id", sa.BigInteger(), nullable=True))
    # Grants are few: the whole table is read in no time.
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint\n"
        "ALTER TABLE role_grant ADD CONSTRAINT"
        " fk_role_grant_tenant_id_stands_in_for_id_user_account"
        " FOREIGN KEY (tenant_id, stands_in_for_id) REFERENCES user_account (tenant_id, id)"
    )
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE role_grant ADD CONSTRAINT"
        " ck_role_grant_stands_in_for_another_for_a_while"
        " CHECK (stands_in_for_id IS NULL OR (stands_in_for_id <> user_id"
        " AND NOT lower_inf(valid) AND NOT upper_inf(valid)))"
    )
    op.add_column("user_session", sa.Column("acting_for_id", sa.BigInteger(), nullable=True))
    op.add_column("operator_session", sa.Column("visited_id", sa.Integer(), nullable=True))
    op.add_column("audit_entry", sa.Column("on_behalf_of_id", sa.BigInteger(), nullable=True))
    op.add_column("audit_entry", sa.Column("on_behalf_of_name", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("audit_entry", "on_behalf_of_name")
    op.drop_column("audit_entry", "on_behalf_of_id")
    op.drop_column("operator_session", "visited_id")
    op.drop_column("user_session", "acting_for_id")
    op.drop_column("role_grant", "stands_in_for_id")
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_one_time_link() -> None:
    op.create_table(
        "one_time_link",
        *_identity(),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "purpose IN ('invitation', 'reset')", name=op.f("ck_one_time_link_purpose_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["user_account.tenant_id", "user_account.id"],
            name=op.f("fk_one_time_link_tenant_id_user_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint(
            "tenant_id", "user_id", name=op.f("uq_one_time_link_tenant_id_user_id")
        ),
    )


def _create_operator_access() -> None:
    op.create_table(
        "operator_access",
        *_identity(),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("operator_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sees_people", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("given_by_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "starts_at < ends_at", name=op.f("ck_operator_access_ends_after_it_starts")
        ),
        sa.CheckConstraint(
            "ends_at <= starts_at + interval '24 hours'",
            name=op.f("ck_operator_access_is_a_day_at_most"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_operator_access_has_a_reason")),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
            name=op.f("fk_operator_access_operator_id_operator"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "given_by_id"],
            ["user_account.tenant_id", "user_account.id"],
            name=op.f("fk_operator_access_tenant_id_given_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_operator_access")),
    )
    op.create_index(
        op.f("ix_operator_access_tenant_id_operator_id"),
        "operator_access",
        ["tenant_id", "operator_id"],
    )


def _identity() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    )
