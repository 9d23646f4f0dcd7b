"""Erasing those who were not admitted long ago, and listing whom a restore must erase again."""

from flask import current_app

from app.core.jobs import every, job
from app.core.settings import Settings
from app.privacy.commands import erase_kept_too_long
from app.privacy.erasure_ledger import LEDGER, add_new, entries
from app.runtime.backups import backup_folder
from app.tenants.context import JOB, tenant_transaction
from app.tenants.queries import asked_tenants

LOOK_EVERY_SECONDS = 6 * 3600
LEDGER_EVERY_SECONDS = 30


@every(seconds=LOOK_EVERY_SECONDS)
@job(queue="default", timeout_seconds=1800)
def apply_retention() -> None:
    """Visit every tenant, a batch of people to a transaction."""
    for code in asked_tenants(None):
        while _erase_batch(code):
            pass


@every(seconds=LEDGER_EVERY_SECONDS)
@job(queue="default")
def keep_erasures() -> None:
    """Put the erasures of every tenant down outside the database, where a restore finds them."""
    settings: Settings = current_app.config["SETTINGS"]
    ledger = backup_folder(settings) / LEDGER
    known = entries(ledger)
    for code in asked_tenants(None):
        with tenant_transaction(code, JOB) as context:
            add_new(context, ledger, known)


def _erase_batch(code: str) -> int:
    with tenant_transaction(code, JOB) as context:
        return erase_kept_too_long(context)
