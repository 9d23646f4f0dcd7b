"""The numbers that the two invented provinces must come to, as data.

Figures marked 'printed' were published; every other one is chosen to fit around them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

CLOCK = date(2022, 10, 31)
QUOTA_YEARS = (2021, 2022)


@dataclass(frozen=True, slots=True)
class RootQuota:
    """What the Centre gave a province for a year, and by which letter."""

    quota: int
    decision_no: str
    decided_on: date


@dataclass(frozen=True, slots=True)
class Goal:
    """How many are admitted from a year's first day to `until`, that day included."""

    until: date
    admitted: int


@dataclass(frozen=True, slots=True)
class BranchPlan:
    """One part of a province: its quotas by year and, in order, its goals of each year."""

    quotas: Mapping[int, int]
    goals: tuple[Goal, ...]


@dataclass(frozen=True, slots=True)
class SpanQuota:
    """What the root gives one unit for a period other than a year."""

    unit_code: str
    period: str
    quota: int
    decided_on: date


@dataclass(frozen=True, slots=True)
class OwnQuota:
    """What a unit set itself for 2022; `quota` as a quota file writes it."""

    unit_code: str
    kind: str
    quota: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """People whose last step so far fell between two days."""

    last_step: str
    first: date
    last: date
    people: int


@dataclass(frozen=True, slots=True)
class ProvincePlan:
    """Everything that is decided about an invented province before chance has its part.

    `leaders` had fulfilled their quotas on `leaders_by`; whoever stands beside a leader had not,
    and passed 70 % by the clock. `laggards` give the most that a commune admits in 2022.
    `ethnicities` holds, by commune, how many of 100 people belong to which minority.
    """

    tenant_code: str
    name: str
    place_name: str
    signatory_name: str
    root_code: str
    units_file: str
    district_cells: int
    root_cells: int
    root_quotas: Mapping[int, RootQuota]
    branches: Mapping[str, BranchPlan]
    waiting: tuple[Waiting, ...]
    usual_ethnicities: Mapping[str, int]
    ethnicities: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    span_quotas: tuple[SpanQuota, ...] = ()
    own_quotas: tuple[OwnQuota, ...] = ()
    leaders: frozenset[str] = frozenset()
    leaders_by: date = CLOCK
    laggards: Mapping[str, int] = field(default_factory=dict)


def _district(quotas: tuple[int, int], before: tuple[int, int], *recent: int) -> BranchPlan:
    """Read a line of the tables below: two quotas, the years 2019 and 2020, then five goals."""
    days = (
        date(2021, 9, 30),
        date(2021, 12, 31),
        date(2022, 8, 31),
        date(2022, 9, 30),
        CLOCK,
    )
    return BranchPlan(
        quotas=dict(zip(QUOTA_YEARS, quotas, strict=True)),
        goals=(
            Goal(date(2019, 12, 31), before[0]),
            Goal(date(2020, 12, 31), before[1]),
            *(Goal(day, admitted) for day, admitted in zip(days, recent, strict=True)),
        ),
    )


_MILITARY = BranchPlan(
    quotas={2021: 8, 2022: 8},
    # Printed: 60 in the term 2015-2020, and 14 from January 2021 to September 2022.
    goals=(
        Goal(date(2015, 12, 31), 9),
        Goal(date(2016, 12, 31), 11),
        Goal(date(2017, 12, 31), 10),
        Goal(date(2018, 12, 31), 10),
        Goal(date(2019, 12, 31), 11),
        Goal(date(2020, 12, 31), 9),
        Goal(date(2021, 9, 30), 5),
        Goal(date(2021, 12, 31), 8),
        Goal(date(2022, 8, 31), 5),
        Goal(date(2022, 9, 30), 6),
        Goal(CLOCK, 7),
    ),
)

# The province's cells without a district have goals and no quota, the key is the root itself.
# Printed of the columns' sums: 1.266 to 30/09/2021 and 1.545 to 30/09/2022.
_VINH_PHUC_BRANCHES: Mapping[str, BranchPlan] = {
    "D243": _district((210, 212), (62, 105), 125, 204, 128, 146, 166),  # printed: 146 of 212
    "D244": _district((212, 225), (66, 111), 128, 206, 130, 148, 166),
    "D246": _district((245, 255), (76, 128), 158, 240, 171, 196, 226),
    "D247": _district((205, 220), (62, 104), 125, 196, 131, 150, 169),
    "D248": _district((150, 150), (46, 77), 118, 152, 143, 159, 164),  # printed: 159 of 150
    "D249": _district((245, 245), (74, 125), 152, 244, 166, 189, 217),
    "D251": _district((245, 240), (72, 121), 157, 246, 167, 190, 218),
    "D252": _district((235, 240), (79, 132), 163, 238, 156, 178, 197),  # printed: nearly 200, 82 %
    "D253": _district((165, 170), (52, 88), 133, 182, 173, 180, 186),  # printed: 173 of 170
    "S-QS": _MILITARY,
    "P26": BranchPlan(
        quotas={},
        goals=(
            Goal(date(2021, 9, 30), 2),
            Goal(date(2021, 12, 31), 4),
            Goal(date(2022, 8, 31), 2),
            Goal(date(2022, 9, 30), 3),
            Goal(CLOCK, 4),
        ),
    ),
}

VINH_PHUC = ProvincePlan(
    tenant_code="VINHPHUC",
    name="Tỉnh Vĩnh Phúc",
    place_name="Vĩnh Phúc",
    signatory_name="Nguyễn Thị Minh Hạnh",
    root_code="P26",
    units_file="vinh_phuc_2022_units.csv",
    district_cells=5,
    root_cells=3,
    root_quotas={
        2021: RootQuota(1950, "4721-CV/BTCTW", date(2020, 12, 2)),
        2022: RootQuota(2000, "5138-CV/BTCTW", date(2021, 12, 1)),
    },
    branches=_VINH_PHUC_BRANCHES,
    span_quotas=(
        SpanQuota("S-QS", "2015-2020", 60, date(2014, 12, 23)),
        SpanQuota("S-QS", "2021-01-01..2022-09-30", 14, date(2020, 12, 22)),
    ),
    own_quotas=(
        OwnQuota("D243", "count", "220"),
        OwnQuota("D248", "range", "155-165"),
        OwnQuota("D252", "count", "245"),
        OwnQuota("D253", "count", "180"),
        OwnQuota("C08749", "percent:year_start", "3.5"),
        OwnQuota("C09076", "count", "12"),
        OwnQuota("C08914", "minimum", "14"),
        OwnQuota("C09148-01", "count", "2"),
        OwnQuota("P26-01", "count", "2"),
        OwnQuota("P26-02", "count", "2"),
        OwnQuota("P26-03", "count", "1"),
    ),
    # Printed: Ngũ Kiên, Lũng Hoà, Tân Tiến, Vân Xuân and Vĩnh Thịnh, and 70 % for all others.
    leaders=frozenset({"C09148", "C09106", "C09103", "C09139", "C09154"}),
    leaders_by=date(2022, 9, 30),
    laggards={"C08767": 0, "C08899": 0, "C08950": 0, "C08755": 1, "C08725": 1},
    waiting=(
        Waiting("listed_on", date(2021, 8, 2), date(2022, 10, 28), 900),
        Waiting("certificate_on", date(2022, 1, 10), date(2022, 10, 25), 560),
        # Their certificates run out within months: 60 months after the day of issue.
        Waiting("certificate_on", date(2017, 11, 6), date(2018, 2, 12), 24),
        Waiting("introduced_on", date(2022, 7, 1), date(2022, 10, 26), 290),
        Waiting("cell_resolution_on", date(2022, 8, 22), date(2022, 10, 28), 190),
        # Their decisions are overdue: 60 working days after the resolution have passed.
        Waiting("cell_resolution_on", date(2022, 7, 1), date(2022, 7, 29), 9),
    ),
    usual_ethnicities={"Tày": 1, "Mường": 1},
    ethnicities={
        "C08749": {"Sán Dìu": 45},
        "C08764": {"Sán Dìu": 15, "Dao": 5},
        "C08767": {"Sán Dìu": 12},
        "C08872": {"Sán Dìu": 8},
        "C08875": {"Sán Dìu": 10},
        "C08911": {"Sán Dìu": 15},
        "C08914": {"Sán Dìu": 80},
        "C08917": {"Sán Dìu": 12},
        "C08920": {"Sán Dìu": 30},
        "C08923": {"Sán Dìu": 35},
        "C08929": {"Sán Dìu": 30},
        "C08932": {"Sán Dìu": 40},
        "C08938": {"Sán Dìu": 35},
        "C08773": {"Dao": 12},
        # The Cao Lan; Sán Chay is the name in the official list of ethnicities.
        "C08776": {"Sán Chay": 40},
    },
)

HOA_BINH = ProvincePlan(
    tenant_code="HOABINH",
    name="Tỉnh Hòa Bình",
    place_name="Hòa Bình",
    signatory_name="Bùi Văn Thắng",
    root_code="P17",
    units_file="hoa_binh_units.csv",
    district_cells=1,
    root_cells=1,
    root_quotas={
        2021: RootQuota(26, "4718-CV/BTCTW", date(2020, 12, 2)),
        2022: RootQuota(32, "5135-CV/BTCTW", date(2021, 12, 1)),
    },
    branches={
        "D148": _district((10, 13), (0, 0), 6, 9, 7, 8, 10),
        "D150": _district((8, 9), (0, 0), 5, 8, 5, 6, 7),
        "D154": _district((7, 8), (0, 0), 4, 6, 5, 6, 6),
    },
    waiting=(
        Waiting("listed_on", date(2021, 9, 1), date(2022, 10, 27), 6),
        Waiting("certificate_on", date(2022, 2, 14), date(2022, 10, 20), 5),
        Waiting("introduced_on", date(2022, 8, 1), date(2022, 10, 20), 3),
        Waiting("cell_resolution_on", date(2022, 9, 5), date(2022, 10, 25), 2),
    ),
    usual_ethnicities={"Mường": 58, "Dao": 4, "Thái": 4, "Tày": 4},
)
