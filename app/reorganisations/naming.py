"""A tenant that is called as its topmost unit stays called so when that is renamed or merged."""

from datetime import date, timedelta

from sqlalchemy import select, update

from app.core.database import db
from app.reorganisations.models import Reorganisation
from app.tenants.commands import rename
from app.tenants.context import Context
from app.units.models import Designation, Placement

_ONE_DAY = timedelta(days=1)


def follow_topmost(context: Context, reorganisation_id: int) -> None:
    """Call the tenant as its one topmost unit is called now, if it was called as one before."""
    called = context.tenant_name
    effective_on = _of(reorganisation_id, context).effective_on
    now = _topmost(context, context.today)
    if len(now) != 1 or called in now or called not in _topmost(context, effective_on - _ONE_DAY):
        return
    _keep(context, reorganisation_id, called)
    rename(context, now.pop())


def call_as_before(context: Context, reorganisation_id: int) -> None:
    """Give the tenant the name back that it had, unless it has got another one since."""
    before: str | None = _of(reorganisation_id, context).tenant_called
    if before is None:
        return
    if {context.tenant_name} == _topmost(context, context.today):
        rename(context, before)
    _keep(context, reorganisation_id, None)


def _topmost(context: Context, on: date) -> set[str]:
    """Return what the units without one above them are called on a day."""
    return set(
        db.session.scalars(
            select(Designation.name)
            .join(
                Placement,
                (Placement.tenant_id == Designation.tenant_id)
                & (Placement.unit_id == Designation.unit_id),
            )
            .where(
                Designation.tenant_id == context.tenant_id,
                Designation.valid.contains(on),
                Placement.parent_id.is_(None),
                Placement.valid.contains(on),
            )
        )
    )


def _of(reorganisation_id: int, context: Context) -> Reorganisation:
    return db.session.scalars(
        select(Reorganisation)
        .where(
            Reorganisation.tenant_id == context.tenant_id, Reorganisation.id == reorganisation_id
        )
        .execution_options(populate_existing=True)
    ).one()


def _keep(context: Context, reorganisation_id: int, called: str | None) -> None:
    db.session.execute(
        update(Reorganisation)
        .where(
            Reorganisation.tenant_id == context.tenant_id, Reorganisation.id == reorganisation_id
        )
        .values(tenant_called=called),
        execution_options={"synchronize_session": False},
    )
