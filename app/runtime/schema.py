"""Migrating the database: always as the owner's role, one at a time, with grants afterwards."""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, NullPool, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from app.core.settings import Settings, require_migration_url
from app.runtime.errors import RuntimeProblemError

MIGRATIONS = Path(__file__).parents[2] / "migrations"
# Trusted extensions: the owner of a database may create them.
EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")
# Any number that no other program of this database uses.
ADVISORY_LOCK = 2_022_093_0
# A migration that waits for a lock makes every later query wait behind it.
LOCK_TIMEOUT = "4s"
WAIT_FOR_OTHER_MIGRATION = "60s"


def upgrade(settings: Settings) -> None:
    """Migrate to the newest revision and grant the serving role what it needs there."""
    with _migrating(settings) as connection:
        _create_extensions(connection)
        config = _config(connection)
        config.attributes["app_role"] = _app_role(settings)
        command.upgrade(config, "head")


def downgrade(settings: Settings, revision: str) -> None:
    """Migrate downwards to a revision, or to `base`."""
    with _migrating(settings) as connection:
        command.downgrade(_config(connection), revision)


def upgrade_if_behind(settings: Settings) -> bool:
    """Migrate only where something is left to do; say whether there was."""
    if current(settings) == head():
        return False
    upgrade(settings)
    return True


def current(settings: Settings) -> str | None:
    """Return the revision of the database, None when it is empty."""
    with _owner_connection(settings) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """Return the newest revision of the code, refusing two of them."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def differences(settings: Settings, metadata: MetaData) -> list[object]:
    """Return what a migrated database has otherwise than the models say."""
    with _owner_connection(settings) as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, metadata))


def upgrade_sql() -> str:
    """Return all migrations as SQL, for a linter or a careful reader."""
    written = io.StringIO()
    config = _config()
    config.output_buffer = written
    command.upgrade(config, "head", sql=True)
    return written.getvalue()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    # A percent sign in the path would be taken for a place to fill in.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextlib.contextmanager
def _owner_connection(settings: Settings) -> Iterator[Connection]:
    engine = create_engine(require_migration_url(settings), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    except OperationalError as error:
        raise RuntimeProblemError(f"The database could not be used: {error.orig}") from error


@contextlib.contextmanager
def _migrating(settings: Settings) -> Iterator[Connection]:
    """Yield an owner's connection that no second migration runs beside."""
    with _owner_connection(settings) as connection:
        connection.execute(
            text("SELECT set_config('lock_timeout', :wait, false)"),
            {"wait": WAIT_FOR_OTHER_MIGRATION},
        )
        # Held by the session, since every migration is a transaction of its own.
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": ADVISORY_LOCK})
        connection.execute(
            text("SELECT set_config('lock_timeout', :wait, false)"), {"wait": LOCK_TIMEOUT}
        )
        connection.commit()
        yield connection


def _create_extensions(connection: Connection) -> None:
    for extension in EXTENSIONS:
        connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
    connection.commit()


def _app_role(settings: Settings) -> str:
    role = make_url(settings.database_url).username
    if role is None:
        raise RuntimeProblemError("DATABASE_URL names no role to grant rights to.")
    return role
