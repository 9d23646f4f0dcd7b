"""Reorganisations are built on screen, previewed, and carried out by a worker.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"
COLUMNS = ("consequences", "requested", "requested_by", "requester", "progress")


def upgrade() -> None:
    op.add_column("reorganisation", sa.Column("consequences", postgresql.JSONB(), nullable=True))
    op.add_column("reorganisation", sa.Column("requested", sa.Text(), nullable=True))
    op.add_column("reorganisation", sa.Column("requested_by", sa.BigInteger(), nullable=True))
    op.add_column("reorganisation", sa.Column("requester", sa.Text(), nullable=True))
    op.add_column("reorganisation", sa.Column("progress", sa.Integer(), nullable=True))
    # A tenant has a handful of reorganisations, each of some hundred operations.
    _check("reorganisation", "request_is_known", "requested IN ('apply', 'undo')")
    # What replaces it allows all that it allowed.
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE reorganisation_operation"
        " DROP CONSTRAINT ck_reorganisation_operation_share_is_known"
    )
    _check(
        "reorganisation_operation",
        "share_is_known",
        "share IN ('whole', 'part', 'close', 'create')",
    )
    _check(
        "reorganisation_operation",
        "only_creating_has_no_old_unit",
        "(share = 'create') = (old_code = '')",
    )
    _create_person_route()


def downgrade() -> None:
    op.drop_table("reorganisation_person")
    op.drop_constraint(
        "ck_reorganisation_operation_only_creating_has_no_old_unit", "reorganisation_operation"
    )
    op.drop_constraint("ck_reorganisation_operation_share_is_known", "reorganisation_operation")
    op.execute("DELETE FROM reorganisation_operation WHERE share = 'create'")
    _check("reorganisation_operation", "share_is_known", "share IN ('whole', 'part', 'close')")
    op.drop_constraint("ck_reorganisation_request_is_known", "reorganisation")
    for column in COLUMNS:
        op.drop_column("reorganisation", column)


def _check(table: str, name: str, condition: str) -> None:
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition})"
    )


def _create_person_route() -> None:
    op.create_table(
        "reorganisation_person",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reorganisation_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("new_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "reorganisation_id"],
            ["reorganisation.tenant_id", "reorganisation.id"],
            name=op.f("fk_reorganisation_person_tenant_id_reorganisation_id_reorganisation"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_reorganisation_person_tenant_id_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reorganisation_person")),
        sa.UniqueConstraint(
            "tenant_id",
            "reorganisation_id",
            "person_id",
            name=op.f("uq_reorganisation_person_tenant_id_reorganisation_id_person_id"),
        ),
    )
    op.create_index(
        op.f("ix_reorganisation_person_tenant_id_person_id"),
        "reorganisation_person",
        ["tenant_id", "person_id"],
    )
    op.execute("ALTER TABLE reorganisation_person ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE reorganisation_person FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY everyone ON reorganisation_person USING (true) WITH CHECK (true)")
    op.execute(
        "CREATE POLICY tenant ON reorganisation_person AS RESTRICTIVE"
        f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
    )
