"""Keep identity numbers sealed and apart; answer whether a person may be on record elsewhere.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"
SUBTREE_CONDITION = (
    "path >= nullif(current_setting('app.scope_from', true), '')"
    " AND path < nullif(current_setting('app.scope_to', true), '')"
)
BASES = "('consent', 'article_19', 'internal_regulation')"

# The scope is the whole tenant while it looks, and as before after it. It says yes or no alone.
POSSIBLE_DUPLICATE = """
CREATE FUNCTION possible_duplicate(wanted_key text, wanted_born date, inside_from text, inside_to text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    before_from text := coalesce(current_setting('app.scope_from', true), '');
    before_to text := coalesce(current_setting('app.scope_to', true), '');
    is_one boolean;
BEGIN
    SET LOCAL app.scope_from = '0';
    SET LOCAL app.scope_to = '~';
    is_one := EXISTS (
        SELECT 1 FROM person p
        WHERE p.tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer
          AND p.search_key = wanted_key
          AND p.date_of_birth = wanted_born
          AND NOT (p.path >= inside_from AND p.path < inside_to)
    );
    EXECUTE format('SET LOCAL app.scope_from = %L', before_from);
    EXECUTE format('SET LOCAL app.scope_to = %L', before_to);
    RETURN is_one;
END
$$
"""


def upgrade() -> None:
    op.add_column(
        "person", sa.Column("erased_at", postgresql.TIMESTAMP(timezone=True), nullable=True)
    )
    op.create_table(
        "private_detail",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("identity_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("identity_index", sa.LargeBinary(), nullable=True),
        sa.Column("legal_basis", sa.Text(), nullable=True),
        sa.Column("basis_document", sa.Text(), nullable=True),
        sa.CheckConstraint(
            f"legal_basis IN {BASES}", name=op.f("ck_private_detail_legal_basis_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id", "path"],
            ["person.tenant_id", "person.id", "person.path"],
            name="fk_private_detail_person_path_person",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_private_detail")),
        sa.UniqueConstraint(
            "tenant_id", "person_id", name=op.f("uq_private_detail_tenant_id_person_id")
        ),
        sa.UniqueConstraint(
            "tenant_id", "identity_index", name=op.f("uq_private_detail_tenant_id_identity_index")
        ),
    )
    op.create_table(
        "privacy_rule",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("usual_basis", sa.Text(), nullable=False),
        sa.Column("retention_months", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            f"usual_basis IN {BASES}", name=op.f("ck_privacy_rule_usual_basis_is_known")
        ),
        sa.CheckConstraint(
            "retention_months > 0", name=op.f("ck_privacy_rule_retention_is_some_time")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_privacy_rule_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_privacy_rule")),
    )
    for table in ("private_detail", "privacy_rule"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY everyone ON {table} USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY tenant ON {table} AS RESTRICTIVE"
            f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
        )
    op.execute(
        "CREATE POLICY subtree ON private_detail AS RESTRICTIVE"
        f" USING ({SUBTREE_CONDITION}) WITH CHECK ({SUBTREE_CONDITION})"
    )
    op.execute(POSSIBLE_DUPLICATE)
    op.execute("REVOKE EXECUTE ON FUNCTION possible_duplicate(text, date, text, text) FROM PUBLIC")


def downgrade() -> None:
    op.execute("DROP FUNCTION possible_duplicate(text, date, text, text)")
    op.drop_table("privacy_rule")
    op.drop_table("private_detail")
    op.drop_column("person", "erased_at")
