"""Row-level security, the context of a transaction, login names and the trail's permanence.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "audit_entry",
    "case_file",
    "day_count",
    "delta",
    "designation",
    "distribution",
    "kind",
    "level",
    "measure",
    "member_count",
    "person",
    "placement",
    "position",
    "quota_line",
    "role_grant",
    "rollup_status",
    "segment",
    "setting",
    "step",
    "submission",
    "summary",
    "tree_state",
    "unit",
    "user_account",
    "user_session",
)
PERSONAL_TABLES = ("person", "case_file", "step")

TENANT_CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::integer"
SUBTREE_CONDITION = (
    "path >= nullif(current_setting('app.scope_from', true), '')"
    " AND path < nullif(current_setting('app.scope_to', true), '')"
)

# A setting ends as '' rather than NULL after SET LOCAL, so '' always means: nobody.
# The settings are made by EXECUTE because plain set_config() does not reach Citus workers.
SET_CONTEXT = """
CREATE FUNCTION set_context(tenant integer, scope_from text, scope_to text)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    EXECUTE format('SET LOCAL app.tenant_id = %L', coalesce(tenant::text, ''));
    EXECUTE format('SET LOCAL app.scope_from = %L', coalesce(scope_from, ''));
    EXECUTE format('SET LOCAL app.scope_to = %L', coalesce(scope_to, ''));
END
$$
"""

# The only way to read a login name: one name in, at most one row out.
FIND_LOGIN = """
CREATE FUNCTION find_login(wanted text)
RETURNS TABLE (tenant_id integer, user_id bigint, operator_id integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT n.tenant_id, n.user_id, n.operator_id FROM login_name n WHERE n.name = lower(wanted)
$$
"""

KEEP_USER_LOGIN = """
CREATE FUNCTION keep_user_login() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM login_name WHERE name = OLD.login_name AND user_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO login_name (name, tenant_id, user_id)
        VALUES (NEW.login_name, NEW.tenant_id, NEW.id);
    END IF;
    RETURN NULL;
END
$$
"""

KEEP_OPERATOR_LOGIN = """
CREATE FUNCTION keep_operator_login() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM login_name WHERE name = OLD.login_name AND operator_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO login_name (name, operator_id) VALUES (NEW.login_name, NEW.id);
    END IF;
    RETURN NULL;
END
$$
"""

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_only_grows';
END
$$
"""


def upgrade() -> None:
    op.execute(SET_CONTEXT)
    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY everyone ON {table} USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY tenant ON {table} AS RESTRICTIVE"
            f" USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
        )
    for table in PERSONAL_TABLES:
        op.execute(
            f"CREATE POLICY subtree ON {table} AS RESTRICTIVE"
            f" USING ({SUBTREE_CONDITION}) WITH CHECK ({SUBTREE_CONDITION})"
        )
    op.execute(
        "CREATE POLICY subtree ON audit_entry AS RESTRICTIVE FOR SELECT"
        f" USING (path IS NULL OR ({SUBTREE_CONDITION}))"
    )
    for function in (FIND_LOGIN, KEEP_USER_LOGIN, KEEP_OPERATOR_LOGIN, REFUSE_CHANGE):
        op.execute(function)
    op.execute("REVOKE EXECUTE ON FUNCTION find_login(text) FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER keep_login AFTER INSERT OR DELETE OR UPDATE OF login_name ON user_account"
        " FOR EACH ROW EXECUTE FUNCTION keep_user_login()"
    )
    op.execute(
        "CREATE TRIGGER keep_login AFTER INSERT OR DELETE OR UPDATE OF login_name ON operator"
        " FOR EACH ROW EXECUTE FUNCTION keep_operator_login()"
    )
    op.execute(
        "CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER only_grows ON audit_entry")
    op.execute("DROP TRIGGER keep_login ON operator")
    op.execute("DROP TRIGGER keep_login ON user_account")
    for function in (
        "refuse_change()",
        "keep_operator_login()",
        "keep_user_login()",
        "find_login(text)",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP POLICY subtree ON audit_entry")
    for table in PERSONAL_TABLES:
        op.execute(f"DROP POLICY subtree ON {table}")
    for table in TENANT_TABLES:
        op.execute(f"DROP POLICY tenant ON {table}")
        op.execute(f"DROP POLICY everyone ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP FUNCTION set_context(integer, text, text)")
