"""The worker's part: go on with every file that waits, clear away old ones. The tables say what."""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import select

from app.core.database import another_context, db
from app.core.jobs import every, job
from app.intake.commands import clear_old_files, drop_undecided_files
from app.intake.models import ImportFile
from app.intake.rules import AWAITING_WORK
from app.intake.working import next_batch
from app.tenants.context import JOB, Actor, Context, Scope, tenant_transaction
from app.tenants.queries import tenant_codes

LOOK_EVERY_SECONDS = 3
FORGET_EVERY_SECONDS = 6 * 3600
LONGEST_WORK_SECONDS = 1800


@every(seconds=LOOK_EVERY_SECONDS)
@job(queue="default", timeout_seconds=LONGEST_WORK_SECONDS)
def advance_imports() -> None:
    """Do all work that waits, a batch of one file to a transaction."""
    with db.session.begin():
        codes = tenant_codes()
    for code in codes:
        for file_id in _awaiting(code):
            while advance(code, file_id):
                pass


@every(seconds=FORGET_EVERY_SECONDS)
@job(queue="default", timeout_seconds=LONGEST_WORK_SECONDS)
def forget_sent_files() -> None:
    """Clear away what was sent and is needed no longer, a batch of files to a transaction."""
    with db.session.begin():
        codes = tenant_codes()
    for code in codes:
        for clear in (drop_undecided_files, clear_old_files):
            while _cleared(code, clear):
                pass


def _cleared(code: str, clear: Callable[[Context], int]) -> int:
    with tenant_transaction(code, JOB) as context:
        return clear(context)


def advance(code: str, file_id: int) -> bool:
    """Do the next batch of a file in its sender's name; say whether there may be more."""
    with tenant_transaction(code, JOB) as context:
        sender = db.session.execute(
            select(ImportFile.sender_id, ImportFile.sender_name, ImportFile.path).where(
                ImportFile.tenant_id == context.tenant_id, ImportFile.id == file_id
            )
        ).one()
        acting = replace(
            context,
            actor=Actor("user", sender.sender_id, sender.sender_name),
            scope=Scope.under(sender.path),
        )
        return _within(acting, file_id)


def _within(context: Context, file_id: int) -> bool:
    with another_context(db.session(), context.for_database):
        return next_batch(context, file_id)


def _awaiting(code: str) -> list[int]:
    with tenant_transaction(code, JOB) as context:
        return list(
            db.session.scalars(
                select(ImportFile.id)
                .where(
                    ImportFile.tenant_id == context.tenant_id,
                    ImportFile.state.in_(AWAITING_WORK),
                )
                .order_by(ImportFile.id)
            )
        )
