"""Let an import tell the planner at once how many people there are now.

Until the server's own analysis a minute later, plans made for empty tables compare every person
with every step. Only the owner of a table may analyse it.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ANALYSE_PEOPLE = """
CREATE FUNCTION analyse_people() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    ANALYZE person, case_file, step;
END
$$
"""


def upgrade() -> None:
    op.execute(ANALYSE_PEOPLE)
    op.execute("REVOKE EXECUTE ON FUNCTION analyse_people() FROM PUBLIC")


def downgrade() -> None:
    op.execute("DROP FUNCTION analyse_people()")
