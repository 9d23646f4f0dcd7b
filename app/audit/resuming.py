"""Going on with a trail after the database was restored to an earlier second.

The anchors name batches that came after that second. They are set aside, not deleted, and the trail
says how many there were: that a restore cut something off stays to be seen.
"""

from dataclasses import asdict, dataclass

from sqlalchemy import select

from app.audit.anchors import AnchorFile
from app.audit.chain import batches_after
from app.audit.commands import Change, record
from app.audit.models import AuditEntry
from app.core.clock import now
from app.core.database import db
from app.core.errors import Refused
from app.core.messages import message
from app.tenants.context import Context, tenant_transaction


def resume_trail(code: str, anchors: AnchorFile) -> int:
    """Set aside the anchors of batches that the database does not know any more; say how many.

    Run after a restore, before anything is linked. Refused where a batch that is there is not the
    one that was anchored: then this is no earlier state of the same trail. Where the anchors could
    not be moved it is run again, whatever was linked in between.
    """
    with anchors.held():
        with tenant_transaction(code) as context:
            cut = _cut(context, anchors)
            if cut.later:
                about = asdict(cut)
                record(context, Change("trail.resumed", "tenant", context.tenant_id, after=about))
        # Only once the trail says so for good: what fails in between is said again, never unsaid.
        if cut.later:
            anchors.set_aside_after(cut.last, f"{now():%Y%m%dT%H%M%SZ}")
    return cut.later


@dataclass(frozen=True)
class _Cut:
    """The number of the last batch that is there still, and how many were anchored after it."""

    last: int
    later: int


def _cut(context: Context, anchors: AnchorFile) -> _Cut:
    known = {batch.number: batch.digest for batch in batches_after(context, 0)}
    last = max(known, default=0)
    anchored = list(anchors.anchors())
    unlike = [
        each.number
        for each in anchored
        if each.number <= last and known.get(each.number) != each.digest
    ]
    if not unlike:
        return _Cut(last, sum(each.number > last for each in anchored))
    begun = _Cut(min(unlike) - 1, sum(each.number >= min(unlike) for each in anchored))
    if _said_last(context) != begun:
        raise Refused(message("Nhật ký trong cơ sở dữ liệu không phải là nhật ký đã được ghi dấu."))
    return begun


def _said_last(context: Context) -> _Cut | None:
    """Return what the trail says of the last restore: its anchors may still have to be moved."""
    said = db.session.scalars(
        select(AuditEntry.after)
        .where(AuditEntry.tenant_id == context.tenant_id, AuditEntry.action == "trail.resumed")
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).first()
    return _Cut(**said) if said and "last" in said else None
