"""Who has read what of a person: looked at sensitive fields, took data out, visited as operator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from app.casework.history import ACTIONS
from app.core.database import db
from app.core.messages import message
from app.tenants.context import Context, whole_tenant
from app.web.i18n import render_message
from app.web.opaque import seal_id

MOST_READINGS = 200
OF_A_LIST = "list"
_WHAT = {
    OF_A_LIST: message("Tải một danh sách có thể có người này"),
    "operator.looked": message("Người vận hành xem trang của người này"),
}


@dataclass(frozen=True)
class Reading:
    """One time that somebody read: when, who, standing in for whom, what, why or of which unit."""

    occurred_at: datetime
    actor_name: str
    on_behalf_of_name: str | None
    what: str
    note: str | None


def readings(context: Context, person_id: int, path: str) -> tuple[Reading, ...]:
    """Return who has read a person at a path, the latest first.

    Lists taken out by units above are told, too, whichever unit the reader acts for: of whom a
    list was, the trail does not keep, so it says who may have been in it, by today's tree and from
    the day on which the person was recorded.
    """
    values = {
        "tenant": context.tenant_id,
        "person": person_id,
        "units": [int(label) for label in path.rstrip(".").split(".")],
        "page": f"%/people/{seal_id('person', person_id)}%",
        "most": MOST_READINGS,
    }
    with whole_tenant(context):
        rows = db.session.execute(_READINGS, values).all()
    return tuple(_reading(row) for row in rows)


def _reading(row: Row[Any]) -> Reading:
    what = _WHAT.get(row.what) or ACTIONS[row.what]
    return Reading(
        row.occurred_at, row.actor_name, row.on_behalf_of_name, render_message(what), row.note
    )


_READINGS = text(
    """
    WITH recorded AS (
        SELECT coalesce(min(e.occurred_at), '-infinity') AS since
        FROM audit_entry e
        WHERE e.tenant_id = :tenant AND e.subject_kind = 'person' AND e.subject_id = :person
    )
    SELECT found.occurred_at, found.actor_name, found.on_behalf_of_name, found.what, found.note
    FROM (
        SELECT e.occurred_at, e.actor_name, e.on_behalf_of_name, e.action AS what,
               e.after ->> 'reason' AS note
        FROM audit_entry e
        WHERE e.tenant_id = :tenant AND e.subject_kind = 'person' AND e.subject_id = :person
          AND e.action IN ('person.seen_open', 'person.seen_exported', 'person.seen_handed_over')
        UNION ALL
        SELECT e.occurred_at, e.actor_name, e.on_behalf_of_name, 'list', u.name
        FROM audit_entry e
        JOIN unit u ON u.tenant_id = e.tenant_id AND u.id = e.subject_id
        WHERE e.tenant_id = :tenant AND u.tenant_id = :tenant AND e.subject_kind = 'unit'
          AND e.action = 'people.exported' AND e.subject_id = ANY (:units)
          AND e.occurred_at >= (SELECT since FROM recorded)
        UNION ALL
        SELECT e.occurred_at, e.actor_name, e.on_behalf_of_name, 'list', u.name
        FROM audit_entry e
        JOIN unit u ON u.tenant_id = e.tenant_id AND u.path = e.path
        WHERE e.tenant_id = :tenant AND u.tenant_id = :tenant AND e.subject_kind = 'export_file'
          AND e.action = 'export_file.taken' AND u.id = ANY (:units)
          AND e.occurred_at >= (SELECT since FROM recorded)
        UNION ALL
        SELECT e.occurred_at, e.actor_name, e.on_behalf_of_name, e.action, NULL
        FROM audit_entry e
        WHERE e.tenant_id = :tenant AND e.subject_kind = 'operator'
          AND e.action = 'operator.looked' AND e.after ->> 'address' LIKE :page
    ) found
    ORDER BY found.occurred_at DESC
    LIMIT :most
    """
)
