"""Let each unit set the lines of its papers.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"
LINES = (
    "issuer_name",
    "superior_name",
    "place_name",
    "signs_for",
    "signs_as",
    "signatory_name",
    "copies_to",
)


def upgrade() -> None:
    op.create_table(
        "paper_layout",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in LINES),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_paper_layout_tenant_id_unit_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_paper_layout")),
        sa.UniqueConstraint("tenant_id", "unit_id", name=op.f("uq_paper_layout_tenant_id_unit_id")),
    )
    op.execute("ALTER TABLE paper_layout ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE paper_layout FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY everyone ON paper_layout USING (true) WITH CHECK (true)")
    op.execute(
        "CREATE POLICY tenant ON paper_layout AS RESTRICTIVE"
        f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
    )


def downgrade() -> None:
    op.drop_table("paper_layout")
