"""Servers and databases for tests and checks: quickly made, careless with data, gone in the end."""

import contextlib
import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from app.core.settings import Settings, load_settings
from app.runtime import schema
from app.runtime.lease import held_settings, leased_servers, stop_abandoned_servers
from app.runtime.local_secrets import kept_secrets
from app.runtime.places import find_places
from app.runtime.postgres import create_owned_database, superuser_cursor

PREFIX = "chi-tieu-throwaway-"
TEMPLATE = "template_migrated"


@contextlib.contextmanager
def throwaway_servers(*, is_migrated: bool = True) -> Iterator[Settings]:
    """Yield settings of servers of their own that vanish when the block ends.

    The database they name is empty. With `is_migrated` a migrated template
    stands ready, which `create_database` copies. Another process may join by
    `throwaway_settings(settings.data_dir)`.
    """
    _sweep_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    # The server's account must pass through; what is secret inside is private by itself.
    folder.chmod(0o711)
    try:
        with leased_servers(_unfilled(folder), is_throwaway=True) as settings:
            if is_migrated:
                _create_template(settings)
            yield settings
    finally:
        _delete(folder)


def throwaway_settings(data_dir: Path) -> Settings:
    """Return the settings of throw-away servers that another process holds."""
    return held_settings(_unfilled(data_dir))


def create_database(settings: Settings, name: str) -> Settings:
    """Create a database, migrated if the servers have the template, and return its settings."""
    places, secrets = find_places(settings.data_dir), kept_secrets(settings.data_dir)
    with superuser_cursor(places, secrets) as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE])
        template = TEMPLATE if cursor.fetchone() else "template1"
        create_owned_database(cursor, name, template=template)
    return _of_database(settings, name)


def _unfilled(data_dir: Path) -> Settings:
    return load_settings({"DATA_DIR": str(data_dir)})


def _of_database(settings: Settings, name: str) -> Settings:
    return dataclasses.replace(
        settings,
        database_url=_with_database(settings.database_url, name),
        migration_database_url=_with_database(settings.migration_database_url, name),
    )


def _with_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _create_template(settings: Settings) -> None:
    places, secrets = find_places(settings.data_dir), kept_secrets(settings.data_dir)
    with superuser_cursor(places, secrets) as cursor:
        create_owned_database(cursor, TEMPLATE)
    schema.upgrade(_of_database(settings, TEMPLATE))


def _sweep_abandoned() -> None:
    """Stop and delete the throw-away servers of processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        # Whoever made it, or another sweeper, may be deleting it just now.
        with contextlib.suppress(FileNotFoundError):
            if folder.stat().st_uid == os.geteuid() and stop_abandoned_servers(_unfilled(folder)):
                _delete(folder)


def _delete(folder: Path) -> None:
    # Another process may be sweeping the same folder.
    shutil.rmtree(folder, ignore_errors=True)
