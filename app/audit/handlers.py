"""What the trail records by itself."""

from app.audit.commands import Change, record
from app.core.events import subscribe
from app.tenants.commands import SettingChanged, TenantCreated, TenantRenamed


def subscribe_handlers() -> None:
    """Listen for what lower packages do."""
    subscribe(TenantCreated, _record_creation)
    subscribe(TenantRenamed, _record_renaming)
    subscribe(SettingChanged, _record_choice)


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


def _record_renaming(event: TenantRenamed) -> None:
    context = event.context
    record(
        context,
        Change(
            "tenant.renamed",
            "tenant",
            context.tenant_id,
            before={"name": event.before},
            after={"name": context.tenant_name},
        ),
    )


def _record_choice(event: SettingChanged) -> None:
    record(
        event.context,
        Change("setting.changed", "setting", event.context.tenant_id, event.before, event.after),
    )
