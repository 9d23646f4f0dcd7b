"""The embedded PostgreSQL: made once, started, adopted after a crash, stopped.

Clients come through a Unix socket only. Who may start and stop it, and when,
is `lease`'s part.
"""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import psycopg2.extensions
from psycopg2 import sql
from sqlalchemy.engine import URL

from app.core.settings import DRIVER
from app.runtime.account import run_as, write_as
from app.runtime.binaries import postgres_programs
from app.runtime.errors import RuntimeProblemError
from app.runtime.local_secrets import LocalSecrets
from app.runtime.places import Places
from app.runtime.processes import kill, running_pid, working_in

SUPERUSER = "bootstrap"
OWNER_ROLE = "ketnap_owner"
APP_ROLE = "ketnap_app"
DATABASE = "ketnap"
# Replaying the log after a hard stop takes part of this.
START_SECONDS = 120
STOP_SECONDS = 30
SETTINGS = """\
# Written anew at every start.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = '128MB'
work_mem = '16MB'
maintenance_work_mem = '128MB'
max_wal_size = '1GB'
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
password_encryption = 'scram-sha-256'
recovery_init_sync_method = '{sync_method}'
"""
# One call for the whole file system: thousands of files one by one take most of a restart.
SYNC_METHOD = "syncfs" if sys.platform == "linux" else "fsync"
# What is written to the log is kept twice: point-in-time recovery needs all of it. A segment that
# is not full yet is closed after a minute, which bounds what is lost with the whole machine.
ARCHIVING = """\
archive_mode = on
archive_timeout = 60
archive_command = 'cp "%p" "{spool}/%f.new" && mv "{spool}/%f.new" "{spool}/%f"'
"""
# For a server that is thrown away: nothing it holds need survive a crash.
THROWAWAY_SETTINGS = """\
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
"""


@dataclass(frozen=True)
class Postgres:
    """One embedded server: its programs, its folders and how careful it is with data."""

    programs: Path
    places: Places
    is_throwaway: bool
    is_archiving: bool = False

    @property
    def data(self) -> Path:
        """The folder of the cluster."""
        return self.places.home / "postgres"

    @property
    def spool(self) -> Path:
        """Where finished pieces of the write-ahead log wait to be sealed and carried off."""
        return self.places.home / "wal-spool"

    @property
    def log(self) -> Path:
        """The server's log of its last start."""
        return self.places.home / "postgres.log"


def find_postgres(
    places: Places, *, is_throwaway: bool = False, is_archiving: bool = False
) -> Postgres:
    """Return the server of an installation, running or not."""
    programs = postgres_programs(places.account, places.software)
    return Postgres(programs, places, is_throwaway, is_archiving)


def database_url(places: Places, role: str, password: str, database: str = DATABASE) -> str:
    """Return the address of a database of the embedded server for one role."""
    url = URL.create(
        DRIVER,
        username=role,
        password=password,
        database=database,
        query={"host": str(places.sockets)},
    )
    return url.render_as_string(hide_password=False)


def ensure_postgres(server: Postgres, secrets: LocalSecrets) -> None:
    """Leave the server running, with its roles and its database.

    A server that outlived its last user is adopted when it answers, and
    otherwise stopped first. The caller holds the lock of DATA_DIR.
    """
    if not server.data.exists():
        _initialise(server, secrets.superuser_password)
    if not (is_postgres_running(server) and _answers(server, secrets)):
        stop_postgres(server)
        start_postgres(server)
    try:
        with superuser_cursor(server.places, secrets) as cursor:
            _ensure_role(cursor, OWNER_ROLE, secrets.owner_password)
            _ensure_role(cursor, APP_ROLE, secrets.app_password)
            _ensure_database(cursor)
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        raise RuntimeProblemError(
            f"PostgreSQL ended while it was being prepared: {error}"
        ) from error


def is_postgres_running(server: Postgres) -> bool:
    """Say whether the server's process lives, busy as it may be."""
    return _running_pid(server) is not None


def stop_postgres(server: Postgres) -> None:
    """Stop the server if it runs, ending its sessions, and forget a server that is dead."""
    pid = _running_pid(server)
    if pid:
        stopped = _pg_ctl(server, "stop", "--mode=fast", f"--timeout={STOP_SECONDS}")
        if stopped.returncode != 0:
            kill(pid)
    _forget_dead(server)


def _forget_dead(server: Postgres) -> None:
    """Clear away what a server that was killed leaves behind and a new one stumbles over."""
    # Sessions in the middle of a computation outlive their server for a
    # while, and no new one starts as long as they hold its memory.
    for session in working_in(server.data):
        kill(session)
    # These name a process that is gone or, by now, some other program's,
    # which PostgreSQL would take for the old server.
    (server.data / "postmaster.pid").unlink(missing_ok=True)
    (server.places.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


@contextlib.contextmanager
def superuser_cursor(places: Places, secrets: LocalSecrets) -> Iterator[psycopg2.extensions.cursor]:
    """Yield an autocommitting cursor of the role that sets servers up and does nothing else."""
    connection = psycopg2.connect(
        host=str(places.sockets),
        user=SUPERUSER,
        password=secrets.superuser_password,
        dbname="postgres",
        connect_timeout=10,
    )
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def _initialise(server: Postgres, password: str) -> None:
    # Made beside its place and renamed, so that being killed half-way leaves
    # nothing that looks like a cluster.
    account = server.places.account
    half_made = server.data.with_name("postgres.new")
    password_file = server.places.home / "postgres.password"
    run_as(account, ["rm", "-rf", half_made])
    write_as(account, password_file, password)
    made = run_as(
        account,
        [
            server.programs / "initdb",
            f"--pgdata={half_made}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
            *(["--no-sync"] if server.is_throwaway else []),
        ],
    )
    password_file.unlink()
    if made.returncode != 0:
        raise RuntimeProblemError(f"PostgreSQL could not make its data folder:\n{made.stdout}")
    half_made.rename(server.data)


def start_postgres(server: Postgres, more_settings: str = "") -> None:
    """Start the server, with settings besides those it always has."""
    settings = SETTINGS.format(
        sockets=str(server.places.sockets).replace("'", "''"), sync_method=SYNC_METHOD
    )
    if server.is_throwaway:
        settings += THROWAWAY_SETTINGS
    if server.is_archiving:
        run_as(server.places.account, ["mkdir", "-p", server.spool])
        settings += ARCHIVING.format(spool=server.spool)
    settings += more_settings
    write_as(server.places.account, server.data / "postgresql.conf", settings)
    write_as(server.places.account, server.log, "")
    started = _pg_ctl(server, "start", f"--log={server.log}", f"--timeout={START_SECONDS}")
    if started.returncode != 0:
        reason = server.log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeProblemError(f"PostgreSQL did not start:\n{started.stdout}{reason}")


def _pg_ctl(server: Postgres, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = server.programs / "pg_ctl"
    return run_as(
        server.places.account, [program, f"--pgdata={server.data}", "--wait", "-s", *arguments]
    )


def _running_pid(server: Postgres) -> int | None:
    return running_pid(server.data / "postmaster.pid", str(server.data))


def _answers(server: Postgres, secrets: LocalSecrets) -> bool:
    try:
        with superuser_cursor(server.places, secrets) as cursor:
            cursor.execute("SELECT 1")
    except psycopg2.OperationalError:
        return False
    return True


def _ensure_role(cursor: psycopg2.extensions.cursor, role: str, password: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone() is None:
        cursor.execute(
            sql.SQL(
                "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}"
            ).format(sql.Identifier(role), sql.Literal(password))
        )


def _ensure_database(cursor: psycopg2.extensions.cursor) -> None:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
    if cursor.fetchone() is None:
        create_owned_database(cursor, DATABASE)


def create_owned_database(
    cursor: psycopg2.extensions.cursor, name: str, *, template: str = "template1"
) -> None:
    """Create a database of the owner's role, which only the two roles may enter."""
    cursor.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(OWNER_ROLE), sql.Identifier(template)
        )
    )
    cursor.execute(
        sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name))
    )
    cursor.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
            sql.Identifier(name), sql.Identifier(APP_ROLE)
        )
    )
