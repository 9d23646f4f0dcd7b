"""Making tenants and changing what they have chosen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, insert, select, update

from app.core.database import DatabaseContext, apply_context, db
from app.core.errors import Refused, refused_at
from app.core.events import publish
from app.core.messages import message
from app.core.text import clean
from app.tenants.context import COMMAND_LINE, WHOLE_SCOPE, Actor, Context, load_context
from app.tenants.models import Setting, Tenant

RATING_SOURCES = ("assigned", "own")
"""The quotas that may rate a unit, so far."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
_NAMELESS = message("Đảng bộ phải có tên.")


@dataclass(frozen=True)
class TenantCreated:
    """A tenant exists and is empty; packages give it their usual configuration."""

    context: Context


def create_tenant(
    code: str, name: str, *, actor: Actor = COMMAND_LINE, clock_on: date | None = None
) -> Context:
    """Create a tenant with its usual configuration; return the context of its whole tree.

    With `clock_on` it is a demonstration whose today is that day. The session is the new
    tenant's from here on. Refused when the code is not plain, or is taken, in small letters or
    capitals.
    """
    if not _CODE.fullmatch(code):
        raise refused_at(
            "code",
            message(
                "Mã đảng bộ “%(code)s” chỉ gồm chữ cái không dấu, chữ số và các dấu . _ - "
                "và bắt đầu bằng chữ cái hoặc chữ số, nhiều nhất 40 ký tự.",
                code=code,
            ),
        )
    if not clean(name):
        raise refused_at("name", _NAMELESS)
    if db.session.scalars(select(Tenant.id).where(func.lower(Tenant.code) == code.lower())).all():
        raise refused_at("code", message("Mã đảng bộ “%(code)s” đã có.", code=code))
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


@dataclass(frozen=True)
class TenantRenamed:
    """A tenant is called otherwise."""

    context: Context
    before: str


@dataclass(frozen=True)
class SettingChanged:
    """A tenant has chosen otherwise; values by the setting's name."""

    context: Context
    before: Mapping[str, object]
    after: Mapping[str, object]


def rename_tenant(tenant_id: int, name: str, *, actor: Actor) -> None:
    """Call a tenant otherwise; its code stays. The session is that tenant's from here on."""
    if not clean(name):
        raise refused_at("name", _NAMELESS)
    apply_context(db.session(), DatabaseContext(tenant_id, *WHOLE_SCOPE))
    rename(load_context(tenant_id, actor), clean(name))


def rename(context: Context, name: str) -> None:
    """Call the tenant of the session otherwise."""
    if context.tenant_name == name:
        return
    db.session.execute(update(Tenant).where(Tenant.id == context.tenant_id).values(name=name))
    publish(TenantRenamed(replace(context, tenant_name=name), before=context.tenant_name))


def choose_rating_source(context: Context, source: str) -> None:
    """Choose which of a unit's quotas rates it."""
    if source not in RATING_SOURCES:
        raise Refused(message("Không có nguồn chỉ tiêu “%(source)s”.", source=source))
    _change_setting(context, "rating_source", source)


def choose_transfers_need_approval(context: Context, *, need: bool) -> None:
    """Choose whether a transfer of quotas waits for the unit above both sides."""
    _change_setting(context, "transfers_need_approval", need)


_MOST_OF_THRESHOLDS = {"watch_percent": 100, "watch_years": 20, "watch_days": 1000}


def choose_watch_thresholds(context: Context, chosen: Mapping[str, int]) -> None:
    """Choose what the watch lists go by; what is not among the values stays."""
    for name, value in chosen.items():
        most = _MOST_OF_THRESHOLDS[name]
        if not 1 <= value <= most:
            raise refused_at(name, message("Phải từ %(least)s đến %(most)s.", least=1, most=most))
        _change_setting(context, name, value)


def choose_two_person_settings(context: Context, values: Mapping[str, object]) -> None:
    """Choose which acts need a second person; whoever calls has seen to it who may choose so."""
    for name, value in values.items():
        _change_setting(context, f"two_for_{name}", value)


def set_clock(context: Context, on: date) -> None:
    """Set a demonstration's clock to a day; the database refuses any other tenant's."""
    _change_setting(context, "clock_on", on)


def _change_setting(context: Context, name: str, value: object) -> None:
    setting = db.session.execute(
        select(Setting).where(Setting.tenant_id == context.tenant_id).with_for_update()
    ).scalar_one()
    before = getattr(setting, name)
    if before == value:
        return
    setattr(setting, name, value)
    db.session.flush()
    publish(SettingChanged(context, {name: before}, {name: value}))
