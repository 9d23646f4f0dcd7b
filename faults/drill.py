"""`make drill`: destroy a loaded database, restore it to a chosen second, and judge what came back.

    python faults/drill.py [--admissions 20000]

Twice: to a second before somebody was erased, and to the last second that was kept. Prints how much
was lost (RPO) and how long it took until every figure was verified (RTO).
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg2
from flask import Flask
from sqlalchemy import func, select

from app.audit.chain import verify_trail
from app.audit.jobs import anchors_of, link_trail
from app.audit.resuming import resume_trail
from app.cases.commands import add_person
from app.cases.models import Person
from app.cases.rules import PersonDetails, StepDraft, StepKind
from app.core.database import db
from app.core.settings import Settings, load_settings
from app.demo.nation import make_nation
from app.factory import create_app
from app.privacy.commands import erase_person
from app.privacy.erasure_ledger import LEDGER, entries, replay
from app.privacy.jobs import keep_erasures
from app.rollups import commands
from app.runtime import backups, schema
from app.runtime.lease import embedded_server, leased_servers
from app.runtime.postgres import DATABASE, SUPERUSER
from app.tenants.context import Context, tenant_transaction
from app.units.below import cells_under
from app.units.queries import top_units

TENANT = "QG01"
PREFIX = "chi-tieu-drill-"
CANARY = "Hoàng Yến Ra Đi"
WRITTEN = "Người ghi thứ"
LISTED_ON = date(2022, 3, 1)
CARRY_OFF_EVERY_SECONDS = 15
QUIET_SECONDS = 1.2

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


@dataclass
class Result:
    """What came of the drill."""

    tables: int = 0
    rows: int = 0
    differing: tuple[str, ...] = ()
    mismatches: int = 0
    figures: int = 0
    erased_again: int = 0
    canaries: int = 0
    cut_batches: int = 0
    broken: int = 0
    restored_in: float = 0.0
    lost_seconds: float = 0.0
    writes: int = 0
    lost_writes: int = 0
    copied_in: float = 0.0
    copy_bytes: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether what came back is what was there, and who was erased is gone."""
        wrong = self.differing or self.mismatches or self.canaries or self.broken
        return not wrong and self.erased_again == 1 and self.cut_batches > 0


def main() -> None:
    """Run, print, and end with status 1 where something did not come back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--admissions", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=100, help="how long is written on")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o711)
    try:
        result = drill(folder, admissions=asked.admissions, seconds=asked.seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report(result)
    sys.exit(not result.is_clean)


def report(result: Result) -> None:
    """Print what came of a drill."""
    print(f"backup: {result.copied_in:.1f} s, {result.copy_bytes / 1e6:.1f} MB sealed")
    print(f"RTO: {result.restored_in:.1f} s until restored, erased anew and verified")
    print(f"rows: {result.rows} in {result.tables} tables; differing: {result.differing or 'none'}")
    print(f"roll-ups: {result.figures} figures, {result.mismatches} mismatches")
    print(f"trail: {result.broken} broken; {result.cut_batches} later batches set aside")
    print(f"erased anew: {result.erased_again}; still named: {result.canaries}")
    print(
        f"RPO: {result.lost_seconds:.1f} s, {result.lost_writes} of {result.writes} writes,"
        " with the machine itself gone"
    )


def drill(folder: Path, *, admissions: int, seconds: float) -> Result:
    """Load, copy, write, destroy, restore, compare; then write, destroy and restore the latest."""
    environ = {"DATA_DIR": str(folder / "data"), "BACKUP_DIR": str(folder / "backups")}
    settings = load_settings(environ)
    result = Result()
    with leased_servers(settings) as leased:
        schema.upgrade(leased)
        application = create_app(leased)
        with application.app_context():
            for _made in make_nation(provinces=1, admissions=admissions):
                pass
        _copy(leased, result)
        canary = add(application, CANARY)
        with application.app_context():
            link_trail(TENANT)
        time.sleep(QUIET_SECONDS)
        chosen = datetime.now(UTC)
        with superuser_of(leased) as cursor:
            before = checksums(cursor)
        time.sleep(QUIET_SECONDS)
        erase(application, canary)
        written = write_for(application, seconds, lambda: backups.carry_off_wal(leased))
        destroyed_at = _destroy(settings)
    _restore_and_judge(settings, chosen, before, result)
    _restore_latest(settings, written, destroyed_at, result)
    return result


def _copy(leased: Settings, result: Result) -> None:
    started = time.monotonic()
    copy = backups.take_backup(leased)
    result.copied_in = time.monotonic() - started
    result.copy_bytes = copy.stat().st_size


def add(application: Flask, name: str) -> int:
    """Add somebody with a first step; return the number."""
    details = PersonDetails(full_name=name, date_of_birth=date(1998, 5, 20), sex="female")
    with application.app_context(), tenant_transaction(TENANT) as context:
        cell = cells_under(context, top_units(context)[0].path)[0]
        return add_person(context, cell.id, details, {StepKind.LISTED: StepDraft(LISTED_ON)})


def erase(application: Flask, person_id: int) -> None:
    """Erase somebody, and put that down where the job does; link and anchor the trail, too."""
    with application.app_context():
        with tenant_transaction(TENANT) as context:
            erase_person(context, person_id, "theo yêu cầu của người đó")
        keep_erasures()
        link_trail(TENANT)


def write_for(application: Flask, seconds: float, carry_off: Callable[[], object]) -> list[float]:
    """Write without pause, carrying off the log as the job does; return when each was committed."""
    written: list[float] = []
    end = time.monotonic() + seconds
    carried_off_at = time.monotonic()
    while time.monotonic() < end:
        add(application, f"{WRITTEN} {time.time_ns()}")
        written.append(time.time())
        if time.monotonic() - carried_off_at > CARRY_OFF_EVERY_SECONDS:
            carry_off()
            carried_off_at = time.monotonic()
    return written


def _destroy(settings: Settings) -> float:
    """Kill the server and delete all that it kept, the spool of its log included."""
    home = settings.data_dir / "servers"
    first = (home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]
    os.kill(int(first), signal.SIGKILL)
    destroyed_at = time.time()
    _delete_cluster(settings)
    return destroyed_at


def _delete_cluster(settings: Settings) -> None:
    home = settings.data_dir / "servers"
    for kept in (*home.glob("postgres*"), home / "wal-spool"):
        if kept.is_dir():
            shutil.rmtree(kept)


def checksums(cursor: psycopg2.extensions.cursor) -> dict[str, tuple[int, str]]:
    """Return of each table how many rows it has and a checksum of all of them.

    The owner is held by the walls, too; who sets the server up, whose cursor this is, is not.
    """
    cursor.execute(TABLES)
    summed = {}
    for (table,) in cursor.fetchall():
        cursor.execute(
            f"SELECT count(*), md5(coalesce(string_agg(md5(t::text), ''"
            f" ORDER BY md5(t::text)), '')) FROM \"{table}\" t"
        )
        summed[table] = cursor.fetchone()
    return summed


@contextmanager
def superuser_of(ready: Settings) -> Iterator[psycopg2.extensions.cursor]:
    """Yield a cursor of who sets the server up, in the program's database."""
    server, secrets = embedded_server(ready)
    connection = psycopg2.connect(
        host=str(server.places.sockets),
        user=SUPERUSER,
        password=secrets.superuser_password,
        dbname=DATABASE,
    )
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def _restore_and_judge(
    settings: Settings, chosen: datetime, before: dict[str, tuple[int, str]], result: Result
) -> None:
    started = time.monotonic()
    backups.restore_backup(settings, chosen)
    with leased_servers(settings) as leased:
        application = create_app(leased)
        with superuser_of(leased) as cursor:
            after = checksums(cursor)
        with application.app_context():
            known = entries(backups.backup_folder(leased) / LEDGER)
            with tenant_transaction(TENANT) as context:
                result.erased_again = replay(context, known)
            result.cut_batches = resume_trail(TENANT, anchors_of(TENANT))
            with tenant_transaction(TENANT) as context:
                result.broken = len(verify_trail(context, anchors_of(TENANT)).broken)
                verification = commands.verify(context)
                result.canaries = named(context, CANARY)
        result.restored_in = time.monotonic() - started
    result.figures, result.mismatches = verification.figures, len(verification.mismatches)
    result.tables, result.rows = len(after), sum(rows for rows, _ in after.values())
    result.differing = tuple(table for table in before if after.get(table) != before[table])


def _restore_latest(
    settings: Settings, written: list[float], destroyed_at: float, result: Result
) -> None:
    _delete_cluster(settings)
    backups.restore_backup(settings, None)
    with leased_servers(settings) as leased:
        application = create_app(leased)
        with application.app_context(), tenant_transaction(TENANT) as context:
            kept = named(context, WRITTEN)
    result.writes, result.lost_writes = len(written), len(written) - kept
    result.lost_seconds = destroyed_at - (written[kept - 1] if kept else written[0])


def named(context: Context, name: str) -> int:
    """Count who bears a name that begins like this."""
    found: int = db.session.execute(
        select(func.count())
        .select_from(Person)
        .where(Person.tenant_id == context.tenant_id, Person.full_name.startswith(name))
    ).scalar_one()
    return found


if __name__ == "__main__":
    main()
