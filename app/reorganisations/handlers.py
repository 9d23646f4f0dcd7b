"""What reorganisations do by themselves: those that wait are carried out on their day."""

from app.core.events import subscribe
from app.reorganisations.commands import apply_due
from app.tenants.context import TransactionOpened


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(TransactionOpened, _apply_due)


def _apply_due(event: TransactionOpened) -> None:
    apply_due(event.context)
