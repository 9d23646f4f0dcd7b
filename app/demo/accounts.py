"""The accounts of the demonstration: one for each role and level, with names easy to say."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.text import search_key
from app.demo.chance import stream
from app.demo.names import full_name
from app.demo.province import Province
from app.demo.tables import UnitRow
from app.demo.units import plain_name

# The communes with an account; the first one's also decides on the quotas of its cells.
_COMMUNE_WITH_COMMITTEE = "C09148"
_COMMUNES_WITH_CLERK = ("C09106", "C08710", "C08914", "C08824")
_SECOND_COMMUNE_WITH_CLERK = "C04792"

_NAME_OF_MILITARY_ACCOUNT = "quansu"


@dataclass(frozen=True, slots=True)
class DemonstrationAccount:
    """Who may sign in, and which roles they hold on their unit; an operator has no unit."""

    login_name: str
    full_name: str
    unit_code: str | None
    roles: tuple[str, ...]
    tenant_code: str | None


def demonstration_accounts(province: Province) -> list[DemonstrationAccount]:
    """List the accounts of Vĩnh Phúc, and the operator's."""
    root = province.root_code
    units = {unit.code: unit for unit in province.units}
    cell = units[f"{_COMMUNE_WITH_COMMITTEE}-01"]
    return [
        _account(province, "tinh", root, "committee"),
        _account(province, "tinh.theodoi", root, "monitor"),
        _account(province, "tinh.xem", root, "reader"),
        *_district_committees(province),
        _commune_account(province, units[_COMMUNE_WITH_COMMITTEE], "committee", "clerk"),
        *(_commune_account(province, units[code], "clerk") for code in _COMMUNES_WITH_CLERK),
        _account(province, _cell_login_name(units, cell), cell.code, "cell_secretary"),
        _account(province, "quantri", root, "tenant_administrator"),
        DemonstrationAccount(
            login_name="vanhanh",
            full_name=_full_name("vanhanh"),
            unit_code=None,
            roles=(),
            tenant_code=None,
        ),
    ]


def second_tenant_accounts(province: Province) -> list[DemonstrationAccount]:
    """List the accounts of Hòa Bình."""
    commune = next(unit for unit in province.units if unit.code == _SECOND_COMMUNE_WITH_CLERK)
    return [
        _account(province, "hb.tinh", province.root_code, "committee"),
        _account(province, "hb.quantri", province.root_code, "tenant_administrator"),
        _account(
            province, f"hb.{_commune_login_name(commune)}", commune.code, "committee", "clerk"
        ),
    ]


def _district_committees(province: Province) -> Iterator[DemonstrationAccount]:
    for unit in province.units:
        if unit.level == "district":
            name = (
                _NAME_OF_MILITARY_ACCOUNT
                if unit.kind == "military"
                else f"huyen.{_joined(plain_name(unit.name))}"
            )
            yield _account(province, name, unit.code, "committee")


def _commune_account(province: Province, commune: UnitRow, *roles: str) -> DemonstrationAccount:
    return _account(province, _commune_login_name(commune), commune.code, *roles)


def _commune_login_name(commune: UnitRow) -> str:
    return f"xa.{_joined(plain_name(commune.name))}"


def _cell_login_name(units: dict[str, UnitRow], cell: UnitRow) -> str:
    commune = units[cell.parent_code]
    return f"chibo.{_joined(plain_name(commune.name))}1"


def _joined(name: str) -> str:
    return search_key(name).replace(" ", "")


def _account(
    province: Province, login_name: str, unit_code: str, *roles: str
) -> DemonstrationAccount:
    return DemonstrationAccount(
        login_name=login_name,
        full_name=_full_name(login_name),
        unit_code=unit_code,
        roles=roles,
        tenant_code=province.tenant_code,
    )


def _full_name(login_name: str) -> str:
    rng = stream("account", login_name)
    return full_name(rng, rng.choice(("female", "male")), "Kinh")
