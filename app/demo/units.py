"""The units of an invented province: real districts and communes, invented cells and members."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from app.demo.chance import happens, stream
from app.demo.plans import ProvincePlan
from app.demo.tables import UnitRow

_DATA = Path(__file__).parent / "data"

RESIDENTIAL = frozenset({"village_cell", "street_cell"})

_AREA_WORDS = ("Tỉnh", "Thành phố", "Thị xã", "Huyện", "Thị trấn", "Phường", "Xã")
_LARGE_AREA_WORDS = ("Phường", "Thị trấn")

_VILLAGES = (
    *("Đông", "Đoài", "Thượng", "Hạ", "Trung", "Nội", "Ngoại", "Chùa", "Đình", "Giếng", "Chợ"),
    *("Bến", "Gò", "Đồi", "Mới", "Đồng", "Bãi", "Vườn", "Cầu", "Sậu", "Tân Lập", "Tân Thành"),
    *("Phú Cường", "Yên Thịnh", "Đoàn Kết", "Đại Phúc", "Hòa Bình", "Xuân Lai", "Bình Trù"),
)
_TRADES = ("May", "Cơ khí", "Gạch men", "Nông sản", "Vận tải", "Bao bì", "Mộc", "Xây dựng")
_FIRMS = ("An Phát", "Thành Đạt", "Hồng Vân", "Minh Tâm", "Tiến Thịnh", "Phú Khang", "Việt Hưng")

_MILITARY_CELLS = (
    "Phòng Tham mưu",
    "Phòng Chính trị",
    "Phòng Hậu cần",
    "Phòng Kỹ thuật",
    "Đại đội Thông tin",
    "Đại đội Trinh sát",
    "Đại đội Công binh",
    "Tiểu đoàn Huấn luyện",
    "Trường Quân sự tỉnh",
    "Ban Tài chính",
)
_PROVINCIAL_CELLS = (
    ("Trường Chính trị tỉnh", "school_cell"),
    ("Ban Quản lý các khu công nghiệp tỉnh", "agency_cell"),
    ("Liên minh Hợp tác xã tỉnh", "agency_cell"),
)

# How many Party members a cell of each kind has in a commune, from and to; one that hangs higher
# up is a grassroots organisation of its own, and as much larger.
_MEMBERS: Mapping[str, tuple[int, int]] = {
    "village_cell": (30, 85),
    "street_cell": (40, 95),
    "school_cell": (10, 30),
    "agency_cell": (8, 24),
    "enterprise_cell": (6, 20),
    "military_cell": (6, 16),
    "police_cell": (5, 10),
}
_TIMES_LARGER_ABOVE_COMMUNES = 2


@dataclass(frozen=True, slots=True)
class Tree:
    """Units with the parents before their children."""

    units: Sequence[UnitRow]
    by_code: Mapping[str, UnitRow]
    children: Mapping[str, Sequence[UnitRow]]

    def cells_of(self, unit: UnitRow) -> list[UnitRow]:
        """Return the cells directly under a unit, or the unit itself when it is a cell."""
        if unit.level == "cell":
            return [unit]
        return [child for child in self.children[unit.code] if child.level == "cell"]


@dataclass(frozen=True, slots=True)
class _Cell:
    name: str
    kind: str


def tree_of(units: Iterable[UnitRow]) -> Tree:
    """Index units by code and by parent."""
    ordered = tuple(units)
    children: dict[str, list[UnitRow]] = {unit.code: [] for unit in ordered}
    for unit in ordered:
        if unit.parent_code:
            children[unit.parent_code].append(unit)
    return Tree(ordered, {unit.code: unit for unit in ordered}, children)


def build_units(plan: ProvincePlan) -> list[UnitRow]:
    """Read a province's real units, put cells under them and count everybody's members."""
    rng = stream(plan.tenant_code, "units")
    units: list[UnitRow] = []
    for area in _read_areas(_DATA / plan.units_file):
        units.append(area)
        units += _with_codes(rng, area, _cells_under(rng, plan, area))
    return _with_sums_of_members(units)


def build_neighbours(file: str, *, but: str) -> list[UnitRow]:
    """Read the real units of a file but for one province's; under each commune, two cells."""
    rng = stream("neighbours", file)
    units: list[UnitRow] = []
    of_others = {""}
    for area in _read_areas(_DATA / file):
        if area.code != but and area.parent_code in of_others:
            of_others.add(area.code)
            units.append(area)
            if area.level == "commune":
                cells = [_residential_cells(rng, area)[0], _other_commune_cells(rng, area)[0]]
                units += _with_codes(rng, area, cells)
    return _with_sums_of_members(units)


def plain_name(unit_name: str) -> str:
    """Return a place's name without the word for its sort: 'Ngũ Kiên' for 'Xã Ngũ Kiên'."""
    return _sort_and_name(unit_name)[1]


def _sort_and_name(unit_name: str) -> tuple[str, str]:
    for word in _AREA_WORDS:
        if unit_name.casefold().startswith(f"{word.casefold()} "):
            return word, unit_name[len(word) + 1 :]
    return "", unit_name


def _read_areas(path: Path) -> Iterator[UnitRow]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield UnitRow(**row, kind=_area_kind(row["level"], row["name"]), members=0)


def _area_kind(level: str, name: str) -> str:
    if level == "province":
        return "provincial_committee"
    if level == "commune":
        return "commune_committee"
    if "Quân sự" in name:
        return "military"
    is_city = _sort_and_name(name)[0] in ("Thành phố", "Thị xã")
    return "city_committee" if is_city else "district_committee"


def _cells_under(rng: Random, plan: ProvincePlan, area: UnitRow) -> list[_Cell]:
    match area.kind:
        case "provincial_committee":
            return [_Cell(*cell) for cell in _PROVINCIAL_CELLS[: plan.root_cells]]
        case "military":
            return [_Cell(name, "military_cell") for name in _MILITARY_CELLS]
        case "commune_committee":
            return [*_residential_cells(rng, area), *_other_commune_cells(rng, area)]
        case _:
            return _district_cells(area)[: plan.district_cells]


def _district_cells(area: UnitRow) -> list[_Cell]:
    sort, name = _sort_and_name(area.name)
    committee = "Thành ủy" if area.kind == "city_committee" else "Huyện ủy"
    return [
        _Cell(f"Văn phòng {committee} {name}", "agency_cell"),
        _Cell(f"Trung tâm Y tế {sort.lower()} {name}", "agency_cell"),
        _Cell(f"Trường THPT {name}", "school_cell"),
        _Cell(f"Trung tâm Giáo dục thường xuyên {name}", "school_cell"),
        _Cell(f"Công ty Cổ phần Dịch vụ đô thị {name}", "enterprise_cell"),
    ]


def _residential_cells(rng: Random, commune: UnitRow) -> list[_Cell]:
    if _sort_and_name(commune.name)[0] in _LARGE_AREA_WORDS:
        streets = range(1, rng.randint(5, 8) + 1)
        return [_Cell(f"Tổ dân phố số {number}", "street_cell") for number in streets]
    villages = rng.sample(_VILLAGES, rng.randint(3, 8))
    return [_Cell(f"thôn {village}", "village_cell") for village in villages]


def _other_commune_cells(rng: Random, commune: UnitRow) -> list[_Cell]:
    sort, name = _sort_and_name(commune.name)
    place = f"{sort.lower()} {name}"
    firm = f"Công ty TNHH {rng.choice(_TRADES)} {rng.choice(_FIRMS)}"
    percent_and_cell = (
        (70, _Cell(f"Trường Mầm non {name}", "school_cell")),
        (100, _Cell(f"Trường Tiểu học {name}", "school_cell")),
        (100, _Cell(f"Trường THCS {name}", "school_cell")),
        (100, _Cell(f"Trạm Y tế {place}", "agency_cell")),
        (75, _Cell(f"Cơ quan {place}", "agency_cell")),
        (60, _Cell(f"Quân sự {place}", "military_cell")),
        (70, _Cell(f"Công an {place}", "police_cell")),
        (30, _Cell(f"Hợp tác xã Dịch vụ {name}", "enterprise_cell")),
        (55 if sort in _LARGE_AREA_WORDS else 20, _Cell(firm, "enterprise_cell")),
    )
    return [cell for percent, cell in percent_and_cell if happens(rng, percent)]


def _with_codes(rng: Random, parent: UnitRow, cells: Iterable[_Cell]) -> Iterator[UnitRow]:
    times = 1 if parent.level == "commune" else _TIMES_LARGER_ABOVE_COMMUNES
    for number, cell in enumerate(cells, start=1):
        yield UnitRow(
            code=f"{parent.code}-{number:02}",
            parent_code=parent.code,
            level="cell",
            name=f"Chi bộ {cell.name}",
            kind=cell.kind,
            members=rng.randint(*_MEMBERS[cell.kind]) * times,
        )


def _with_sums_of_members(units: Sequence[UnitRow]) -> list[UnitRow]:
    """Give each unit the members of all below it; parents come before their children."""
    members = {unit.code: unit.members for unit in units}
    for unit in reversed(units):
        if unit.parent_code:
            members[unit.parent_code] += members[unit.code]
    return [replace(unit, members=members[unit.code]) for unit in units]
