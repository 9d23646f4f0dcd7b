"""How a unit and the one above it were called on a day: a paper bears the names of its day."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.tenants.context import Context
from app.units.models import Designation, Placement


@dataclass(frozen=True)
class Called:
    """A unit's name on a day, and that of whom it stood under; None for a root."""

    name: str
    superior_name: str | None


def called_on(context: Context, unit_id: int, day: date) -> Called:
    """Return how a unit and its superior were called on a day; the unit may have ended since."""
    above = aliased(Designation)
    row = db.session.execute(
        select(Designation.name, above.name.label("superior_name"))
        .outerjoin(
            Placement,
            and_(
                Placement.tenant_id == Designation.tenant_id,
                Placement.unit_id == Designation.unit_id,
                Placement.valid.contains(day),
            ),
        )
        .outerjoin(
            above,
            and_(
                above.tenant_id == Placement.tenant_id,
                above.unit_id == Placement.parent_id,
                above.valid.contains(day),
            ),
        )
        .where(
            Designation.tenant_id == context.tenant_id,
            Designation.unit_id == unit_id,
            Designation.valid.contains(day),
        )
    ).one_or_none()
    if row is None:
        raise NotFound(message("Không tìm thấy tổ chức này."))
    return Called(row.name, row.superior_name)
