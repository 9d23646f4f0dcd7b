"""Linking the trail: entries are written unlinked and linked by hash in batches, by a job.

An entry waits for at most a minute; what has been linked cannot be changed, removed or slipped in
unnoticed: the digests are sealed with a key that the database does not hold, and anchored in files.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, insert, select

from app.audit.anchors import Anchor, AnchorFile
from app.audit.models import AuditBatch, AuditEntry, AuditLink
from app.audit.rules import BEGINNING, batch_digest, content_of, entry_digest, head_of
from app.core.database import db, mark_audited
from app.core.sealing import FieldKeys, field_keys
from app.tenants.context import Context

ENTRIES_AT_ONCE = 5_000
LONGEST_TRANSACTION = timedelta(hours=1)
"""No transaction lasts longer, so no entry with a lower number than one linked then is to come."""

ERASURE = "person.erased"

_ENTRIES = AuditEntry.__table__.c
_CONTENT_PURPOSE = "content of the trail"
_BATCH_PURPOSE = "batch of the trail"


@dataclass(frozen=True)
class Broken:
    """What does not hold: in which batch (None: outside all), and what of it."""

    batch: int | None
    what: str


@dataclass(frozen=True)
class TrailReport:
    """What a verification has read, how many entries wait to be linked, and what is broken."""

    batches: int
    entries: int
    tail: int
    broken: tuple[Broken, ...]


def link_entries(context: Context, *, from_the_start: bool = False) -> int:
    """Link a batch of entries and return how many; 0 when none waits.

    Usually only numbers above those linked an hour ago are looked at; after tenants were merged,
    whose entries keep their numbers, all are.
    """
    last = _last_batch(context)
    floor = 0 if from_the_start else _settled_below(context)
    waiting = _waiting(context, floor)
    if not waiting:
        return 0
    keys, number = field_keys(), (last.number if last else 0) + 1
    seals = [keys.index(_CONTENT_PURPOSE, content_of(entry).hex()) for entry in waiting]
    digest = batch_digest(
        last.digest if last else BEGINNING,
        number,
        (entry_digest(head_of(entry), seal) for entry, seal in zip(waiting, seals, strict=True)),
    )
    of_tenant = {"tenant_id": context.tenant_id}
    db.session.execute(
        insert(AuditBatch).values(
            **of_tenant,
            number=number,
            entries=len(waiting),
            last_entry_id=waiting[-1]["id"],
            digest=digest,
            seal=keys.index(_BATCH_PURPOSE, digest.hex()),
        )
    )
    db.session.execute(
        insert(AuditLink),
        [
            {**of_tenant, "entry_id": entry["id"], "batch_number": number, "content_seal": seal}
            for entry, seal in zip(waiting, seals, strict=True)
        ],
    )
    mark_audited(db.session())
    return len(waiting)


def batches_after(context: Context, number: int) -> list[Anchor]:
    """Return the batches after the one with a number, to be anchored."""
    rows = db.session.execute(
        select(AuditBatch.number, AuditBatch.digest)
        .where(AuditBatch.tenant_id == context.tenant_id, AuditBatch.number > number)
        .order_by(AuditBatch.number)
    )
    return [Anchor(row.number, row.digest) for row in rows]


def verify_trail(context: Context, anchors: AnchorFile) -> TrailReport:
    """Compute every digest anew, and compare with the links, the seals and the anchors."""
    keys = field_keys()
    batches = _batches(context)
    broken: list[Broken] = []
    digests = {0: BEGINNING}
    erased = _erased(context)
    entries = 0
    for number, linked in groupby(_linked(context), key=itemgetter("batch_number")):
        rows = list(linked)
        entries += len(rows)
        broken += _wrong_entries(number, rows, erased, keys)
        digests[number] = batch_digest(
            digests.get(number - 1, BEGINNING),
            number,
            (entry_digest(head_of(_entry(row)), row["content_seal"]) for row in rows),
        )
    broken += _wrong_batches(batches, digests, keys)
    broken += _wrong_anchors(batches, anchors)
    tail = _tail(context)
    if tail.left_out:
        broken.append(Broken(None, f"{tail.left_out} entries are older than what was linked since"))
    return TrailReport(len(batches), entries, tail.waiting, tuple(broken))


def _wrong_entries(
    number: int, rows: Sequence[Mapping[str, Any]], erased: set[int], keys: FieldKeys
) -> Iterator[Broken]:
    for row in rows:
        if row["id"] is None:
            yield Broken(number, f"entry {row['entry_id']} is gone")
        elif row["redacted_at"] is not None:
            if row["subject_kind"] != "person" or row["subject_id"] not in erased:
                yield Broken(number, f"entry {row['id']} was emptied without an erasure")
        elif row["content_seal"] not in keys.indexes(_CONTENT_PURPOSE, content_of(row).hex()):
            yield Broken(number, f"entry {row['id']} says something else")


def _wrong_batches(
    batches: Sequence[Row[int, int, bytes, bytes]],
    digests: Mapping[int, bytes],
    keys: FieldKeys,
) -> Iterator[Broken]:
    for place, batch in enumerate(batches, start=1):
        if batch.number != place:
            yield Broken(place, "batch is gone")
            return
        if digests.get(batch.number) != batch.digest:
            yield Broken(batch.number, "its entries are not those that were linked")
        if batch.seal not in keys.indexes(_BATCH_PURPOSE, batch.digest.hex()):
            yield Broken(batch.number, "its seal was not made with a key of this installation")


def _wrong_anchors(
    batches: Sequence[Row[int, int, bytes, bytes]], anchors: AnchorFile
) -> Iterator[Broken]:
    kept = {batch.number: batch.digest for batch in batches}
    for anchor in anchors.anchors():
        if kept.get(anchor.number) != anchor.digest:
            yield Broken(anchor.number, "it is not the batch that was anchored")


def _entry(row: Mapping[str, Any]) -> dict[str, object]:
    return {name: row[name] for name in _ENTRIES.keys()}  # noqa: SIM118 a collection of columns


def _last_batch(context: Context) -> Row[int, bytes] | None:
    # A second copy of the job that links at once meets the key of the batch, and rolls back.
    return db.session.execute(
        select(AuditBatch.number, AuditBatch.digest)
        .where(AuditBatch.tenant_id == context.tenant_id)
        .order_by(AuditBatch.number.desc())
        .limit(1)
    ).one_or_none()


def _settled_below(context: Context) -> int:
    return (
        db.session.scalar(
            select(func.max(AuditBatch.last_entry_id)).where(
                AuditBatch.tenant_id == context.tenant_id,
                AuditBatch.linked_at < func.now() - LONGEST_TRANSACTION,
            )
        )
        or 0
    )


def _waiting(context: Context, floor: int) -> list[dict[str, object]]:
    rows = db.session.execute(
        select(*_ENTRIES)
        .where(
            AuditEntry.tenant_id == context.tenant_id,
            AuditEntry.id > floor,
            _is_unlinked(context),
        )
        .order_by(AuditEntry.id)
        .limit(ENTRIES_AT_ONCE)
    )
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 SQLAlchemy's public name


def _batches(context: Context) -> Sequence[Row[int, int, bytes, bytes]]:
    return db.session.execute(
        select(AuditBatch.number, AuditBatch.entries, AuditBatch.digest, AuditBatch.seal)
        .where(AuditBatch.tenant_id == context.tenant_id)
        .order_by(AuditBatch.number)
    ).all()


def _linked(context: Context) -> Iterator[dict[str, Any]]:
    """Go through all linked entries by batch; one that is gone has empty columns."""
    rows = db.session.execute(
        select(AuditLink.batch_number, AuditLink.entry_id, AuditLink.content_seal, *_ENTRIES)
        .outerjoin(
            AuditEntry,
            and_(AuditEntry.tenant_id == context.tenant_id, AuditEntry.id == AuditLink.entry_id),
        )
        .where(AuditLink.tenant_id == context.tenant_id)
        .order_by(AuditLink.batch_number, AuditLink.entry_id),
        execution_options={"yield_per": ENTRIES_AT_ONCE},
    )
    return (dict(row._mapping) for row in rows)  # noqa: SLF001 SQLAlchemy's public name


def _erased(context: Context) -> set[int]:
    return set(
        db.session.scalars(
            select(AuditEntry.subject_id).where(
                AuditEntry.tenant_id == context.tenant_id, AuditEntry.action == ERASURE
            )
        )
    )


@dataclass(frozen=True)
class _Tail:
    waiting: int
    left_out: int


def _tail(context: Context) -> _Tail:
    """Count what is not linked, and what the last linking must have seen and left out."""
    last_linked_at = (
        select(func.max(AuditBatch.linked_at))
        .where(AuditBatch.tenant_id == context.tenant_id)
        .scalar_subquery()
    )
    waiting, left_out = db.session.execute(
        select(
            func.count(),
            func.count().filter(AuditEntry.occurred_at < last_linked_at - LONGEST_TRANSACTION),
        ).where(AuditEntry.tenant_id == context.tenant_id, _is_unlinked(context))
    ).one()
    return _Tail(waiting, left_out)


def _is_unlinked(context: Context) -> ColumnElement[bool]:
    return ~exists().where(
        AuditLink.tenant_id == context.tenant_id, AuditLink.entry_id == AuditEntry.id
    )
