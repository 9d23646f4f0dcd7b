"""The worker's part: moving the clocks of demonstrations on."""

import logging
from functools import partial

from sqlalchemy import select, update

from app.core.database import db
from app.core.jobs import every, job
from app.demo.models import DemonstrationMove
from app.demo.moves import carry_on, give_up
from app.tenants.aside import is_taken_up, tell
from app.tenants.context import JOB, Context, tenant_transaction
from app.tenants.models import Tenant

LOOK_EVERY_SECONDS = 3
LONGEST_WORK_SECONDS = 1800
AT_WORK = 1_202_510
"""The first number of the lock that a worker holds on a tenant; any that nobody else uses."""

_log = logging.getLogger(__name__)


@every(seconds=LOOK_EVERY_SECONDS)
@job(queue="default", timeout_seconds=LONGEST_WORK_SECONDS)
def move_demonstrations() -> None:
    """Make the moves that demonstrations wait for, each in one transaction.

    One that was killed begins again: it has left nothing behind.
    """
    with db.session.begin():
        codes = list(db.session.scalars(select(Tenant.code).where(Tenant.is_demonstration)))
    for code in codes:
        _move(code)


def _move(code: str) -> None:
    try:
        with tenant_transaction(code, JOB) as context:
            if is_taken_up(context, AT_WORK):
                carry_on(context, partial(_tell, context))
    except Exception:
        _log.exception("the demonstration %s cannot move", code)
        with tenant_transaction(code, JOB) as context:
            give_up(context)
        raise


def _tell(context: Context, percent: int) -> None:
    tell(
        context,
        update(DemonstrationMove.__table__)  # type: ignore[arg-type]
        .where(DemonstrationMove.tenant_id == context.tenant_id)
        .values(progress=percent),
    )
