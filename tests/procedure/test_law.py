"""The rule sets that tenants begin with, line by line against DOMAIN.md; terms on odd dates."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.rules import Clock, StepKind
from app.core import clock
from app.procedure.cases import Law
from app.procedure.configuration import kept_rule_sets
from app.procedure.defaults import RULE_SETS
from app.procedure.law import VALUE_FIELDS, Parameter, rule_set_on
from app.procedure.rules import certificate_expires_on, due, recognition_day, votes_needed
from app.procedure.spans import WorkCalendar, age_in_months, full_months, last_start, months_later

LAW = Law(RULE_SETS, WorkCalendar())
NEWEST = RULE_SETS[-1]

DOMAIN = [
    # value, what DOMAIN.md gives, where it was read
    ("youngest_age", 18, "1.2; 294-QĐ/TW 1.1.1, QUIZ q14"),
    ("oldest_age", 60, "1.2; 294-QĐ/TW 1.1.1, QUIZ q47"),
    ("lowest_education", "lower_secondary", "1.2; lawnet 104683"),
    ("certificate_months", 60, "1.1 stage 4; 06-HD/TW 5.4, QUIZ q7, LN01"),
    ("introducers", 2, "1.1 stage 8; 294-QĐ/TW 3.2.1, QUIZ q2"),
    ("introducer_months", 12, "1.1 stage 8; 294-QĐ/TW 3.2.1, QUIZ q46"),
    ("vote_numerator", 2, "1.1 stage 10; 06-HD/TW 3.6 b, QUIZ q3"),
    ("vote_denominator", 3, "1.1 stage 10; 06-HD/TW 3.6 b, QUIZ q44"),
    ("decision_days", 60, "1.1 stage 13; 29-QĐ/TW 4.3.1 (TVPL29), TVPL232"),
    ("decision_extra_days", 30, "1.1 stage 13; TVPL29, TVPL232"),
    ("ceremony_days", 30, "1.1 stage 14; 294 4.1, QUIZ q13"),
    ("member_file_days", 30, "1.1 stage 15; 12-HD/BTCTW 2.2, QUIZ q50, q74"),
    ("probation_months", 12, "1.1 stage 15; Charter 5.1"),
    ("recognition_meeting_days", 30, "1.1 stage 17; 294 4.2, QUIZ q19"),
    ("recognition_decision_days", 30, "1.1 stage 17; 294 4.2, TVPL29"),
    ("recognition_extra_days", 30, "1.1 stage 17; 294 4.2, TVPL29"),
    ("readmission_months", 36, "1.2; 294 3.5.1"),
    ("readmissions", 1, "1.2; 294 3.5.2"),
]


@pytest.mark.parametrize(("name", "value", "source"), DOMAIN, ids=[row[0] for row in DOMAIN])
def test_each_value_is_the_one_that_was_read(name, value, source):
    assert {getattr(rule_set, name) for rule_set in RULE_SETS[1:]} == {value}, source
    assert Parameter(name) not in NEWEST.only_suggests
    assert NEWEST.sources[name]


def test_what_was_only_heard_never_warns():
    assert NEWEST.only_suggests == {
        Parameter.MENTOR_MONTHS,
        Parameter.MENTOR_REMARK_MONTHS,
        Parameter.DOSSIER_MONTHS,
    }
    assert all(NEWEST.sources[each].startswith("[C]") for each in NEWEST.only_suggests)
    assert {row[0] for row in DOMAIN} | NEWEST.only_suggests == set(Parameter)


@pytest.mark.parametrize(
    ("day", "regulation", "decides"),
    [
        (date(1995, 3, 3), "29-QĐ/TW", "district"),
        (date(2021, 7, 29), "29-QĐ/TW", "district"),
        (date(2021, 7, 30), "24-QĐ/TW", "district"),
        (date(2025, 1, 19), "24-QĐ/TW", "district"),
        (date(2025, 1, 20), "232-QĐ/TW", "district"),
        (date(2025, 6, 30), "232-QĐ/TW", "district"),
        (date(2025, 7, 1), "294-QĐ/TW", "commune"),
    ],
)
def test_each_day_has_its_regulation(day, regulation, decides):
    found = rule_set_on(RULE_SETS, day)

    assert (found.regulation, found.deciding_level) == (regulation, decides)


@pytest.mark.parametrize(
    ("kind", "forms"),
    [
        (StepKind.APPLICATION, "1-KNĐ, 2-KNĐ"),
        (StepKind.INTRODUCTION, "3-KNĐ (3A-KNĐ), 4-KNĐ, 4A-KNĐ"),
        (StepKind.CELL_RESOLUTION, "6-KNĐ"),
        (StepKind.COMMITTEE_RESOLUTION, "8-KNĐ"),
        (StepKind.DECISION, "9-KNĐ"),
        (StepKind.RECOGNITION, "15-KNĐ"),
    ],
)
def test_each_step_has_its_forms(kind, forms):
    assert NEWEST.forms[kind] == forms


def test_a_new_tenant_begins_with_them(context):
    kept = kept_rule_sets(context)

    assert [{name: getattr(rule_set, name) for name in VALUE_FIELDS} for rule_set in kept] == [
        {name: getattr(rule_set, name) for name in VALUE_FIELDS} for rule_set in RULE_SETS
    ]


def test_the_day_in_vietnam_begins_at_seventeen_hours_of_greenwich():
    with clock.frozen(datetime(2025, 12, 31, 16, 59, 59, tzinfo=UTC)):
        assert clock.today() == date(2025, 12, 31)
    with clock.frozen(datetime(2025, 12, 31, 17, 0, tzinfo=UTC)):
        assert clock.today() == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 12, 31), 12, date(2026, 12, 31)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2021, 3, 15), 60, date(2026, 3, 15)),
        (date(2026, 1, 1), -1, date(2025, 12, 1)),
    ],
)
def test_months_later(day, months, later):
    assert months_later(day, months) == later


@pytest.mark.parametrize(
    ("born_on", "day", "months"),
    [
        (date(2008, 2, 29), date(2026, 2, 1), 18 * 12),
        (date(2008, 2, 29), date(2026, 1, 31), 18 * 12 - 1),
        (date(2008, 5, 31), date(2026, 5, 1), 18 * 12),
        (date(1966, 1, 31), date(2026, 1, 1), 60 * 12),
        (date(1966, 1, 1), date(2026, 2, 1), 60 * 12 + 1),
        (date(2007, 12, 31), date(2026, 1, 1), 18 * 12 + 1),
    ],
)
def test_ages_are_counted_by_month(born_on, day, months):
    assert age_in_months(born_on, day) == months


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2022, 1, 28), 1, date(2022, 2, 7)),  # Tết: 31 January to 4 February off
        (date(2025, 1, 24), 1, date(2025, 2, 3)),  # Tết: 27 to 31 January off
        (date(2024, 4, 26), 1, date(2024, 5, 2)),  # 29 April off for 4 May
        (date(2024, 5, 3), 1, date(2024, 5, 4)),  # that Saturday was worked
        (date(2025, 4, 29), 1, date(2025, 5, 5)),  # 2 May off for 26 April
        (date(2026, 8, 21), 2, date(2026, 8, 24)),  # Saturday 22 August is worked
        (date(2023, 9, 1), 1, date(2023, 9, 5)),  # the substitute of a Saturday's holiday
        (date(2025, 12, 31), 1, date(2026, 1, 2)),
        (date(2025, 10, 4), 0, date(2025, 10, 4)),
    ],
)
def test_working_days_know_tet_and_days_made_up(start, days, end):
    assert WorkCalendar().working_days_after(start, days) == end


def test_what_a_tenant_records_goes_before_the_country():
    storm = WorkCalendar({date(2026, 9, 7): False, date(2026, 9, 12): True})

    assert storm.working_days_after(date(2026, 9, 4), 1) == date(2026, 9, 8)
    assert storm.working_days_after(date(2026, 9, 11), 1) == date(2026, 9, 12)


DAYS = st.dates(date(2012, 1, 1), date(2030, 12, 31))


@given(day=DAYS, count=st.integers(0, 120))
def test_a_term_has_as_many_working_days_as_it_says(day, count):
    calendar = WorkCalendar()
    end = calendar.working_days_after(day, count)

    assert calendar.working_days_between(day, end) == count
    assert count == 0 or calendar.is_working_day(end)


@given(day=DAYS, bound=DAYS, clock_of=st.sampled_from(list(Clock)))
def test_the_last_start_divides_what_is_due_from_what_is_not(day, bound, clock_of):
    newest = Law((NEWEST,), WorkCalendar())
    last = last_start(lambda start: due(clock_of, start, newest).due_on, bound)

    assert (due(clock_of, day, newest).due_on <= bound) == (last is not None and day <= last)


@given(first=DAYS, ahead=st.integers(0, 4000))
def test_full_months_are_those_that_have_passed(first, ahead):
    last = first + timedelta(days=ahead)
    months = full_months(first, last)

    assert months_later(first, months) <= last < months_later(first, months + 1)


@pytest.mark.parametrize(
    ("entitled", "needed"), [(3, 2), (4, 3), (5, 4), (9, 6), (10, 7), (12, 8), (13, 9), (1, 1)]
)
def test_two_thirds_of_all(entitled, needed):
    assert votes_needed(entitled, NEWEST) == needed


@given(entitled=st.integers(0, 500))
def test_the_votes_needed_are_the_fewest_that_are_enough(entitled):
    needed = votes_needed(entitled, NEWEST)

    assert 3 * needed >= 2 * entitled > 3 * (needed - 1)


def test_terms_end_as_the_law_of_their_first_day_says():
    decision = due(Clock.DECISION, date(2025, 11, 3), LAW)
    ceremony = due(Clock.CEREMONY, date(2026, 1, 15), LAW)

    # 60 working days over New Year; 30 over Tết of 2026, which is off from 16 to 20 February.
    assert (decision.due_on, decision.latest_on) == (date(2026, 1, 27), date(2026, 3, 17))
    assert ceremony.due_on == date(2026, 3, 5)
    assert certificate_expires_on(date(2024, 2, 29), NEWEST) == date(2029, 2, 28)
    assert recognition_day(date(2024, 2, 29), NEWEST) == date(2025, 2, 28)
    meeting = due(Clock.RECOGNITION_RESOLUTION, date(2024, 2, 29), LAW)
    assert meeting.due_on == date(2025, 4, 14)
