"""What is put on the shelf once a second person has approved it."""

from app.core.events import subscribe
from app.countersigning.events import ActApproved
from app.countersigning.rules import Kind
from app.exports.commands import order_as_approved


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(ActApproved, _order)


def _order(event: ActApproved) -> None:
    if event.act.kind is Kind.EXPORT:
        order_as_approved(event.context, event.act)
