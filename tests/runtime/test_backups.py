"""The embedded database comes back as it was at a second, from sealed files alone."""

import shutil
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from app.core.settings import load_settings
from app.runtime import backups
from app.runtime.errors import RuntimeProblemError
from app.runtime.lease import leased_servers


@pytest.fixture
def kept(data_dir):
    """An installation that keeps backups."""
    return load_settings({"DATA_DIR": str(data_dir), "BACKUP_DIR": str(data_dir.parent / "kept")})


def execute(settings, *statements):
    engine = create_engine(settings.migration_database_url)
    with engine.begin() as connection:
        results = [connection.execute(text(statement)) for statement in statements]
        answer = results[-1].scalars().all() if results[-1].returns_rows else None
    engine.dispose()
    return answer


def close_piece_of_log(superuser_settings):
    server, secrets = backups.embedded_server(superuser_settings)
    with backups.superuser_cursor(server.places, secrets) as cursor:
        cursor.execute("SELECT pg_switch_wal()")
    deadline = time.monotonic() + 60
    while not any(server.spool.iterdir()):
        assert time.monotonic() < deadline, "the log was not archived"
        time.sleep(0.05)


@pytest.mark.fault
def test_a_destroyed_database_comes_back_as_it_was_at_a_second(kept):
    with leased_servers(kept) as settings:
        execute(settings, "CREATE TABLE noted (word text)", "INSERT INTO noted VALUES ('copied')")
        copy = backups.take_backup(settings)
        execute(settings, "INSERT INTO noted VALUES ('before')")
        time.sleep(0.1)
        chosen = datetime.now(UTC)
        time.sleep(0.1)
        execute(settings, "INSERT INTO noted VALUES ('after')")
        close_piece_of_log(settings)
        backups.carry_off_wal(settings)
    shutil.rmtree(kept.data_dir / "servers/postgres")
    shutil.rmtree(kept.data_dir / "servers/wal-spool")

    used, aside = backups.restore_backup(kept, chosen)

    assert (used, aside) == (copy, None)
    with leased_servers(kept) as settings:
        assert execute(settings, "SELECT word FROM noted") == ["copied", "before"]
    assert b"noted" not in copy.read_bytes()
    with pytest.raises(RuntimeProblemError, match="no backup from before"):
        backups.restore_backup(kept, chosen - timedelta(days=1))
