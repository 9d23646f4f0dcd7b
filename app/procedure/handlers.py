"""What the procedure does when something happens below it."""

from app.core.events import subscribe
from app.procedure.configuration import create_defaults
from app.tenants.commands import TenantCreated


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(TenantCreated, _give_defaults)


def _give_defaults(event: TenantCreated) -> None:
    create_defaults(event.context)
