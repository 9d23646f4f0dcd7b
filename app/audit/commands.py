"""Writing the trail. Every command that changes something calls this in its own transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import Range

from app.audit.models import AuditEntry
from app.core.database import db, mark_audited
from app.tenants.context import Context


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
    rows = [_row(context, change) for change in changes]
    if rows:
        db.session.execute(insert(AuditEntry), rows)
    mark_audited(db.session())


def _row(context: Context, change: Change) -> dict[str, object]:
    return {
        "tenant_id": context.tenant_id,
        "actor_kind": context.actor.kind,
        "actor_id": context.actor.id,
        "actor_name": context.actor.name,
        "acting_unit_id": context.unit_id,
        "action": change.action,
        "subject_kind": change.subject_kind,
        "subject_id": change.subject_id,
        "path": change.path,
        "before": _plain(change.before),
        "after": _plain(change.after),
        "request_id": context.request_id,
    }


def _plain(values: Mapping[str, object] | None) -> dict[str, object] | None:
    """Return the values as JSON can hold them."""
    if values is None:
        return None
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal | Range):
        return str(value)
    if isinstance(value, Mapping):
        return _plain(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain_value(item) for item in value]
    return value
