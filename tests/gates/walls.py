"""What the catalogue says of the walls around tenants; each function lists what is missing."""

from sqlalchemy import text

TABLES_WITHOUT_TENANT = {
    "alembic_version": "the revision of the schema itself",
    "job_run": "when jobs ran: names of jobs, instants and kinds of errors",
    "login_name": "asked before the tenant is known; the application cannot read it",
    "operator": "those who run the service belong to no tenant",
    "operator_session": "sessions of operators",
    "tenant": "the list of tenants itself: codes and names",
}
PERSONAL_TABLES = {
    "approval",
    "carried_step",
    "case_file",
    "export_file",
    "import_file",
    "import_row",
    "person",
    "person_move",
    "private_detail",
    "step",
    "transfer",
}

TENANT_CONDITION = (
    "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::integer)"
)
SUBTREE_CONDITION = (
    "((path >= NULLIF(current_setting('app.scope_from'::text, true), ''::text))"
    " AND (path < NULLIF(current_setting('app.scope_to'::text, true), ''::text)))"
)


def tables(connection):
    return set(
        connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    )


def tables_without_forced_security(connection):
    return set(
        connection.scalars(
            text(
                """
                SELECT relname FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                  AND NOT (relrowsecurity AND relforcerowsecurity)
                """
            )
        )
    ) - set(TABLES_WITHOUT_TENANT)


def tables_without_tenant_column(connection):
    return (
        tables(connection)
        - set(TABLES_WITHOUT_TENANT)
        - set(
            connection.scalars(
                text(
                    """
                    SELECT table_name FROM information_schema.columns
                    WHERE table_schema = 'public' AND column_name = 'tenant_id'
                      AND is_nullable = 'NO' AND data_type = 'integer'
                    """
                )
            )
        )
    )


def tables_without_policy(connection, condition, candidates):
    """Return the candidates without a restrictive policy of this condition, both ways, for all."""
    guarded = connection.scalars(
        text(
            """
            SELECT tablename FROM pg_policies
            WHERE schemaname = 'public' AND permissive = 'RESTRICTIVE' AND cmd = 'ALL'
              AND roles = '{public}' AND qual = :condition AND with_check = :condition
            """
        ),
        {"condition": condition},
    )
    return set(candidates) - set(guarded)


def tables_open_across_tenants(connection):
    candidates = tables(connection) - set(TABLES_WITHOUT_TENANT)
    return tables_without_policy(connection, TENANT_CONDITION, candidates)


def people_open_across_subtrees(connection):
    return tables_without_policy(connection, SUBTREE_CONDITION, PERSONAL_TABLES)


def keys_without_tenant(connection):
    """Return primary keys, unique and exclusion constraints of tenant tables without the tenant."""
    return set(
        connection.scalars(
            text(
                """
                SELECT c.relname || '.' || i.relname FROM pg_index x
                JOIN pg_class c ON c.oid = x.indrelid
                JOIN pg_class i ON i.oid = x.indexrelid
                WHERE c.relnamespace = 'public'::regnamespace
                  AND (x.indisunique OR x.indisexclusion) AND c.relname <> ALL (:without)
                  AND NOT EXISTS (
                      SELECT 1 FROM pg_attribute a
                      WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'
                        AND a.attnum = ANY (x.indkey::smallint[]))
                """
            ),
            {"without": list(TABLES_WITHOUT_TENANT)},
        )
    )


def references_without_tenant(connection):
    """Return foreign keys between tenant tables that do not carry the tenant on both sides."""
    return set(
        connection.scalars(
            text(
                """
                SELECT k.conname FROM pg_constraint k
                JOIN pg_class c ON c.oid = k.conrelid
                JOIN pg_class r ON r.oid = k.confrelid
                WHERE k.contype = 'f' AND c.relnamespace = 'public'::regnamespace
                  AND c.relname <> ALL (:without) AND r.relname <> ALL (:without)
                  AND NOT EXISTS (
                      SELECT 1 FROM unnest(k.conkey, k.confkey) AS pair (own, other)
                      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = pair.own
                      JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = pair.other
                      WHERE a.attname = 'tenant_id' AND b.attname = 'tenant_id')
                """
            ),
            {"without": list(TABLES_WITHOUT_TENANT)},
        )
    )


def views_that_bypass(connection):
    """Return views that read with their owner's rights instead of the reader's."""
    return set(
        connection.scalars(
            text(
                """
                SELECT relname FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
                  AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)
                """
            )
        )
    )
