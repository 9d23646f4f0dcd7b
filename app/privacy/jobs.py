"""Erasing, by the tenant's own rule, those who were not admitted long ago."""

from app.core.jobs import every, job
from app.privacy.commands import erase_kept_too_long
from app.tenants.context import JOB, tenant_transaction
from app.tenants.queries import asked_tenants

LOOK_EVERY_SECONDS = 6 * 3600


@every(seconds=LOOK_EVERY_SECONDS)
@job(queue="default", timeout_seconds=1800)
def apply_retention() -> None:
    """Visit every tenant, a batch of people to a transaction."""
    for code in asked_tenants(None):
        while _erase_batch(code):
            pass


def _erase_batch(code: str) -> int:
    with tenant_transaction(code, JOB) as context:
        return erase_kept_too_long(context)
