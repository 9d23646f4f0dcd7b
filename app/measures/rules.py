"""What a measure may count and which segments a person is in: pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from app.core.codes import problems_of_code
from app.core.errors import Problem, Refused
from app.core.messages import message

LAST_SLOT = 200
"""Summaries keep a number for each slot, so there are only so many."""

LAST_AGE = 150
"""More than any age: the end of a range of ages that names none."""

COUNTABLE_STEPS = {"admission": ("decision", "ceremony")}
"""Measures whose counting date a tenant may choose, with the kinds of steps to choose from."""


class Origin(StrEnum):
    """What a segment follows from: an attribute, what the form says, or who introduced."""

    ATTRIBUTE = "attribute"
    STATED = "stated"
    INTRODUCER = "introducer"


class Attribute(StrEnum):
    """An attribute of people that segments may follow from, named as in `Attributes`.

    The age is no attribute of its own: it follows from the date of birth.
    """

    SEX = "sex"
    ETHNICITY = "ethnicity"
    RELIGION = "religion"
    EDUCATION = "education"
    QUALIFICATION = "qualification"
    AGE = "age"


@dataclass(frozen=True, kw_only=True)
class SegmentDefinition:
    """How a segment is told from a person."""

    origin: Origin = Origin.STATED
    attribute: Attribute | None = None
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    age_from: int | None = None
    age_to: int | None = None
    is_residential: bool = False

    @cached_property
    def wanted(self) -> frozenset[str]:
        """The values of `any_of`, ready to be compared without case."""
        return frozenset(map(str.casefold, self.any_of))

    @cached_property
    def unwanted(self) -> frozenset[str]:
        """The values of `none_of`, ready to be compared without case."""
        return frozenset(map(str.casefold, self.none_of))


@dataclass(frozen=True, kw_only=True)
class SegmentDraft(SegmentDefinition):
    """A segment as it shall be. Its code and origin stay once it exists."""

    code: str
    name_vi: str
    name_en: str
    is_sensitive: bool = False


@dataclass(frozen=True, kw_only=True)
class SegmentInSlot(SegmentDefinition):
    """A segment with the number that stands for it in steps and summaries."""

    slot: int


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """What is known of a person, as far as segments follow from it; None is unknown.

    `stated` holds the slots of the segments that were said on the form or in the file.
    """

    date_of_birth: date
    sex: str
    ethnicity: str | None = None
    religion: str | None = None
    education: str | None = None
    qualification: str | None = None
    stated: frozenset[int] = frozenset()
    is_in_residential_cell: bool = False


def segment_slots(
    person: Attributes, on: date, segments: Iterable[SegmentInSlot]
) -> tuple[int, ...]:
    """Return the slots of the segments that one person is in on a date, in ascending order."""
    return tuple(
        sorted(
            segment.slot
            for segment in segments
            if segment.slot in person.stated or _follows(segment, person, on)
        )
    )


class SegmentTeller:
    """Tells the segments of many people: those of whom as much is known are told once."""

    def __init__(self, segments: Iterable[SegmentInSlot]) -> None:
        self._segments = tuple(segments)
        self._told: dict[tuple[object, ...], tuple[int, ...]] = {}

    def slots(self, person: Attributes, on: date) -> tuple[int, ...]:
        """Return what `segment_slots` does."""
        who = (
            person.stated,
            person.sex,
            person.ethnicity,
            person.religion,
            person.education,
            person.qualification,
            person.is_in_residential_cell,
            completed_years(person.date_of_birth, on),
        )
        if who not in self._told:
            self._told[who] = segment_slots(person, on, self._segments)
        return self._told[who]


def completed_years(born_on: date, on: date) -> int:
    """Return the age in completed years; who was born on 29 February ages on 1 March."""
    had_birthday = (on.month, on.day) >= (born_on.month, born_on.day)
    return on.year - born_on.year - (0 if had_birthday else 1)


def check_counted_step(measure_code: str, step: str) -> None:
    """Refuse a counting date that the measure does not offer."""
    if step not in COUNTABLE_STEPS.get(measure_code, ()):
        raise Refused(
            message(
                "Chỉ tiêu thống kê “%(measure)s” không tính được theo bước “%(step)s”.",
                measure=measure_code,
                step=step,
            )
        )


def check_segment(draft: SegmentDraft) -> None:
    """Refuse a segment that files cannot name or that no one can be told to be in."""
    problems = [*_problems_of_names(draft), *_problems_of_definition(draft)]
    if problems:
        raise Refused(message("Cơ cấu chưa hợp lệ."), problems)


def _problems_of_names(draft: SegmentDraft) -> Iterable[Problem]:
    yield from problems_of_code(draft.code)
    if not draft.name_vi:
        yield Problem("name_vi", message("Chưa nhập tên."))


def _problems_of_definition(definition: SegmentDefinition) -> Iterable[Problem]:
    if (definition.origin is Origin.ATTRIBUTE) != (definition.attribute is not None):
        yield Problem(
            "attribute", message("Chỉ cơ cấu xác định theo thông tin của người mới chọn thông tin.")
        )
    is_by_age = definition.attribute is Attribute.AGE
    is_age_given = definition.age_from is not None or definition.age_to is not None
    if is_by_age != is_age_given:
        yield Problem("age_from", message("Chỉ cơ cấu theo tuổi mới ghi tuổi, và phải ghi tuổi."))
    if (definition.age_from or 0) > (LAST_AGE if definition.age_to is None else definition.age_to):
        yield Problem("age_to", message("Tuổi cuối phải từ tuổi đầu trở lên."))
    is_by_value = definition.attribute is not None and not is_by_age
    if is_by_value != bool(definition.any_of or definition.none_of):
        yield Problem(
            "any_of",
            message("Chỉ cơ cấu theo thông tin mới ghi giá trị, và phải ghi giá trị."),
        )


def _follows(segment: SegmentInSlot, person: Attributes, on: date) -> bool:
    """Tell whether a segment follows from what is known, without being stated."""
    if segment.attribute is None:
        return segment.is_residential and person.is_in_residential_cell
    if segment.attribute is Attribute.AGE:
        return _is_of_age(completed_years(person.date_of_birth, on), segment)
    return _has_value(_value(person, segment.attribute), segment)


def _is_of_age(age: int, definition: SegmentDefinition) -> bool:
    is_old_enough = definition.age_from is None or age >= definition.age_from
    is_young_enough = definition.age_to is None or age <= definition.age_to
    return is_old_enough and is_young_enough


def _has_value(value: str | None, definition: SegmentDefinition) -> bool:
    """Compare without case: “KINH” of a file is Kinh. What is unknown is in no segment."""
    if not value:
        return False
    folded = value.casefold()
    is_wanted = not definition.wanted or folded in definition.wanted
    return is_wanted and folded not in definition.unwanted


def _value(person: Attributes, attribute: Attribute) -> str | None:
    value: str | None = getattr(person, attribute.value)
    return value
