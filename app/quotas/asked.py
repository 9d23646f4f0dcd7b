"""What the address of a page of quotas asks for."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.core.periods import Period
from app.measures.filters import asked_measure, asked_period
from app.measures.queries import MeasureRow, measures
from app.quotas.queries import BoardKey
from app.tenants.context import Context
from app.units.queries import UnitRow, unit_with_ancestors


@dataclass(frozen=True)
class Asked:
    """What the address asks for: whose quotas, of what (among what is offered) and when."""

    unit: UnitRow
    above: tuple[UnitRow, ...]
    measure: MeasureRow
    period: Period
    offered: tuple[MeasureRow, ...]

    @property
    def key(self) -> BoardKey:
        """The key of the unit's board."""
        return BoardKey(self.unit.id, self.measure.id, self.period)

    @property
    def address(self) -> dict[str, Any]:
        """What every link of these pages carries."""
        return {"period": str(self.period), "measure": self.measure.code}

    def url(self, endpoint: str) -> str:
        """Return the address of another page for the same question."""
        return url_for(endpoint, unit_id=self.unit.id, **self.address)


def asked_of(context: Context, unit_id: int) -> Asked:
    """Read the question from the address; this year's admissions when it is bare."""
    unit, above = unit_with_ancestors(context, unit_id)
    offered = measures(context)
    return Asked(
        unit=unit,
        above=above,
        measure=asked_measure(offered),
        period=asked_period(context.today),
        offered=offered,
    )
