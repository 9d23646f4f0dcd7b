"""`make drill`, second part: the same with a server of one's own, kept as docs/operations.md says.

    python faults/server_drill.py [--admissions 20000] [--programs /usr/lib/postgresql/15/bin]

The server's account, its settings, its commands and those of the program are the documented ones;
only its folder is made here. PostgreSQL refuses root: where root asks, it goes on as an account
that owns nothing and may read what root can.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg2
from flask import Flask

from app.audit.jobs import link_trail
from app.core.settings import load_settings
from app.demo.nation import make_nation
from app.factory import create_app
from app.runtime import schema
from app.runtime.account import Account, server_account
from app.runtime.backups import AFTER_RESTORING
from app.runtime.binaries import postgres_programs
from app.tenants.context import tenant_transaction
from faults.drill import (
    CANARY,
    PREFIX,
    QUIET_SECONDS,
    TENANT,
    WRITTEN,
    Result,
    add,
    checksums,
    erase,
    named,
    report,
    write_for,
)

PROJECT = Path(__file__).parents[1]
DEBIAN_PROGRAMS = Path("/usr/lib/postgresql/15/bin")
WAIT_SECONDS = 600
READING_ALL = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
archive_mode = on
archive_timeout = 60
archive_command = 'PYTHONPATH={project} {python} -m app.runtime seal-wal %p'
"""
ROLES = (
    "CREATE ROLE ketnap_owner LOGIN",
    "CREATE ROLE ketnap_app LOGIN",
    "CREATE ROLE ketnap_copier LOGIN REPLICATION PASSWORD 'copier'",
    "CREATE DATABASE ketnap OWNER ketnap_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'",
)


class OwnServer:
    """A PostgreSQL that the program did not make, with the account that keeps it."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs
        self.data, self._log = folder / "server", folder / "server.log"
        self._path = f"{programs}:{os.environ['PATH']}"
        self._environ = {
            "PATH": self._path,
            "BACKUP_DIR": str(folder / "copies"),
            "BACKUP_KEYS": f"b1:{_key()}",
            "BACKUP_DATABASE_URL": f"postgresql://ketnap_copier:copier@/?host={folder}",
        }

    def make(self) -> None:
        """Make the cluster and what the guide has its keeper make in it."""
        _run(self._environ, self._programs / "initdb", "-D", self.data, "-U", "postgres")
        settings = SETTINGS.format(folder=self._folder, project=PROJECT, python=sys.executable)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(settings)
        self.start()
        connection = psycopg2.connect(host=str(self._folder), user="postgres", dbname="postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in ROLES:
                cursor.execute(statement)
        connection.close()

    def start(self) -> None:
        """Start it and wait until it takes writes."""
        log = ("-l", self._log, "-t", str(WAIT_SECONDS))
        _run(self._environ, self._programs / "pg_ctl", "-D", self.data, "-w", *log, "start")
        until = time.monotonic() + WAIT_SECONDS
        try:
            while self._is_recovering() and time.monotonic() < until:
                time.sleep(0.2)
        except psycopg2.OperationalError as error:
            raise RuntimeError(self._log.read_text()[-4000:]) from error

    def _is_recovering(self) -> bool:
        connection = psycopg2.connect(host=str(self._folder), user="postgres", dbname="postgres")
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery()")
            row = cursor.fetchone()
        connection.close()
        return bool(row and row[0])

    def destroy(self) -> float:
        """Kill it and delete all its data; return when."""
        first = (self.data / "postmaster.pid").read_text().split("\n", 1)[0]
        os.kill(int(first), signal.SIGKILL)
        destroyed_at = time.time()
        # Its sessions notice and end; until then they hold its memory.
        time.sleep(1)
        shutil.rmtree(self.data)
        return destroyed_at

    def stop(self) -> None:
        """Stop it, if it runs."""
        command = [self._programs / "pg_ctl", "-D", self.data, "-m", "immediate", "stop"]
        subprocess.run(command, capture_output=True, check=False)

    def keep(self, *words: str) -> str:
        """Carry out a command of its keeper; return what it prints."""
        return _run(self._environ, sys.executable, "-m", "app.runtime", *words)

    @contextmanager
    def cursor(self) -> Iterator[psycopg2.extensions.cursor]:
        """Yield a cursor of its superuser in the program's database."""
        connection = psycopg2.connect(host=str(self._folder), user="postgres", dbname="ketnap")
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def piece_of_now(self, cursor: psycopg2.extensions.cursor) -> str:
        """Return the piece of the log that is written just now."""
        cursor.execute("SELECT pg_walfile_name(pg_current_wal_lsn())")
        (name,) = cursor.fetchone() or ("",)
        return str(name)

    def has_archived(self, piece: str) -> bool:
        """Say whether a piece of the log lies sealed among the copies."""
        return (self._folder / "copies" / "wal" / f"{piece}.sealed").exists()

    def environ_of_program(self) -> dict[str, str]:
        """Return the settings of the program, which holds none of the keeper's keys."""
        url = "postgresql://{role}@/ketnap?host=" + str(self._folder)
        return {
            "PATH": self._path,
            "DATABASE_URL": url.format(role="ketnap_app"),
            "MIGRATION_DATABASE_URL": url.format(role="ketnap_owner"),
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "SECRET_KEY": secrets.token_hex(32),
            "FIELD_KEYS": f"f1:{_key()}",
            "DATA_DIR": str(self._folder / "program"),
            "BACKUP_DIR": str(self._folder / "program" / "kept"),
        }


def main() -> None:
    """Run, print, and end with status 1 where something did not come back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--admissions", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=100, help="how long is written on")
    parser.add_argument("--programs", type=Path, help="of PostgreSQL; default: Debian's, else own")
    asked = parser.parse_args()
    if os.geteuid() == 0:
        _go_on_as(server_account())
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    programs = asked.programs or DEBIAN_PROGRAMS
    if not programs.exists():
        programs = postgres_programs(server_account(), folder / "software")
    server = OwnServer(folder, programs)
    try:
        result = drill(server, admissions=asked.admissions, seconds=asked.seconds)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    report(result)
    sys.exit(not result.is_clean)


def _go_on_as(account: Account) -> NoReturn:
    """Begin again under another account, which still reads root's own interpreter and program."""
    if shutil.which("setpriv") is None:
        sys.exit("PostgreSQL refuses root, and setpriv is missing: run it as an ordinary user.")
    os.environ.pop("HOME", None)
    identity = (f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups")
    command = ("setpriv", *identity, *READING_ALL, sys.executable, *sys.argv)
    os.execvp(command[0], command)


def drill(server: OwnServer, *, admissions: int, seconds: float) -> Result:
    """Load, copy, write, destroy, restore the latest; destroy, restore to a second, compare."""
    server.make()
    environ = server.environ_of_program()
    settings, result = load_settings(environ), Result()
    schema.upgrade(settings)
    application = create_app(settings)
    with application.app_context():
        for _made in make_nation(provinces=1, admissions=admissions):
            pass
    _copy(server, result)
    canary = add(application, CANARY)
    with application.app_context():
        link_trail(TENANT)
    time.sleep(QUIET_SECONDS)
    chosen = datetime.now(UTC)
    with server.cursor() as cursor:
        before = checksums(cursor)
        piece = server.piece_of_now(cursor)
    time.sleep(QUIET_SECONDS)
    erase(application, canary)
    written = write_for(application, seconds, lambda: None)
    # A second can be chosen from when on its piece of the log has gone.
    while not server.has_archived(piece):
        written += write_for(application, seconds / 10, lambda: None)
    destroyed_at = server.destroy()
    _restore_latest(server, application, written=written, destroyed_at=destroyed_at, result=result)
    server.destroy()
    _restore_and_judge(
        server, application, environ=environ, chosen=chosen, before=before, result=result
    )
    return result


def _copy(server: OwnServer, result: Result) -> None:
    started = time.monotonic()
    said = server.keep("backup", "--keep-days", "14")
    result.copied_in = time.monotonic() - started
    result.copy_bytes = Path(said.split(" (", 1)[0]).stat().st_size


def _restore_latest(
    server: OwnServer,
    application: Flask,
    *,
    written: list[float],
    destroyed_at: float,
    result: Result,
) -> None:
    server.keep("restore", "--into", str(server.data))
    server.start()
    with application.app_context(), tenant_transaction(TENANT) as context:
        kept = named(context, WRITTEN)
    result.writes, result.lost_writes = len(written), len(written) - kept
    result.lost_seconds = destroyed_at - (written[kept - 1] if kept else written[0])


def _restore_and_judge(
    server: OwnServer,
    application: Flask,
    *,
    environ: Mapping[str, str],
    chosen: datetime,
    before: Mapping[str, tuple[int, str]],
    result: Result,
) -> None:
    started = time.monotonic()
    server.keep("restore", "--into", str(server.data), "--at", chosen.isoformat())
    server.start()
    restored = time.monotonic()
    with server.cursor() as cursor:
        after = checksums(cursor)
    summed = time.monotonic() - restored
    said = {
        " ".join(words): json.loads(
            _run(environ, _flask(), "--app", "wsgi", *words, "--format", "json")
        )
        for words in AFTER_RESTORING
    }
    # Comparing every row is the judge's, not the restorer's.
    result.restored_in = time.monotonic() - started - summed
    result.erased_again = said["privacy replay-erasures"]["erased"]
    result.cut_batches = said["trail resume"]["later_batches"]
    result.broken = len(said["trail verify"]["broken"])
    result.figures = said["rollups verify"]["figures"]
    result.mismatches = said["rollups verify"]["mismatches"]
    result.tables, result.rows = len(after), sum(rows for rows, _ in after.values())
    result.differing = tuple(table for table in before if after.get(table) != before[table])
    with application.app_context(), tenant_transaction(TENANT) as context:
        result.canaries = named(context, CANARY)


def _flask() -> Path:
    return Path(sys.executable).with_name("flask")


def _key() -> str:
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _run(environ: Mapping[str, str], *words: str | Path) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=PROJECT,
        env=dict(environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
