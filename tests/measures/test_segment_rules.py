"""Which segments a person is in."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.measures.defaults import MEASURES, SEGMENTS
from app.measures.rules import (
    Attribute,
    Attributes,
    Origin,
    SegmentDraft,
    SegmentInSlot,
    check_counted_step,
    check_segment,
    completed_years,
    segment_slots,
)

ON = date(2022, 9, 30)


def in_slots(drafts):
    return [
        SegmentInSlot(
            slot=slot,
            origin=draft.origin,
            attribute=draft.attribute,
            any_of=draft.any_of,
            none_of=draft.none_of,
            age_from=draft.age_from,
            age_to=draft.age_to,
            is_residential=draft.is_residential,
        )
        for slot, draft in enumerate(drafts, start=1)
    ]


DEFINITIONS = in_slots(SEGMENTS)
SLOT_OF = {
    draft.code: slot for slot, draft in enumerate(SEGMENTS, start=1) if draft.origin != "introducer"
}
CODE_OF = {slot: code for code, slot in SLOT_OF.items()}


def codes(on=ON, stated=(), **values):
    values.setdefault("date_of_birth", date(1980, 1, 1))
    values.setdefault("sex", "male")
    person = Attributes(stated=frozenset(SLOT_OF[code] for code in stated), **values)
    return {CODE_OF[slot] for slot in segment_slots(person, on, DEFINITIONS)}


def test_every_tenant_begins_with_six_measures_and_the_shared_segments():
    assert [measure.code for measure in MEASURES] == [
        "source",
        "certificate",
        "introduction",
        "admission",
        "recognition",
        "removal",
    ]
    people = [draft.code for draft in SEGMENTS if draft.origin is not Origin.INTRODUCER]
    assert len(people) == len(set(people)) == 19
    assert {draft.code for draft in SEGMENTS if draft.is_sensitive} == {
        "ethnic_minority",
        "religious",
    }
    for draft in SEGMENTS:
        check_segment(draft)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, set()),
        ({"sex": "female"}, {"female"}),
        ({"ethnicity": "Kinh"}, set()),
        ({"ethnicity": "KINH"}, set()),
        ({"ethnicity": "Mường"}, {"ethnic_minority"}),
        ({"ethnicity": None}, set()),
        ({"religion": "Không"}, set()),
        ({"religion": "không"}, set()),
        ({"religion": "Công giáo"}, {"religious"}),
        ({"education": "primary"}, set()),
        ({"education": "lower_secondary"}, {"lower_secondary"}),
        ({"education": "upper_secondary"}, {"upper_secondary"}),
        ({"qualification": "college"}, set()),
        ({"qualification": "university"}, {"university"}),
        ({"qualification": "postgraduate"}, {"university"}),
        ({"stated": ("teacher", "militia")}, {"teacher", "militia"}),
        ({"stated": ("residential",)}, {"residential"}),
        ({"is_in_residential_cell": True}, {"residential"}),
    ],
)
def test_segments_follow_from_what_is_known(values, expected):
    assert codes(**values) == expected


@pytest.mark.parametrize(
    ("born_on", "is_young"),
    [
        (date(2004, 9, 30), True),
        (date(2004, 10, 1), False),
        (date(1991, 10, 1), True),
        (date(1991, 9, 30), False),
    ],
)
def test_age_is_counted_in_completed_years_on_the_day(born_on, is_young):
    assert ("age_18_30" in codes(date_of_birth=born_on)) is is_young


@pytest.mark.parametrize(
    ("on", "years"),
    [(date(2022, 2, 28), 21), (date(2022, 3, 1), 22), (date(2024, 2, 29), 24)],
)
def test_who_was_born_on_29_february_ages_on_1_march(on, years):
    assert completed_years(date(2000, 2, 29), on) == years


def test_who_introduced_is_no_segment_of_the_person():
    introducer = next(s.slot for s in DEFINITIONS if s.origin is Origin.INTRODUCER)
    person = Attributes(date_of_birth=date(1990, 1, 1), sex="male", stated=frozenset())

    assert introducer not in segment_slots(person, ON, DEFINITIONS)


@given(
    st.builds(
        Attributes,
        date_of_birth=st.dates(date(1930, 1, 1), date(2010, 12, 31)),
        sex=st.sampled_from(["female", "male"]),
        ethnicity=st.sampled_from([None, "Kinh", "Mường"]),
        religion=st.sampled_from([None, "Không", "Phật giáo"]),
        stated=st.frozensets(st.sampled_from(sorted(SLOT_OF.values())), max_size=5),
    )
)
def test_slots_are_ascending_and_hold_what_was_stated(person):
    slots = segment_slots(person, ON, DEFINITIONS)

    assert list(slots) == sorted(set(slots))
    by_statement = {s.slot for s in DEFINITIONS if s.origin is Origin.STATED}
    assert person.stated & by_statement <= set(slots)


def test_composition_of_huong_ho_ward_comes_out_of_38_people():
    """38 admitted in 2015-2020, as the ward's report printed their composition."""
    people = [
        {
            "stated": [
                *(["youth_union"] if number < 28 else []),
                *(["teacher"] if number < 18 else []),
                *(["militia"] if number in (36, 37) else []),
            ],
            "religion": "Phật giáo" if number == 20 else "Không",
            "education": "lower_secondary" if number >= 35 else "upper_secondary",
            "qualification": "university" if number < 28 else "none",
            "is_in_residential_cell": number >= 23,
        }
        for number in range(38)
    ]

    found = [codes(**person) for person in people]

    counts = {code: sum(code in segments for segments in found) for code in SLOT_OF}
    assert {code: count for code, count in counts.items() if count} == {
        "youth_union": 28,
        "teacher": 18,
        "militia": 2,
        "religious": 1,
        "lower_secondary": 3,
        "upper_secondary": 35,
        "university": 28,
        "residential": 15,
    }


def test_only_admissions_offer_a_choice_of_date():
    check_counted_step("admission", "ceremony")
    for measure, step in [("admission", "listed"), ("removal", "removal"), ("none", "decision")]:
        with pytest.raises(Refused):
            check_counted_step(measure, step)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "Đoàn viên"}, "code"),
        ({"name_vi": ""}, "name_vi"),
        ({"attribute": Attribute.SEX, "any_of": ("female",), "origin": Origin.STATED}, "attribute"),
        ({"attribute": None, "origin": Origin.ATTRIBUTE}, "attribute"),
        ({"attribute": Attribute.AGE, "origin": Origin.ATTRIBUTE}, "age_from"),
        (
            {"attribute": Attribute.AGE, "origin": Origin.ATTRIBUTE, "age_from": 30, "age_to": 18},
            "age_to",
        ),
        ({"attribute": Attribute.SEX, "origin": Origin.ATTRIBUTE}, "any_of"),
        ({"any_of": ("female",)}, "any_of"),
    ],
)
def test_a_segment_that_nobody_can_be_told_to_be_in_is_refused(values, field):
    draft = SegmentDraft(**{"code": "new_one", "name_vi": "Mới", "name_en": "New", **values})

    with pytest.raises(Refused) as refused:
        check_segment(draft)

    assert field in [problem.field for problem in refused.value.problems]
