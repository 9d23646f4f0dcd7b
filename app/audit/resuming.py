"""Going on with a trail after the database was restored to an earlier second.

The anchors name batches that came after that second. They are set aside, not deleted, and the trail
says how many there were: that a restore cut something off stays to be seen.
"""

from app.audit.anchors import AnchorFile
from app.audit.chain import batches_after
from app.audit.commands import Change, record
from app.core.clock import now
from app.core.errors import Refused
from app.core.messages import message
from app.tenants.context import Context, tenant_transaction


def resume_trail(code: str, anchors: AnchorFile) -> int:
    """Set aside the anchors of batches that the database does not know any more; say how many.

    Run after a restore, before anything is linked. Refused where a batch that is there is not the
    one that was anchored: then this is no earlier state of the same trail.
    """
    with tenant_transaction(code) as context:
        last, later = _cut(context, anchors)
        if later:
            about = {"later_batches": later}
            record(context, Change("trail.resumed", "tenant", context.tenant_id, after=about))
    # Only once the trail says so for good: what fails in between is said again, never left unsaid.
    if later:
        anchors.set_aside_after(last, f"{now():%Y%m%dT%H%M%SZ}")
    return later


def _cut(context: Context, anchors: AnchorFile) -> tuple[int, int]:
    """Return the number of the last batch that is there, and how many were anchored after it."""
    known = {batch.number: batch.digest for batch in batches_after(context, 0)}
    last = max(known, default=0)
    anchored = list(anchors.anchors())
    if any(known.get(each.number) != each.digest for each in anchored if each.number <= last):
        raise Refused(message("Nhật ký trong cơ sở dữ liệu không phải là nhật ký đã được ghi dấu."))
    return last, sum(each.number > last for each in anchored)
