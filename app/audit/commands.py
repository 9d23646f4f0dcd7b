"""Writing the trail. Every command that changes something calls this in its own transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from json import JSONEncoder
from typing import cast

from sqlalchemy import BigInteger, Table, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, Range

from app.audit.models import AuditEntry
from app.core.database import db, mark_audited
from app.core.rows import insert_rows
from app.tenants.context import Context

_ENTRY = cast("Table", AuditEntry.__table__)


@dataclass(frozen=True)
class Change:
    """What happened to one subject. `action` is 'subject.happened', such as 'unit.renamed'.

    `path` is the place of a subject that is a person, empty for all others.
    """

    action: str
    subject_kind: str
    subject_id: int | None
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    path: str | None = None


def record(context: Context, change: Change) -> None:
    """Append one entry."""
    record_all(context, (change,))


def record_all(context: Context, changes: Iterable[Change]) -> None:
    """Append an entry for each change by one statement; nothing for no changes."""
    entries = list(changes)
    if entries:
        insert_rows(_ENTRY, _columns(entries), _whose(context))
    mark_audited(db.session())


def forget(person_ids: Sequence[int]) -> None:
    """Empty what the trail's entries say of people; that there was something stays."""
    people = bindparam(None, list(person_ids), ARRAY(BigInteger))
    db.session.execute(select(func.forget_in_trail(people)))


def _whose(context: Context) -> dict[str, object]:
    return {
        "tenant_id": context.tenant_id,
        "actor_kind": context.actor.kind,
        "actor_id": context.actor.id,
        "actor_name": context.actor.name,
        "acting_unit_id": context.unit_id,
        "on_behalf_of_id": context.on_behalf_of.id if context.on_behalf_of else None,
        "on_behalf_of_name": context.on_behalf_of.name if context.on_behalf_of else None,
        "request_id": context.request_id,
    }


def _columns(entries: Sequence[Change]) -> dict[str, Sequence[object]]:
    return {
        "action": [entry.action for entry in entries],
        "subject_kind": [entry.subject_kind for entry in entries],
        "subject_id": [entry.subject_id for entry in entries],
        "path": [entry.path for entry in entries],
        "before": [_as_json(entry.before) for entry in entries],
        "after": [_as_json(entry.after) for entry in entries],
    }


def _as_json(values: Mapping[str, object] | None) -> str | None:
    return None if values is None else _JSON.encode(values)


def _plain(value: object) -> object:
    """Return what JSON holds for a value of the program."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal | Range):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return list(value)
    raise TypeError(f"the trail cannot hold {value!r}")


_JSON = JSONEncoder(ensure_ascii=False, default=_plain)
