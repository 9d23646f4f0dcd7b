"""What a unit came from and what it became, by the reorganisations that made it so."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, literal, or_, select

from app.core.database import db
from app.tenants.context import Context
from app.units.models import Lineage, Unit


@dataclass(frozen=True)
class Relative:
    """A unit that another one became, or came from; `share` is 'whole', 'part' or 'close'."""

    unit_id: int
    code: str
    name: str
    share: str
    effective_on: date
    stands: bool

    @property
    def is_part(self) -> bool:
        """Whether only a part of the one went to the other."""
        return self.share == "part"


@dataclass(frozen=True)
class Relatives:
    """The units before one and after it, the earliest first."""

    predecessors: tuple[Relative, ...]
    successors: tuple[Relative, ...]


def relatives(context: Context, unit_id: int) -> Relatives:
    """Return what a unit came from and what it became."""
    rows = db.session.execute(
        select(
            Unit.id,
            Unit.code,
            Unit.name,
            Unit.path,
            Lineage.share,
            Lineage.effective_on,
            (Lineage.successor_id == literal(unit_id)).label("is_before"),
        )
        .join(
            Unit,
            and_(
                Unit.tenant_id == Lineage.tenant_id,
                or_(Unit.id == Lineage.successor_id, Unit.id == Lineage.predecessor_id),
                Unit.id != unit_id,
            ),
        )
        .where(
            Lineage.tenant_id == context.tenant_id,
            Unit.tenant_id == context.tenant_id,
            or_(Lineage.successor_id == unit_id, Lineage.predecessor_id == unit_id),
        )
        .order_by(Lineage.effective_on, Unit.code)
    ).all()
    found = [
        (
            row.is_before,
            Relative(
                unit_id=row.id,
                code=row.code,
                name=row.name,
                share=row.share,
                effective_on=row.effective_on,
                stands=row.path is not None,
            ),
        )
        for row in rows
    ]
    return Relatives(
        tuple(relative for is_before, relative in found if is_before),
        tuple(relative for is_before, relative in found if not is_before),
    )
