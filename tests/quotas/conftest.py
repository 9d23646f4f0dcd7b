"""A small province: two districts, one with communes, and a commune directly under the province."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from app.core.database import db
from app.tenants.commands import create_tenant
from app.tenants.context import Context, Scope
from app.units.queries import units_by_code
from app.units.rows import UnitRow
from tests.factories.units import import_lines

TODAY = date(2022, 10, 31)


@dataclass(frozen=True)
class Province:
    """A tenant whose clock stands, with its units by code."""

    context: Context
    units: dict[str, UnitRow]

    def __getitem__(self, code: str) -> UnitRow:
        return self.units[code]

    def acting_for(self, code: str) -> Context:
        """Return the context of whoever acts for a unit."""
        unit = self.units[code]
        return replace(self.context, unit_id=unit.id, scope=Scope.under(unit.path))


def make_province(code="VINHPHUC"):
    context = create_tenant(code, f"Tỉnh {code}", clock_on=TODAY)
    import_lines(
        context,
        "P,,province,Tỉnh ủy,,",
        "D1,P,district,Huyện Vĩnh Tường,,2000",
        "D2,P,district,Huyện Tam Đảo,,999",
        "C9,P,commune,Đảng ủy Quân sự,,",
        "C1,D1,commune,Xã Ngũ Kiên,,",
        "C2,D1,commune,Xã Lũng Hoà,,",
        "C3,D1,commune,Xã An Tường,,",
        "B1,C1,cell,Chi bộ thôn 1,,",
        "B2,C1,cell,Chi bộ thôn 2,,",
        effective=date(2020, 1, 1),
    )
    codes = ("P", "D1", "D2", "C9", "C1", "C2", "C3", "B1", "B2")
    return Province(context, units_by_code(context, codes))


@pytest.fixture
def province(app_context):
    """The province inside a transaction of its own."""
    return make_province()


@pytest.fixture
def committed_province(province):
    """The province as other connections see it."""
    db.session.commit()
    return province
