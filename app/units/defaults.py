"""The levels and kinds that every tenant begins with; its administrator may add to them.

The codes are shared by files, command line and configuration.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DefaultLevel:
    """A storey of the tree."""

    code: str
    name_vi: str
    name_en: str


@dataclass(frozen=True)
class DefaultKind:
    """What a unit may be; `level` is the storey whose usual kind this is."""

    code: str
    name_vi: str
    name_en: str
    level: str | None = None
    is_cell: bool = False
    is_residential: bool = False


LEVELS = (
    DefaultLevel("province", "Cấp tỉnh", "Province"),
    DefaultLevel("district", "Cấp huyện", "District"),
    DefaultLevel("commune", "Cấp cơ sở", "Grassroots"),
    DefaultLevel("section", "Bộ phận", "Section"),
    DefaultLevel("cell", "Chi bộ", "Cell"),
)
"""The highest first."""

KINDS = (
    DefaultKind("provincial_committee", "Tỉnh ủy", "Provincial committee", "province"),
    DefaultKind("district_committee", "Huyện ủy", "District committee", "district"),
    DefaultKind("city_committee", "Thành ủy, thị ủy", "City or town committee"),
    DefaultKind("direct_committee", "Đảng ủy trực thuộc tỉnh", "Committee under the province"),
    DefaultKind("military", "Đảng ủy quân sự", "Military committee"),
    DefaultKind("police", "Đảng ủy công an", "Police committee"),
    DefaultKind("commune_committee", "Đảng ủy xã, phường", "Commune or ward committee", "commune"),
    DefaultKind("agency_committee", "Đảng ủy cơ quan", "Agency committee"),
    DefaultKind("enterprise_committee", "Đảng ủy doanh nghiệp", "Enterprise committee"),
    DefaultKind("school_committee", "Đảng ủy trường học", "School committee"),
    DefaultKind("section", "Đảng bộ bộ phận", "Section committee", "section"),
    DefaultKind("village_cell", "Chi bộ thôn", "Village cell", is_cell=True, is_residential=True),
    DefaultKind(
        "street_cell", "Chi bộ tổ dân phố", "Street cell", is_cell=True, is_residential=True
    ),
    DefaultKind("school_cell", "Chi bộ trường học", "School cell", is_cell=True),
    DefaultKind("agency_cell", "Chi bộ cơ quan", "Agency cell", is_cell=True),
    DefaultKind("enterprise_cell", "Chi bộ doanh nghiệp", "Enterprise cell", is_cell=True),
    DefaultKind("military_cell", "Chi bộ quân sự", "Military cell", is_cell=True),
    DefaultKind("police_cell", "Chi bộ công an", "Police cell", is_cell=True),
    DefaultKind("cell", "Chi bộ", "Cell", "cell", is_cell=True),
)
"""In the order in which people are offered them."""
