"""What the program still does for a tenant in the background: numbers, no name of a person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.core.database import db
from app.exports.commands import retry_exports
from app.reminders.commands import retry_mail
from app.tenants.context import Context, whole_tenant


@dataclass(frozen=True)
class Task:
    """A file or a letter that is on its way: what, for which unit, how far, and since when."""

    kind: str
    unit: str
    state: str
    done: int
    rows: int
    since: datetime

    @property
    def has_failed(self) -> bool:
        """Whether it was given up."""
        return self.state == "failed"


@dataclass(frozen=True)
class TenantWork:
    """All that is on its way, and how the books stand."""

    tasks: tuple[Task, ...]
    pending: int
    folded_at: datetime | None
    verified_at: datetime | None
    figures: int | None
    mismatches: int | None
    mismatched_at: datetime | None

    @property
    def failed(self) -> int:
        """How much was given up."""
        return sum(task.has_failed for task in self.tasks)


def tenant_work(context: Context) -> TenantWork:
    """Return what is on its way in the whole tenant, whoever's people it is about."""
    with whole_tenant(context):
        rows = db.session.execute(_TASKS, {"tenant": context.tenant_id}).all()
    books = db.session.execute(_BOOKS, {"tenant": context.tenant_id}).one()
    return TenantWork(tuple(Task(*row) for row in rows), *books)


def retry_failed(context: Context) -> int:
    """Have everything that was given up tried again; return how much."""
    with whole_tenant(context) as whole:
        return retry_exports(whole) + retry_mail(whole)


_TASKS = text(
    """
    SELECT kind, unit, state, done, rows, since FROM (
        SELECT 'import' AS kind, u.name AS unit, 'waiting' AS state, f.done, f.rows,
               f.sent_at AS since
        FROM import_file f
        JOIN unit u ON u.tenant_id = f.tenant_id AND u.id = f.unit_id
        WHERE f.tenant_id = :tenant AND u.tenant_id = :tenant AND f.state IN ('sent', 'accepted')
        UNION ALL
        SELECT 'export', u.name, f.state, f.done, f.rows, f.ordered_at
        FROM export_file f
        JOIN unit u ON u.tenant_id = f.tenant_id AND u.id = f.unit_id
        WHERE f.tenant_id = :tenant AND u.tenant_id = :tenant AND f.state <> 'done'
        UNION ALL
        SELECT 'mail', u.name, CASE WHEN o.next_try_at IS NULL THEN 'failed' ELSE 'waiting' END,
               o.attempts, 1, o.created_at
        FROM (
            SELECT m.tenant_id, m.next_try_at, m.attempts, r.unit_id, r.sent_at AS created_at
            FROM outgoing_mail m
            JOIN reminder r ON r.tenant_id = m.tenant_id AND r.id = m.reminder_id
            WHERE m.tenant_id = :tenant AND r.tenant_id = :tenant AND m.sent_at IS NULL
        ) o
        JOIN unit u ON u.tenant_id = o.tenant_id AND u.id = o.unit_id
        WHERE u.tenant_id = :tenant
    ) found
    ORDER BY state, since
    LIMIT 200
    """
)

_BOOKS = text(
    """
    SELECT (SELECT count(*) FROM delta d WHERE d.tenant_id = :tenant) AS pending,
           r.folded_at, r.verified_at, r.verified_figures, r.mismatches, r.mismatched_at
    FROM (SELECT 1) one
    LEFT JOIN rollup_status r ON r.tenant_id = :tenant
    """
)
