"""What the people of each kind of cell live on, and how that shapes the rest about them."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.demo.tables import UnitRow

_ANY_SCHOOLING = {"none": 45, "vocational": 25, "college": 15, "university": 15}
_LITTLE_SCHOOLING = {"none": 75, "vocational": 18, "college": 5, "university": 2}
_SKILLED = {"vocational": 40, "college": 35, "university": 25}
_GRADUATE = {"college": 14, "university": 78, "postgraduate": 8}
_MEDICAL = {"university": 80, "postgraduate": 20}
_IN_COMMAND = {"vocational": 30, "university": 70}
_STILL_LEARNING = {"none": 1}

_YOUTH = {"youth_union": 9, "party_member": 1}
_COLLEAGUES = {"trade_union": 6, "youth_union": 2, "party_member": 2}
_COMRADES = {"youth_union": 5, "party_member": 5}
_NEIGHBOURS = {
    "farmers": 4,
    "women": 6,
    "fatherland_front": 2,
    "veterans": 1,
    "party_member": 1,
}


@dataclass(frozen=True, slots=True)
class Livelihood:
    """An occupation with what is usual for it, as weights; `introducers` of people over 30."""

    occupation: str
    segments: tuple[str, ...]
    women_percent: int
    ages: tuple[int, int]
    qualifications: Mapping[str, int]
    introducers: Mapping[str, int]
    lower_secondary_percent: int = 0


_FARMER = Livelihood("Nông dân", ("farmer",), 46, (19, 58), _LITTLE_SCHOOLING, _NEIGHBOURS, 24)
_WORKER = Livelihood("Công nhân", ("worker",), 48, (19, 48), _LITTLE_SCHOOLING, _COLLEAGUES, 10)
_TRADER = Livelihood("Kinh doanh", (), 55, (21, 55), _ANY_SCHOOLING, _NEIGHBOURS, 8)
_ODD_JOBS = Livelihood("Lao động tự do", (), 30, (20, 55), _LITTLE_SCHOOLING, _NEIGHBOURS, 15)
_PART_TIME_OFFICIAL = Livelihood(
    "Cán bộ không chuyên trách", (), 50, (21, 50), _SKILLED, _NEIGHBOURS
)
_MILITIA = Livelihood(
    "Dân quân thường trực", ("militia",), 6, (18, 32), _ANY_SCHOOLING, _NEIGHBOURS
)
_STUDENT = Livelihood("Sinh viên", ("student",), 56, (19, 23), _STILL_LEARNING, _YOUTH)
_PUPIL = Livelihood("Học sinh", ("student",), 55, (18, 18), _STILL_LEARNING, _YOUTH)
_TEACHER = Livelihood(
    "Giáo viên", ("teacher", "public_employee"), 76, (22, 50), _GRADUATE, _COLLEAGUES
)
_SCHOOL_STAFF = Livelihood(
    "Nhân viên trường học", ("public_employee",), 70, (22, 50), _SKILLED, _COLLEAGUES
)
_CIVIL_SERVANT = Livelihood("Công chức", ("civil_servant",), 48, (23, 48), _GRADUATE, _COLLEAGUES)
_NURSE = Livelihood("Điều dưỡng", ("public_employee",), 78, (22, 48), _SKILLED, _COLLEAGUES)
_DOCTOR = Livelihood("Bác sĩ", ("public_employee",), 45, (25, 50), _MEDICAL, _COLLEAGUES)
_COMPANY_WORKER = Livelihood(
    "Công nhân", ("worker", "private_enterprise"), 50, (20, 45), _LITTLE_SCHOOLING, _COLLEAGUES
)
_ENGINEER = Livelihood("Kỹ sư", ("private_enterprise",), 25, (23, 45), _GRADUATE, _COLLEAGUES)
_OWNER = Livelihood(
    "Chủ doanh nghiệp",
    ("private_owner", "private_enterprise"),
    30,
    (28, 55),
    _SKILLED,
    _NEIGHBOURS,
)
_POLICE = Livelihood("Công an", ("armed_forces",), 14, (20, 38), _IN_COMMAND, _COMRADES)
_OFFICER = Livelihood("Sĩ quan", ("armed_forces",), 6, (23, 40), _GRADUATE, _COMRADES)
_SOLDIER = Livelihood(
    "Quân nhân chuyên nghiệp", ("armed_forces",), 16, (20, 40), _SKILLED, _COMRADES
)
_CONSCRIPT = Livelihood("Chiến sĩ", ("armed_forces",), 0, (19, 25), _STILL_LEARNING, _COMRADES)

_BY_KIND: Mapping[str, tuple[tuple[Livelihood, int], ...]] = {
    "village_cell": (
        (_FARMER, 34),
        (_WORKER, 22),
        (_PART_TIME_OFFICIAL, 14),
        (_TRADER, 10),
        (_MILITIA, 9),
        (_STUDENT, 6),
        (_ODD_JOBS, 5),
    ),
    "street_cell": (
        (_TRADER, 28),
        (_WORKER, 26),
        (_PART_TIME_OFFICIAL, 18),
        (_STUDENT, 12),
        (_ODD_JOBS, 10),
        (_MILITIA, 6),
    ),
    "school_cell": ((_TEACHER, 80), (_SCHOOL_STAFF, 20)),
    "agency_cell": ((_CIVIL_SERVANT, 60), (_PART_TIME_OFFICIAL, 40)),
    "enterprise_cell": ((_COMPANY_WORKER, 68), (_ENGINEER, 24), (_OWNER, 8)),
    "military_cell": ((_MILITIA, 100),),
    "police_cell": ((_POLICE, 100),),
}
# Where the name of a cell says more than its kind.
_BY_WORD_IN_NAME: Mapping[str, tuple[tuple[Livelihood, int], ...]] = {
    "Y tế": ((_NURSE, 65), (_DOCTOR, 35)),
    "THPT": ((_TEACHER, 62), (_PUPIL, 38)),
}
_IN_THE_ARMY = ((_SOLDIER, 50), (_OFFICER, 25), (_CONSCRIPT, 25))


def livelihoods_of(cell: UnitRow, parent: UnitRow) -> tuple[tuple[Livelihood, int], ...]:
    """Return the livelihoods among those whom a cell brings, each with its weight."""
    if parent.kind == "military":
        return _IN_THE_ARMY
    for word, livelihoods in _BY_WORD_IN_NAME.items():
        if word in cell.name:
            return livelihoods
    return _BY_KIND[cell.kind]
