"""Noting which requests nobody answered in time."""

from app.core.jobs import every, job
from app.countersigning.commands import expire
from app.tenants.context import JOB, tenant_transaction
from app.tenants.queries import asked_tenants

LOOK_EVERY_SECONDS = 3600


@every(seconds=LOOK_EVERY_SECONDS)
@job(queue="default")
def expire_acts() -> None:
    """Visit every tenant. A request past its day cannot be answered meanwhile, either."""
    for code in asked_tenants(None):
        with tenant_transaction(code, JOB) as context:
            expire(context)
