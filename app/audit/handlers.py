"""What the trail records by itself."""

from app.audit.commands import Change, record
from app.core.events import subscribe
from app.tenants.commands import TenantCreated


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(TenantCreated, _record_creation)


def _record_creation(event: TenantCreated) -> None:
    context = event.context
    record(
        context,
        Change(
            action="tenant.created",
            subject_kind="tenant",
            subject_id=context.tenant_id,
            after={"code": context.tenant_code, "name": context.tenant_name},
        ),
    )
