"""Let an editor hold a box of a draft and keep a note beside it.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"

# What stood beside a number when it was published stays as it was.
KEEP_PUBLISHED_MARKS = """
CREATE FUNCTION keep_published_marks() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    mark box_mark := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
BEGIN
    IF EXISTS (
        SELECT 1 FROM distribution d
        WHERE d.tenant_id = mark.tenant_id AND d.id = mark.distribution_id AND d.state <> 'draft'
    ) OR (TG_OP = 'UPDATE' AND NEW.distribution_id <> OLD.distribution_id) THEN
        RAISE EXCEPTION 'a mark of a published distribution never changes'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'distribution_is_published';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "box_mark",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("distribution_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=True),
        sa.Column("is_held", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("is_held OR note IS NOT NULL", name=op.f("ck_box_mark_says_something")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "distribution_id"],
            ["distribution.tenant_id", "distribution.id"],
            name=op.f("fk_box_mark_tenant_id_distribution_id_distribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "segment_id"],
            ["segment.tenant_id", "segment.id"],
            name=op.f("fk_box_mark_tenant_id_segment_id_segment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_box_mark_tenant_id_unit_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_box_mark")),
        sa.UniqueConstraint(
            "tenant_id",
            "distribution_id",
            "unit_id",
            "segment_id",
            name="uq_box_mark_box",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.execute("ALTER TABLE box_mark ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE box_mark FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY everyone ON box_mark USING (true) WITH CHECK (true)")
    op.execute(
        "CREATE POLICY tenant ON box_mark AS RESTRICTIVE"
        f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
    )
    op.execute(KEEP_PUBLISHED_MARKS)
    op.execute(
        "CREATE TRIGGER keep_published BEFORE INSERT OR UPDATE OR DELETE ON box_mark"
        " FOR EACH ROW EXECUTE FUNCTION keep_published_marks()"
    )


def downgrade() -> None:
    op.drop_table("box_mark")
    op.execute("DROP FUNCTION keep_published_marks()")
