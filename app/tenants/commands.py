"""Making tenants and changing what they have chosen."""

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select

from app.core.database import DatabaseContext, apply_context, db
from app.core.errors import Refused
from app.core.events import publish
from app.core.messages import message
from app.core.text import clean
from app.tenants.context import COMMAND_LINE, WHOLE_SCOPE, Actor, Context, load_context
from app.tenants.models import Setting, Tenant

_CODE = re.compile(r"[A-Z][A-Z0-9]{1,19}", re.ASCII)


@dataclass(frozen=True)
class TenantCreated:
    """A tenant exists and is empty; packages give it their usual configuration."""

    context: Context


def create_tenant(
    code: str, name: str, *, actor: Actor = COMMAND_LINE, clock_on: date | None = None
) -> Context:
    """Create a tenant with its usual configuration; return the context of its whole tree.

    With `clock_on` it is a demonstration whose today is that day. The session is the new
    tenant's from here on. Refused when the code is taken or not plain.
    """
    if not _CODE.fullmatch(code):
        raise Refused(
            message(
                "Mã đảng bộ “%(code)s” phải gồm 2 đến 20 chữ in hoa và số, bắt đầu bằng chữ.",
                code=code,
            )
        )
    if not clean(name):
        raise Refused(message("Đảng bộ phải có tên."))
    if db.session.execute(select(Tenant.id).where(Tenant.code == code)).scalar():
        raise Refused(message("Mã đảng bộ “%(code)s” đã có.", code=code))
    tenant_id = db.session.execute(
        insert(Tenant)
        .values(code=code, name=clean(name), is_demonstration=clock_on is not None)
        .returning(Tenant.id)
    ).scalar_one()
    apply_context(db.session(), DatabaseContext(tenant_id, *WHOLE_SCOPE))
    db.session.execute(
        insert(Setting).values(
            tenant_id=tenant_id, clock_on=clock_on, is_demonstration=clock_on is not None
        )
    )
    context = load_context(tenant_id, actor)
    publish(TenantCreated(context))
    return context
