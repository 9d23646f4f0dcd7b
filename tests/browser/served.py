"""The program as it is served to people, in its own process, on copies of the demonstration."""

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import time
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from psycopg2 import sql
from redis import Redis

from app.runtime.local_secrets import kept_secrets
from app.runtime.places import find_places
from app.runtime.postgres import create_owned_database, superuser_cursor
from app.runtime.throwaway import create_database

PROJECT = Path(__file__).parents[2]
PASSWORD = "một mật khẩu trình diễn"
DEMONSTRATION = "demonstration"
START_SECONDS = 60
STOP_SECONDS = 20


def load_demonstration(server_settings):
    """Load the demonstration into a database to copy from; whoever comes first does it for all."""
    lock = server_settings.data_dir / f"{DEMONSTRATION}.lock"
    with lock.open("w") as held, _superuser(server_settings) as cursor:
        fcntl.flock(held, fcntl.LOCK_EX)
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DEMONSTRATION])
        if cursor.fetchone():
            return
        loading = create_database(server_settings, f"{DEMONSTRATION}_loading")
        _flask(loading, "demo", "load")
        cursor.execute(f"ALTER DATABASE {DEMONSTRATION}_loading RENAME TO {DEMONSTRATION}")


def _flask(settings, *arguments):
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=PROJECT,
        env=_environment(settings) | {"DEMO_PASSWORD": PASSWORD},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _environment(settings):
    """Name the servers as production does, so that what is served is what production serves."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "FIELD_KEYS": settings.field_keys,
    }


@contextlib.contextmanager
def _superuser(settings):
    places = find_places(settings.data_dir)
    with superuser_cursor(places, kept_secrets(settings.data_dir)) as cursor:
        yield cursor


class Site:
    """The served program, whose database any test may spoil."""

    def __init__(self, settings, log):
        """Serve the database that the settings name."""
        self.settings = settings
        self._log = log
        port = _free_port()
        self.address = f"http://127.0.0.1:{port}"
        with log.open("w") as written:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn"),
                    *("--config", "python:app.runtime.gunicorn_settings", "wsgi:app"),
                ],
                cwd=PROJECT,
                env=_environment(settings) | {"PORT": str(port), "WEB_PROCESSES": "1"},
                stdout=written,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_it_answers(port)

    def _wait_until_it_answers(self, port):
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port):
            assert self._process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.1)

    @property
    def log(self):
        return self._log.read_text(encoding="utf-8")

    def make_new(self):
        """Put a fresh copy of the demonstration in the database's place; forget all guesses."""
        name = sql.Identifier(self.settings.database_url.rpartition("/")[2].partition("?")[0])
        with _superuser(self.settings) as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            create_owned_database(cursor, name.string, template=DEMONSTRATION)
        with Redis.from_url(self.settings.redis_url) as redis:
            redis.flushdb()

    def stop(self):
        self._process.terminate()
        self._process.wait(STOP_SECONDS)


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _answers(port):
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
