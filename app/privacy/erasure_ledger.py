"""The ledger of erasures: kept outside the database, so that restoring an old copy erases anew.

A line names a tenant's person by number and by the moment at which its first step was recorded,
which no other person has who may bear the number after a restore. It holds nothing of the person.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import text

from app.audit.commands import Change, record_all
from app.core.database import db
from app.privacy.commands import erase_again
from app.tenants.context import Context

LEDGER = "erasures.jsonl"


@dataclass(frozen=True)
class Erasure:
    """One person who must stay erased."""

    tenant: str
    person_id: int
    first_recorded_at: str
    erased_at: str


def entries(ledger: Path) -> list[Erasure]:
    """Return what a ledger holds.

    A line that a crash cut off is left out; its erasure is added again at the next turn.
    """
    if not ledger.exists():
        return []
    lines = ledger.read_text(encoding="utf-8").splitlines()
    return [Erasure(**json.loads(line)) for line in lines if line.endswith("}")]


def add_new(context: Context, ledger: Path, known: Iterable[Erasure]) -> int:
    """Add the tenant's erasures that the ledger lacks, and put them on the disk; say how many."""
    listed = {(each.person_id, each.first_recorded_at) for each in known if _is_of(each, context)}
    rows = db.session.execute(_ERASED, {"tenant": context.tenant_id}).all()
    new = [
        Erasure(context.tenant_code, row.id, row.first_recorded_at, row.erased_at)
        for row in rows
        if (row.id, row.first_recorded_at) not in listed
    ]
    if new:
        _append(ledger, new)
    return len(new)


def replay(context: Context, known: Iterable[Erasure]) -> int:
    """Erase again whom the ledger names and the database still knows; say how many.

    Run after a restore, before anybody else writes.
    """
    wanted = [each for each in known if _is_of(each, context)]
    values = {"tenant": context.tenant_id, "people": [each.person_id for each in wanted]}
    rows = db.session.execute(_KNOWN, values).all()
    alive = {(row.id, row.first_recorded_at): row.path for row in rows}
    again = {
        each.person_id: alive[each.person_id, each.first_recorded_at]
        for each in wanted
        if (each.person_id, each.first_recorded_at) in alive
    }
    if not again:
        return 0
    erase_again(context, sorted(again))
    record_all(
        context,
        [
            Change("person.erased", "person", number, after={"reason": "restore"}, path=path)
            for number, path in again.items()
        ],
    )
    return len(again)


def _is_of(erasure: Erasure, context: Context) -> bool:
    return erasure.tenant == context.tenant_code


def _append(ledger: Path, new: Iterable[Erasure]) -> None:
    lines = "".join(json.dumps(asdict(each)) + "\n" for each in new)
    descriptor = os.open(ledger, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        # A line that a crash cut off must not run into the next one.
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            if file.read(1) != b"\n":
                lines = "\n" + lines
        file.write(lines.encode())
        file.flush()
        os.fsync(file.fileno())


_FIRST_STEP = """
    coalesce((
        SELECT to_char(min(s.recorded_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')
        FROM case_file f
        JOIN step s ON s.tenant_id = f.tenant_id AND s.case_id = f.id
        WHERE f.tenant_id = p.tenant_id AND f.person_id = p.id
    ), '') AS first_recorded_at
"""
_ERASED = text(
    f"""
    SELECT p.id, {_FIRST_STEP},
           to_char(p.erased_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS erased_at
    FROM person p
    WHERE p.tenant_id = :tenant AND p.erased_at IS NOT NULL
    ORDER BY p.id
    """  # noqa: S608 a constant of this module
)
_KNOWN = text(
    f"""
    SELECT p.id, p.path, {_FIRST_STEP}
    FROM person p
    WHERE p.tenant_id = :tenant AND p.id = ANY (:people) AND p.erased_at IS NULL
    """  # noqa: S608 as above
)
