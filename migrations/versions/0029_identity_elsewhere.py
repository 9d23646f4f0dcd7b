"""Answer whether an identity number is on record outside the asker's subtree.

Revision ID: 0029
Revises: 0028
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# The scope is the whole tenant while it looks, and as before after it. It says yes or no alone.
IDENTITY_ELSEWHERE = """
CREATE FUNCTION identity_elsewhere(wanted bytea[], inside_from text, inside_to text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    before_from text := coalesce(current_setting('app.scope_from', true), '');
    before_to text := coalesce(current_setting('app.scope_to', true), '');
    is_one boolean;
BEGIN
    SET LOCAL app.scope_from = '0';
    SET LOCAL app.scope_to = '~';
    is_one := EXISTS (
        SELECT 1 FROM private_detail d
        WHERE d.tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer
          AND d.identity_index = ANY (wanted)
          AND NOT (d.path >= inside_from AND d.path < inside_to)
    );
    EXECUTE format('SET LOCAL app.scope_from = %L', before_from);
    EXECUTE format('SET LOCAL app.scope_to = %L', before_to);
    RETURN is_one;
END
$$
"""


def upgrade() -> None:
    op.execute(IDENTITY_ELSEWHERE)
    op.execute("REVOKE EXECUTE ON FUNCTION identity_elsewhere(bytea[], text, text) FROM PUBLIC")


def downgrade() -> None:
    op.execute("DROP FUNCTION identity_elsewhere(bytea[], text, text)")
