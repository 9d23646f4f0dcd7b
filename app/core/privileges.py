"""What the role that serves requests and jobs may do, table by table.

It owns nothing: the owner's role grants this after every migration. A table may narrow it by
`info={"privileges": (...)}`; the database functions that write what it may not are listed here.
"""

from sqlalchemy import Connection, MetaData, text

EVERYTHING = ("SELECT", "INSERT", "UPDATE", "DELETE")
READABLE_VIEWS = ("recount", "books")
CALLABLE_FUNCTIONS = (
    "analyse_people()",
    "find_login(text)",
    "fold_deltas(integer)",
    "forget_in_trail(bigint[])",
    "identity_elsewhere(bytea[],text,text)",
    "possible_duplicate(text,date,text,text)",
    "rebuild_rollups()",
    "recredit(bigint[])",
    "record_verification(bigint, bigint)",
)


def apply_privileges(connection: Connection, app_role: str, metadata: MetaData) -> None:
    """Give `app_role` exactly its privileges, whatever it held before."""
    role = connection.dialect.identifier_preparer.quote(app_role)
    statements = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        *(
            f'GRANT {", ".join(privileges)} ON "{name}" TO {role}'
            for name, privileges in table_privileges(metadata).items()
            if privileges
        ),
        *(f"GRANT SELECT ON {view} TO {role}" for view in READABLE_VIEWS),
        *(f"GRANT EXECUTE ON FUNCTION {function} TO {role}" for function in CALLABLE_FUNCTIONS),
    ]
    for statement in statements:
        connection.execute(text(statement))


def table_privileges(metadata: MetaData) -> dict[str, tuple[str, ...]]:
    """Return the serving role's privileges by table name."""
    return {
        table.name: table.info.get("privileges", EVERYTHING) for table in metadata.sorted_tables
    }
