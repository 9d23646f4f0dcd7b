"""Run by Alembic for every command; `app.runtime.schema` gives it the owner's connection."""

from alembic import context

from app.core.privileges import apply_privileges
from app.factory import metadata


def run_offline() -> None:
    context.configure(
        dialect_name="postgresql",
        target_metadata=metadata(),
        literal_binds=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    # Rights follow the newest tables, so they are granted only on the way to them.
    app_role = context.config.attributes.get("app_role")
    if app_role:
        with connection.begin():
            apply_privileges(connection, app_role, metadata())


if context.is_offline_mode():
    run_offline()
else:
    run_online()
