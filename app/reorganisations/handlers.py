"""What reorganisations do by themselves: those that wait are carried out on their day."""

from app.core.events import subscribe
from app.reorganisations.commands import apply_due
from app.reorganisations.naming import call_as_before, follow_topmost
from app.tenants.context import TransactionOpened
from app.units.events import UnitsReorganised, UnitsTakenBack


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(TransactionOpened, _apply_due)
    subscribe(UnitsReorganised, _follow_topmost)
    subscribe(UnitsTakenBack, _call_as_before)


def _apply_due(event: TransactionOpened) -> None:
    apply_due(event.context)


def _follow_topmost(event: UnitsReorganised) -> None:
    follow_topmost(event.context, event.reorganisation_id)


def _call_as_before(event: UnitsTakenBack) -> None:
    call_as_before(event.context, event.reorganisation_id)
