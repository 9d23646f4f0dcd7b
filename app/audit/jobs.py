"""Linking what was written to the trail, and anchoring it outside the database."""

from flask import current_app

from app.audit.anchors import AnchorFile, anchor_file
from app.audit.chain import batches_after, link_entries
from app.core.jobs import every, job
from app.core.settings import Settings
from app.tenants.context import JOB, tenant_transaction
from app.tenants.queries import asked_tenants

LINK_EVERY_SECONDS = 30


@every(seconds=LINK_EVERY_SECONDS)
@job(queue="default")
def link_trails() -> None:
    """Visit every tenant, a batch to a transaction; what is linked is anchored after it."""
    for code in asked_tenants(None):
        link_trail(code)


def link_trail(code: str) -> int:
    """Link all that waits in one tenant's trail, anchor it, and return how many entries that is."""
    linked = 0
    while batch := _link_batch(code):
        linked += batch
    _anchor(code)
    return linked


def anchors_of(code: str) -> AnchorFile:
    """Return where a tenant's anchors are kept on this machine."""
    settings: Settings = current_app.config["SETTINGS"]
    return anchor_file(settings.data_dir, code)


def _link_batch(code: str) -> int:
    with tenant_transaction(code, JOB) as context:
        return link_entries(context)


def _anchor(code: str) -> None:
    """Anchor every batch since the last one anchored, whoever has linked it."""
    file = anchors_of(code)
    with file.held():
        last = file.last_number()
        with tenant_transaction(code, JOB) as context:
            anchors = batches_after(context, last)
        if anchors:
            file.append(anchors)
