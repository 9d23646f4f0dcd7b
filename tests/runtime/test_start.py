"""How the entry points begin: with servers, or with one line that says why not."""

import os
import socket
import subprocess
import sys

import pytest

from app.core.settings import load_settings
from app.runtime.errors import RuntimeProblemError
from app.runtime.supervisor import serve

KEY = "0123456789abcdef" * 4
FIELD_KEYS = "a:" + "A" * 43
COMMANDS = {
    "command line": ("-m", "flask", "--app", "wsgi", "routes"),
    "web": ("-m", "gunicorn", "--config", "python:app.runtime.gunicorn_settings", "wsgi:app"),
    "worker": ("-m", "worker", "default"),
    "supervisor": ("-m", "app.runtime", "serve"),
    "migrations": ("-m", "app.runtime", "migrate"),
}


@pytest.fixture
def run(project):
    def start(arguments, **environ):
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=project,
            env={"PATH": os.environ["PATH"], **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return start


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_missing_setting_is_told_in_one_line(run, command):
    refused = run(
        command, DATABASE_URL="postgresql://app@db/ketnap", SECRET_KEY=KEY, FIELD_KEYS=FIELD_KEYS
    )

    assert refused.returncode == 2
    assert refused.stdout == ""
    assert "REDIS_URL is not set" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_unreachable_database_is_told_in_one_line(run):
    refused = run(
        COMMANDS["command line"],
        DATABASE_URL="postgresql://app:secret-word@/ketnap?host=/nowhere",
        REDIS_URL="redis://localhost:1",
        SECRET_KEY=KEY,
        FIELD_KEYS=FIELD_KEYS,
    )

    assert refused.returncode == 2
    assert "database could not be used" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "secret-word" not in refused.stderr


def test_owner_is_refused_to_serve(run, settings):
    refused = run(
        COMMANDS["command line"],
        DATABASE_URL=settings.migration_database_url.replace("+psycopg2", ""),
        REDIS_URL=settings.redis_url,
        SECRET_KEY=KEY,
        FIELD_KEYS=FIELD_KEYS,
    )

    assert refused.returncode == 2
    assert "owns tables" in refused.stderr


def test_real_servers_are_used_when_named(run, settings):
    served = run(
        COMMANDS["command line"],
        DATABASE_URL=settings.database_url.replace("+psycopg2", ""),
        REDIS_URL=settings.redis_url,
        SECRET_KEY=KEY,
        FIELD_KEYS=FIELD_KEYS,
    )

    assert (served.returncode, served.stderr) == (0, "")


def test_command_runs_on_its_own_and_leaves_nothing_running(run, data_dir):
    first = run(COMMANDS["command line"], DATA_DIR=str(data_dir))
    second = run(COMMANDS["command line"], DATA_DIR=str(data_dir))

    assert (first.returncode, first.stderr) == (0, "")
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert first.stdout.startswith("Endpoint")
    assert not (data_dir / "servers/postgres/postmaster.pid").exists()
    assert not (data_dir / "servers/redis.pid").exists()


def test_port_in_use_is_told_before_anything_starts(local_settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = load_settings({"DATA_DIR": str(local_settings.data_dir), "PORT": str(port)})

        with pytest.raises(RuntimeProblemError, match=f"PORT={port + 1} make run"):
            serve(settings, "127.0.0.1")

    assert not local_settings.data_dir.exists()


def test_foreign_address_is_told(local_settings):
    with pytest.raises(RuntimeProblemError, match="HOST and PORT"):
        serve(local_settings, "192.0.2.1")
