"""What the tree does by itself: a new tenant's usual levels and kinds, and the passing of days."""

from app.core.events import subscribe
from app.tenants.commands import TenantCreated
from app.tenants.context import TransactionOpened
from app.units.commands import create_defaults, refresh_tree_when_due


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(TenantCreated, _create_defaults)
    subscribe(TransactionOpened, _refresh_tree)


def _create_defaults(event: TenantCreated) -> None:
    create_defaults(event.context)


def _refresh_tree(event: TransactionOpened) -> None:
    refresh_tree_when_due(event.context)
