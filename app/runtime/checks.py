"""What must hold before the program serves anyone."""

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from app.core.settings import SettingsError
from app.runtime.errors import database_problem

UNSAFE_ROLE = text("""
SELECT rolsuper, rolbypassrls,
  EXISTS (
    SELECT FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
      AND nspname NOT IN ('pg_catalog', 'information_schema')
      AND nspname NOT LIKE 'pg_toast%'
      AND nspname NOT LIKE 'pg_temp%'
      AND pg_has_role(current_user, relowner, 'MEMBER')
  ) AS is_owner,
  EXISTS (
    SELECT FROM pg_roles AS other
    WHERE (other.rolsuper OR other.rolbypassrls)
      AND pg_has_role(current_user, other.oid, 'MEMBER')
  ) AS is_member_of_unsafe
FROM pg_roles
WHERE rolname = current_user
""")


def refuse_unsafe_role(engine: Engine) -> None:
    """Refuse to serve with a role that row-level security does not hold.

    A role counts as owner when it may become one (`SET ROLE`), and likewise
    for the attributes that bypass row-level security.
    """
    try:
        with engine.connect() as connection:
            role = connection.execute(UNSAFE_ROLE).one()
    except OperationalError as error:
        raise database_problem(error) from error
    found = [
        words
        for is_so, words in (
            (role.rolsuper, "is a superuser"),
            (role.rolbypassrls, "may bypass row-level security"),
            (role.is_owner, "owns tables"),
            (role.is_member_of_unsafe, "is a member of a role that bypasses row-level security"),
        )
        if is_so
    ]
    if found:
        raise SettingsError(
            f"The role of DATABASE_URL {' and '.join(found)}: give an unprivileged role, "
            "and the owner's role in MIGRATION_DATABASE_URL."
        )
