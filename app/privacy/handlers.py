"""What is done with people once a second person has approved it."""

from app.core.events import subscribe
from app.countersigning.events import ActApproved
from app.countersigning.rules import Kind
from app.privacy.commands import erase_as_approved


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(ActApproved, _erase)


def _erase(event: ActApproved) -> None:
    if event.act.kind is Kind.ERASURE:
        erase_as_approved(event.context, event.act)
