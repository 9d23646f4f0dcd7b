import subprocess
import sys
import time

from sqlalchemy import create_engine, text

from app.runtime import schema
from app.runtime.throwaway import create_database, throwaway_servers, throwaway_settings

ABANDON = """
import os, signal
from app.runtime.throwaway import throwaway_servers

with throwaway_servers(is_migrated=False) as settings:
    print(settings.data_dir, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_copied_database_is_migrated_and_quick(server_settings, worker_id):
    started = time.monotonic()
    copy = create_database(server_settings, f"quick_{worker_id}")
    took = time.monotonic() - started

    assert schema.current(copy) == schema.head()
    assert took < 1


def test_copies_are_apart(server_settings, worker_id):
    names = [f"apart_{number}_{worker_id}" for number in (1, 2)]
    engines = [
        create_engine(create_database(server_settings, name).migration_database_url)
        for name in names
    ]

    with engines[0].begin() as connection:
        connection.execute(text("CREATE TABLE only_here ()"))
    with engines[1].connect() as connection:
        assert connection.scalar(text("SELECT to_regclass('only_here')")) is None

    for engine in engines:
        engine.dispose()


def test_another_process_gets_the_same_addresses(server_settings):
    assert throwaway_settings(server_settings.data_dir) == server_settings


def test_nothing_is_left_behind():
    with throwaway_servers(is_migrated=False) as settings:
        assert settings.data_dir.exists()

    assert not settings.data_dir.exists()


def test_servers_of_a_killed_process_are_swept_away(project):
    killed = subprocess.run(
        [sys.executable, "-c", ABANDON], cwd=project, capture_output=True, text=True, check=False
    )
    assert killed.returncode == -9
    abandoned = throwaway_settings(killed.stdout.strip()).data_dir
    assert abandoned.exists()

    with throwaway_servers(is_migrated=False):
        pass

    assert not abandoned.exists()
