"""The offices' e-mail addresses, as a tenant's administrator keeps them."""

import re
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from app.audit.commands import Change, record
from app.core.database import db
from app.core.errors import refused_at
from app.core.messages import message
from app.core.text import clean
from app.reminders.models import UnitMailbox
from app.tenants.context import Context
from app.units.models import Unit
from app.units.queries import unit_in_scope

SUBJECT = "unit_mailbox"
"""What the trail calls a mailbox."""

LONGEST_ADDRESS = 254
_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", re.ASCII)


@dataclass(frozen=True)
class KeptMailbox:
    """The address of a unit's office."""

    id: int
    unit_id: int
    unit_code: str
    unit_name: str
    address: str


def kept_mailboxes(context: Context) -> tuple[KeptMailbox, ...]:
    """Return the tenant's mailboxes, units in their order."""
    rows = db.session.execute(
        select(UnitMailbox.id, UnitMailbox.unit_id, Unit.code, Unit.name, UnitMailbox.address)
        .join(Unit, (Unit.tenant_id == UnitMailbox.tenant_id) & (Unit.id == UnitMailbox.unit_id))
        .where(UnitMailbox.tenant_id == context.tenant_id, Unit.tenant_id == context.tenant_id)
        .order_by(Unit.path.nulls_last(), Unit.code)
    )
    return tuple(KeptMailbox(*row) for row in rows)


def add_mailbox(context: Context, unit_id: int, address: str) -> int:
    """Keep the address of a unit's office; return its number. The database refuses a second one."""
    unit_in_scope(context, unit_id)
    checked = _checked(address)
    number: int = db.session.execute(
        insert(UnitMailbox)
        .values(tenant_id=context.tenant_id, unit_id=unit_id, address=checked)
        .returning(UnitMailbox.id)
    ).scalar_one()
    after = {"unit": unit_id, "address": checked}
    record(context, Change("unit_mailbox.added", SUBJECT, number, after=after))
    return number


def change_mailbox(context: Context, kept: KeptMailbox, address: str) -> None:
    """Keep another address."""
    checked = _checked(address)
    if checked == kept.address:
        return
    db.session.execute(
        update(UnitMailbox)
        .where(UnitMailbox.tenant_id == context.tenant_id, UnitMailbox.id == kept.id)
        .values(address=checked)
    )
    before, after = {"address": kept.address}, {"address": checked}
    record(context, Change("unit_mailbox.changed", SUBJECT, kept.id, before, after))


def remove_mailbox(context: Context, kept: KeptMailbox) -> None:
    """Send nothing by e-mail to a unit any more."""
    db.session.execute(
        delete(UnitMailbox).where(
            UnitMailbox.tenant_id == context.tenant_id, UnitMailbox.id == kept.id
        )
    )
    before = {"unit": kept.unit_id, "address": kept.address}
    record(context, Change("unit_mailbox.removed", SUBJECT, kept.id, before=before))


def _checked(address: str) -> str:
    cleaned = clean(address)
    if len(cleaned) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(cleaned):
        raise refused_at(
            "address",
            message("Địa chỉ thư không đúng; viết như vanphong@tinhuy.vn."),
        )
    return cleaned
