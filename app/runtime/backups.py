"""Backups of the whole database, sealed, and restoring them to a chosen second.

A backup is a copy of the cluster (`base-TIME.sealed`) and every piece of the write-ahead log since
(`wal/NAME.sealed`), under keys that are nowhere in them. The embedded server keeps its own; of a
server of one's own its account does (`own_server.py`, docs/operations.md).
"""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import psycopg2
from sqlalchemy.engine import make_url

from app.core.sealed_files import open_file, seal_file
from app.core.sealing import FieldKeys, read_keys
from app.core.settings import Settings
from app.runtime.account import piped_as, run_as
from app.runtime.errors import RuntimeProblemError
from app.runtime.lease import embedded_server, stopped_servers
from app.runtime.local_secrets import LocalSecrets
from app.runtime.postgres import (
    SUPERUSER,
    Postgres,
    start_postgres,
    stop_postgres,
    superuser_cursor,
)

ENDING = ".sealed"
BASE = "base-"
TIME = "%Y%m%dT%H%M%SZ"
RECOVERY_SECONDS = 3600
LONGEST_COPYING = timedelta(days=1)
LOOK_SECONDS = 0.1
AFTER_RESTORING = (
    ("privacy", "replay-erasures"),
    ("trail", "resume"),
    ("trail", "verify"),
    ("rollups", "verify"),
)
"""What the program's command line does with a restored database before anybody else writes."""

RECOVERY = """\
restore_command = 'cp "{wal}/%f" "%p"'
recovery_target_action = 'promote'
{target}
"""


def backup_folder(settings: Settings) -> Path:
    """Return where backups go, made for its owner alone."""
    folder = settings.backup_dir or settings.data_dir / "backups"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "wal").mkdir(mode=0o700, exist_ok=True)
    return folder


def take_backup(settings: Settings) -> Path:
    """Copy the cluster of the embedded server, or of BACKUP_DATABASE_URL, sealed; return the file.

    It holds what is committed when it ends. The servers run, and go on serving.
    """
    folder = backup_folder(settings)
    copied = folder / "copied"
    program, environment = _copying(settings)
    command = [program, "--pgdata=-", "--format=tar", "--wal-method=fetch", "--checkpoint=fast"]
    with (
        whole_file(copied) as written,
        tempfile.TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=said,
            env=environment,
        ) as copying,
    ):
        if copying.stdout is None:
            raise RuntimeProblemError("pg_basebackup has no output.")
        seal_file(keys_of(settings), copying.stdout, written)
        if copying.wait() != 0:
            said.seek(0)
            raise RuntimeProblemError(f"The backup failed: {said.read().decode(errors='replace')}")
    # It leads to no moment before its end.
    target = folder / f"{BASE}{datetime.now(UTC).strftime(TIME)}{ENDING}"
    copied.replace(target)
    return target


def _copying(settings: Settings) -> tuple[str | Path, dict[str, str]]:
    """Return the program that copies a cluster, and the environment that leads it there."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}
    if settings.is_local:
        server, secrets = embedded_server(settings)
        return server.programs / "pg_basebackup", environment | {
            "PGHOST": str(server.places.sockets),
            "PGUSER": SUPERUSER,
            "PGPASSWORD": secrets.superuser_password,
        }
    url = make_url(os.environ.get("BACKUP_DATABASE_URL") or "postgresql://")
    if not url.username or not url.password:
        raise RuntimeProblemError("BACKUP_DATABASE_URL must name a role that may replicate.")
    return "pg_basebackup", environment | {
        "PGHOST": str(url.host or url.query.get("host") or "localhost"),
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username,
        "PGPASSWORD": str(url.password),
    }


def seal_wal(settings: Settings, source: Path) -> None:
    """Seal one piece of the write-ahead log into the backup folder; one that is there stays.

    Refused where another one of that name is there: it would be lost in silence.
    """
    target = wal_piece(settings, source.name)
    if target.exists():
        if _opened(keys_of(settings), target) != source.read_bytes():
            raise RuntimeProblemError(
                f"{target} holds another piece of that name: this folder belongs to another"
                " database. Give this one a BACKUP_DIR of its own."
            )
        return
    with source.open("rb") as piece, whole_file(target) as written:
        seal_file(keys_of(settings), piece, written)


def wal_piece(settings: Settings, name: str) -> Path:
    """Return where a piece of the log lies sealed."""
    return backup_folder(settings) / "wal" / f"{name}{ENDING}"


def _opened(keys: FieldKeys, sealed: Path) -> bytes:
    with sealed.open("rb") as source:
        return b"".join(open_file(keys, source))


def carry_off_wal(settings: Settings) -> int:
    """Seal what waits in the embedded server's spool and empty it; return how many pieces."""
    server, _secrets = embedded_server(settings)
    if not server.spool.exists():
        return 0
    waiting = sorted(path for path in server.spool.iterdir() if path.suffix != ".new")
    for path in waiting:
        seal_wal(settings, path)
        path.unlink()
    return len(waiting)


def newest_backup(settings: Settings) -> datetime | None:
    """Return when the newest copy was done, None where there is none."""
    return max(_copies(settings), default=None)


def forget_old_backups(settings: Settings, *, keep_days: int) -> int:
    """Delete copies older than so many days, but the newest of them, and the log before it.

    What is left leads to any second of those days. Returns how many copies went.
    """
    limit = datetime.now(UTC) - timedelta(days=keep_days)
    copies = _copies(settings)
    old = [at for at in copies if at <= limit]
    for at in old[:-1]:
        copies[at].unlink()
    if len(old) > 1:
        needed_since = (old[-1] - LONGEST_COPYING).timestamp()
        for piece in (backup_folder(settings) / "wal").glob(f"*{ENDING}"):
            if piece.stat().st_mtime < needed_since:
                piece.unlink()
    return len(old[:-1])


def restore_backup(settings: Settings, at: datetime | None) -> tuple[Path, Path | None]:
    """Bring the embedded server to a second, or to the last piece of the log that was kept.

    The cluster that was there is set aside, not deleted. Returns the copy that was used and where
    the old cluster is now. The server is stopped again in the end.
    """
    with stopped_servers(settings) as (server, secrets):
        copy = copy_before(settings, at)
        aside = _set_aside(server)
        wal = server.places.home / "wal-restored"
        keys = read_keys(settings.field_keys or secrets.field_keys)
        _unpack(server, copy, wal, keys)
        _add_rest_of_wal(server, wal, aside)
        target = f"recovery_target_time = '{at.isoformat()}'" if at else ""
        run_as(server.places.account, ["touch", server.data / "recovery.signal"])
        start_postgres(server, RECOVERY.format(wal=wal, target=target))
        try:
            _wait_until_promoted(server, secrets)
        except psycopg2.OperationalError as error:
            reason = server.log.read_text(encoding="utf-8", errors="replace")[-1000:]
            raise RuntimeProblemError(
                "The database could not be brought to that second; perhaps the log that was kept "
                f"does not reach it. What was there before is in {aside}.\n{reason}"
            ) from error
        stop_postgres(server)
        run_as(server.places.account, ["rm", "-rf", wal])
    return copy, aside


def _copies(settings: Settings) -> dict[datetime, Path]:
    """Return the copies by when they were done, the oldest first."""
    found = {}
    for path in sorted(backup_folder(settings).glob(f"{BASE}*{ENDING}")):
        stamp = path.name.removeprefix(BASE).removesuffix(ENDING)
        found[datetime.strptime(stamp, TIME).replace(tzinfo=UTC)] = path
    return found


def copy_before(settings: Settings, at: datetime | None) -> Path:
    """Return the newest copy that was done by a moment, from which recovery may begin."""
    fitting = [path for done, path in _copies(settings).items() if at is None or done <= at]
    if not fitting:
        raise RuntimeProblemError(f"{backup_folder(settings)} holds no backup from before that.")
    return fitting[-1]


def _set_aside(server: Postgres) -> Path | None:
    if not server.data.exists():
        return None
    aside = server.data.with_name(f"postgres.before-{datetime.now(UTC).strftime(TIME)}")
    server.data.rename(aside)
    return aside


def _unpack(server: Postgres, copy: Path, wal: Path, keys: FieldKeys) -> None:
    """Put the copy in its place, and beside it all of the log that was carried off."""
    account = server.places.account
    run_as(account, ["rm", "-rf", wal])
    run_as(account, ["mkdir", "-m", "700", server.data, wal])
    pour(keys, copy, piped_as(account, ["tar", "-xf", "-", "-C", server.data]))
    for piece in sorted((copy.parent / "wal").glob(f"*{ENDING}")):
        target = wal / piece.name.removesuffix(ENDING)
        pour(keys, piece, piped_as(account, ["/bin/sh", "-c", 'cat > "$0"', target]))


def _add_rest_of_wal(server: Postgres, wal: Path, aside: Path | None) -> None:
    """Add what was not carried off yet: it is still here, unless the machine itself is gone."""
    account = server.places.account
    for rest in (server.spool, aside / "pg_wal" if aside else None):
        if rest is not None and rest.exists():
            copying = 'for f in "$0"/0*; do [ -f "$f" ] && cp -n "$f" "$1"/; done; true'
            run_as(account, ["/bin/sh", "-c", copying, rest, wal])


def pour(keys: FieldKeys, sealed: Path, into: subprocess.Popen[bytes]) -> None:
    """Give a command all that was sealed, and wait until it is done with it."""
    if into.stdin is None:
        raise RuntimeProblemError("The command takes no input.")
    with sealed.open("rb") as source, into, into.stdin as pipe:
        for piece in open_file(keys, source):
            pipe.write(piece)
    if into.returncode != 0:
        raise RuntimeProblemError(f"{sealed.name} could not be unpacked.")


def _wait_until_promoted(server: Postgres, secrets: LocalSecrets) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS
    with superuser_cursor(server.places, secrets) as cursor:
        while True:
            cursor.execute("SELECT pg_is_in_recovery()")
            row = cursor.fetchone()
            if row is not None and not row[0]:
                return
            if time.monotonic() > deadline:
                raise RuntimeProblemError(f"Still recovering after {RECOVERY_SECONDS} s.")
            time.sleep(LOOK_SECONDS)


@contextlib.contextmanager
def whole_file(target: Path) -> Iterator[IO[bytes]]:
    """Write a file that appears under its name only when it is whole and on the disk."""
    half_written = target.with_name(target.name + ".new")
    descriptor = os.open(half_written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        half_written.replace(target)
    finally:
        half_written.unlink(missing_ok=True)


def keys_of(settings: Settings) -> FieldKeys:
    """Return the keys that copies are sealed with: those given, or the embedded server's own."""
    if settings.field_keys or not settings.is_local:
        return read_keys(settings.field_keys)
    return read_keys(embedded_server(settings)[1].field_keys)
