"""Keep the spreadsheets that units send, and their rows, until the work on them has ended.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("import_file", "import_row")
TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"
SUBTREE_CONDITION = (
    "path >= nullif(current_setting('app.scope_from', true), '')"
    " AND path < nullif(current_setting('app.scope_to', true), '')"
)


def upgrade() -> None:
    _create_import_file()
    _create_import_row()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY everyone ON {table} USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY tenant ON {table} AS RESTRICTIVE"
            f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
        )
        op.execute(
            f"CREATE POLICY subtree ON {table} AS RESTRICTIVE"
            f" USING ({SUBTREE_CONDITION}) WITH CHECK ({SUBTREE_CONDITION})"
        )


def _create_import_file() -> None:
    op.create_table(
        "import_file",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("sender_id", sa.BigInteger(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("takes_duplicates", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "header", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column(
            "notes", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "sent_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('sent', 'checked', 'refused', 'accepted', 'done', 'withdrawn', 'undone',"
            " 'dropped')",
            name=op.f("ck_import_file_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_import_file_tenant_id_unit_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_import_file")),
        sa.UniqueConstraint(
            "tenant_id", "id", "path", name=op.f("uq_import_file_tenant_id_id_path")
        ),
    )
    op.create_index(
        op.f("ix_import_file_tenant_id_unit_id"), "import_file", ["tenant_id", "unit_id"]
    )
    op.create_index(
        "ix_import_file_awaiting",
        "import_file",
        ["tenant_id", "id"],
        postgresql_where=sa.text("state IN ('sent', 'accepted', 'withdrawn')"),
    )


def _create_import_row() -> None:
    op.create_table(
        "import_row",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("effect", postgresql.JSONB(), nullable=True),
        sa.Column("entries", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('good', 'duplicate', 'known', 'bad', 'stored', 'undone', 'kept')",
            name=op.f("ck_import_row_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id", "path"],
            ["import_file.tenant_id", "import_file.id", "import_file.path"],
            name="fk_import_row_file_path_import_file",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_import_row")),
        sa.UniqueConstraint(
            "tenant_id", "file_id", "number", name=op.f("uq_import_row_tenant_id_file_id_number")
        ),
    )
    op.create_index(
        op.f("ix_import_row_tenant_id_file_id_state_number"),
        "import_row",
        ["tenant_id", "file_id", "state", "number"],
    )


def downgrade() -> None:
    op.drop_table("import_row")
    op.drop_table("import_file")
