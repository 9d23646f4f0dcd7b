"""What a unit came from and what it became, by the reorganisations that made it so."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    Integer,
    ScalarSelect,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from app.core.database import db
from app.tenants.context import Context
from app.units.models import Lineage, Placement, Unit

CLOSE = "close"
"""The share of what is left of a unit that was closed: the one did not become the other."""


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


@dataclass(frozen=True)
class Life:
    """From which day on, and before which one, a unit stands; None where that has no limit."""

    began_on: date | None
    ended_on: date | None

    def touches(self, first: date, last: date) -> bool:
        """Tell whether the unit stands on any day of a span, both ends counted."""
        has_begun = self.began_on is None or self.began_on <= last
        return has_begun and (self.ended_on is None or self.ended_on > first)

    def covers(self, first: date, last: date) -> bool:
        """Tell whether the unit stands on every day of a span, both ends counted."""
        began_before = self.began_on is None or self.began_on <= first
        return began_before and (self.ended_on is None or self.ended_on > last)

    @classmethod
    def of_json(cls, days: list[str | None]) -> Self:
        """Read what `life_as_json` has selected."""
        began_on, ended_on = (None if day is None else date.fromisoformat(day) for day in days)
        return cls(began_on, ended_on)


@cache
def life_as_json() -> ScalarSelect[Any]:
    """Select from when to when a `unit` of a `tenant` stands, to be read along with others."""
    first, end = func.lower(Placement.valid), func.upper(Placement.valid)
    return (
        select(
            func.jsonb_build_array(
                case((func.count(first) == func.count(), func.min(first))),
                case((func.count(end) == func.count(), func.max(end))),
            )
        )
        .where(
            Placement.tenant_id == bindparam("tenant", type_=Integer),
            # Cast, since the index of placements knows no smaller numbers.
            Placement.unit_id == cast(bindparam("unit", type_=BigInteger), BigInteger),
        )
        .correlate(None)
        .scalar_subquery()
    )


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
