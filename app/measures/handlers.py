"""What measures do when something happens below them."""

from app.core.events import subscribe
from app.measures.commands import create_defaults
from app.tenants.commands import TenantCreated


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(TenantCreated, _give_defaults)


def _give_defaults(event: TenantCreated) -> None:
    create_defaults(event.context)
