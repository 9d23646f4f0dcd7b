"""Drawing what was ordered, and taking off the shelf what has been there for a day."""

import logging
from dataclasses import dataclass, replace

from flask import current_app
from sqlalchemy import select, update

from app.core.database import another_context, db
from app.core.errors import AppError
from app.core.jobs import every, job
from app.exports.commands import draw, forget_expired, give_up, keep_drawn
from app.exports.models import ExportFile
from app.exports.tables import EXPORTS, Asked
from app.tenants.aside import tell
from app.tenants.context import JOB, Actor, Context, Scope, tenant_transaction
from app.tenants.queries import tenant_codes
from app.units.queries import unit_with_ancestors

LOOK_EVERY_SECONDS = 5
FORGET_EVERY_SECONDS = 600
LONGEST_WORK_SECONDS = 1800

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Order:
    """What was ordered, and by whom."""

    file_id: int
    unit_id: int
    path: str
    table_name: str
    query: str
    ending: str
    orderer: Actor


@every(seconds=LOOK_EVERY_SECONDS)
@job(queue="default", timeout_seconds=LONGEST_WORK_SECONDS)
def draw_exports() -> None:
    """Draw every file that waits, in the name and within the scope of whoever ordered it.

    A file that was half drawn when a worker died is drawn anew; a second copy draws the same.
    """
    for code in _visited():
        for order in _waiting(code):
            _draw(code, order)


@every(seconds=FORGET_EVERY_SECONDS)
@job(queue="default")
def forget_exports() -> None:
    """Clear every tenant's shelf of what has expired; nobody could take it any more."""
    for code in _visited():
        with tenant_transaction(code, JOB) as context:
            forget_expired(context)


def _visited() -> list[str]:
    with db.session.begin():
        return tenant_codes()


def _waiting(code: str) -> list[_Order]:
    with tenant_transaction(code, JOB) as context:
        rows = db.session.execute(
            select(
                ExportFile.id,
                ExportFile.unit_id,
                ExportFile.path,
                ExportFile.table_name,
                ExportFile.query,
                ExportFile.ending,
                ExportFile.orderer_id,
                ExportFile.orderer_name,
            )
            .where(ExportFile.tenant_id == context.tenant_id, ExportFile.state == "waiting")
            .order_by(ExportFile.id)
        )
        return [_Order(*row[:6], Actor("user", row[6], row[7])) for row in rows]


def _draw(code: str, order: _Order) -> None:
    # Tables read what is asked for from the address, as their pages do.
    with (
        current_app.test_request_context("/", query_string=order.query),
        tenant_transaction(code, JOB) as context,
    ):
        scope = Scope.under(order.path)
        acting = replace(context, actor=order.orderer, scope=scope, unit_id=order.unit_id)
        with another_context(db.session(), acting.for_database):
            asked = Asked(acting, *unit_with_ancestors(acting, order.unit_id), order.query)
            try:
                content, rows = draw(
                    EXPORTS[order.table_name],
                    asked,
                    order.ending,
                    lambda done: _note_progress(context, order.file_id, done),
                )
            except AppError:
                _log.exception("export %s of %s cannot be drawn", order.file_id, code)
                give_up(acting, order.file_id)
            else:
                keep_drawn(acting, order.file_id, content, rows)


def _note_progress(context: Context, file_id: int, done: int) -> None:
    """Tell how far the drawing is: those who wait look at it."""
    tell(
        context,
        update(ExportFile.__table__)  # type: ignore[arg-type]
        .where(ExportFile.tenant_id == context.tenant_id, ExportFile.id == file_id)
        .values(done=done),
    )
