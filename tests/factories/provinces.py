"""A small province with a user for each role, alike in every tenant that has one."""

from dataclasses import dataclass

from app.core.database import db
from app.tenants.commands import create_tenant
from app.tenants.context import Context
from app.units.rows import UnitRow
from tests.factories.accounts import make_user
from tests.factories.units import make_cell, make_unit


@dataclass(frozen=True)
class Province:
    """A tenant, its units, and the numbers of its users by login name."""

    context: Context
    top: UnitRow
    district: UnitRow
    other_district: UnitRow
    commune: UnitRow
    cell: UnitRow
    users: dict[str, int]


def make_province(code, name, prefix=""):
    """Make a tenant with its tree and users, whose login names begin with the prefix."""
    context = create_tenant(code, name)
    top = make_unit(context, "P", level="province", name=f"Tỉnh ủy {name}")
    district = make_unit(context, "H1", top, "district", name="Huyện ủy Vĩnh Tường")
    other_district = make_unit(context, "H2", top, "district", name="Huyện ủy Tam Đảo")
    commune = make_unit(context, "X1", district, name="Đảng ủy xã Ngũ Kiên")
    cell = make_cell(context, "C1", commune, name="Chi bộ thôn Đông")
    users = {
        "tinh": make_user(context, f"{prefix}tinh", top.id, "committee"),
        "quantri": make_user(context, f"{prefix}quantri", top.id, "tenant_administrator"),
        "huyen": make_user(context, f"{prefix}huyen", district.id, "committee"),
        "xa": make_user(context, f"{prefix}xa", commune.id, "clerk"),
        "chibo": make_user(context, f"{prefix}chibo", cell.id, "cell_secretary"),
        "xem": make_user(context, f"{prefix}xem", commune.id, "reader"),
    }
    db.session.commit()
    return Province(context, top, district, other_district, commune, cell, users)
