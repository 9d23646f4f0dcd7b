"""Background work on the books. None of it is needed for a right figure, only for a fast one."""

import logging

from sqlalchemy import text

from app.core.database import db
from app.core.jobs import every, job
from app.rollups import commands
from app.tenants.context import JOB, tenant_transaction
from app.tenants.queries import asked_tenants

FOLD_EVERY_SECONDS = 5
VERIFY_EVERY_SECONDS = 3600

_log = logging.getLogger(__name__)


@every(seconds=FOLD_EVERY_SECONDS)
@job(queue="rollups")
def fold_all_deltas() -> None:
    """Fold what has been written since the last turn, a tenant and a batch at a time."""
    for code in asked_tenants(None):
        while _fold_batch(code):
            pass


@every(seconds=VERIFY_EVERY_SECONDS)
@job(queue="default", timeout_seconds=1800)
def verify_all_rollups() -> None:
    """Recount every tenant; mend what differs and say so loudly."""
    for code in asked_tenants(None):
        with tenant_transaction(code, JOB) as context:
            verification = commands.verify(context)
            if verification.mismatches:
                _log.error("%s: %d wrong figures, rebuilding", code, len(verification.mismatches))
                commands.rebuild(context)


def _fold_batch(code: str) -> int:
    """Fold a batch in a transaction of its own; without pending deltas nothing is written."""
    with tenant_transaction(code, JOB) as context:
        has_pending = db.session.execute(
            text("SELECT EXISTS (SELECT 1 FROM delta WHERE tenant_id = :tenant)"),
            {"tenant": context.tenant_id},
        ).scalar_one()
        return commands.fold(context) if has_pending else 0
