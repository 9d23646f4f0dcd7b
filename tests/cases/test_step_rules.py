"""What stops a step: impossible dates, dates ahead, steps out of order; nothing else."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.rules import (
    ORDERS,
    PRINCIPAL_STEPS,
    STEP_NAMES,
    StepKind,
    cleaned_name,
    cleaned_words,
    standing,
    step_problems,
)
from app.core.errors import Refused

TODAY = date(2022, 10, 31)
BORN = date(1998, 5, 20)
FIRST = date(2018, 1, 1)

days = st.dates(FIRST, TODAY)
cases = st.dictionaries(st.sampled_from(list(StepKind)), days)


def problems(steps, born_on=BORN, today=TODAY):
    return step_problems(steps, born_on=born_on, today=today)


def test_every_kind_of_step_has_a_name():
    assert set(STEP_NAMES) == set(StepKind)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order.before}-{order.after}")
def test_a_step_before_the_one_that_precedes_it_is_out_of_order(order):
    day = date(2022, 5, 10)

    found = problems({order.before: day, order.after: day - timedelta(days=1)})

    assert [problem.kind for problem in found] == [order.after]
    assert "không thể trước" in str(found[0].message)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order.before}-{order.after}")
def test_two_steps_on_one_day_are_in_order(order):
    day = date(2022, 5, 10)

    assert not problems({order.before: day, order.after: day})


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (StepKind.LISTED, StepKind.CEREMONY),
        (StepKind.CERTIFICATE, StepKind.DECISION),
        (StepKind.INTRODUCTION, StepKind.CEREMONY),
        (StepKind.DECISION, StepKind.RECOGNITION),
        (StepKind.CELL_RESOLUTION, StepKind.REMOVAL),
    ],
)
def test_order_holds_across_steps_that_are_missing(earlier, later):
    day = date(2022, 5, 10)

    assert problems({earlier: day, later: day - timedelta(days=1)})
    assert not problems({earlier: day - timedelta(days=1), later: day})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (StepKind.INTRODUCTION, StepKind.LISTED),
        (StepKind.INTRODUCTION, StepKind.CERTIFICATE),
        (StepKind.VERIFICATION, StepKind.COMMENTS),
        (StepKind.MENTOR, StepKind.CERTIFICATE),
        (StepKind.NEW_MEMBER_CLASS, StepKind.RECOGNITION),
    ],
)
def test_what_the_law_leaves_open_may_come_in_any_order(one, other):
    day = date(2022, 5, 10)

    assert not problems({one: day, other: day - timedelta(days=1)})
    assert not problems({other: day, one: day - timedelta(days=1)})


@given(cases)
def test_a_missing_step_never_is_a_problem(steps):
    """Leaving steps out of a lawful case leaves it lawful."""
    if problems(steps):
        return
    for left_out in steps:
        assert not problems({kind: day for kind, day in steps.items() if kind != left_out})


@given(cases)
def test_steps_in_the_order_of_the_way_are_always_lawful(steps):
    taken = [kind for kind in StepKind if kind in steps]
    in_order = dict(zip(taken, sorted(steps.values()), strict=True))

    assert not problems(in_order)


@given(cases, st.sampled_from(ORDERS))
def test_a_lawful_case_breaks_no_order(steps, order):
    if problems(steps) or not {order.before, order.after} <= set(steps):
        return

    assert steps[order.before] <= steps[order.after]


@given(cases)
def test_each_problem_names_a_step_of_the_case(steps):
    assert {problem.kind for problem in problems(steps)} <= set(steps)


def test_today_is_not_in_the_future_but_tomorrow_is():
    assert not problems({StepKind.LISTED: TODAY})
    (found,) = problems({StepKind.LISTED: TODAY + timedelta(days=1)})
    assert "chưa tới" in str(found.message)


def test_nobody_takes_a_step_before_being_born():
    assert problems({StepKind.LISTED: date(1997, 1, 1)})
    assert problems({StepKind.LISTED: BORN})


@given(st.sets(st.sampled_from(list(StepKind))))
def test_a_case_stands_at_the_last_principal_step_that_it_has(kinds):
    found = standing(kinds)

    if found is None:
        assert not kinds & set(PRINCIPAL_STEPS)
    else:
        later = PRINCIPAL_STEPS[PRINCIPAL_STEPS.index(found) + 1 :]
        assert found in kinds
        assert not kinds & set(later)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Nguyễn   Văn An ", "Nguyễn Văn An"),
        ("Nguye\u0302\u0303n Va\u0306n An", "Nguyễn Văn An"),
        ("\u202eNguyễn Văn An\u202c", "Nguyễn Văn An"),
        ("Nguyễn\u200b Văn\tAn", "Nguyễn Văn An"),
        ("NGUYỄN VĂN AN", "NGUYỄN VĂN AN"),
        ("H'Hen Niê", "H'Hen Niê"),
        ("K’Brô", "K’Brô"),
        ("<script>alert(1)</script>An", None),
        ("=HYPERLINK(1)", None),
        ("+84 An", None),
        ("-An", None),
        ("@An", None),
        ("", None),
        ("   \u200b ", None),
        ("12345", None),
        ("A" * 121, None),
    ],
)
def test_names_are_stored_clean_or_refused(typed, stored):
    if stored is None:
        with pytest.raises(Refused):
            cleaned_name(typed)
    else:
        assert cleaned_name(typed) == stored


@given(st.text(max_size=150))
def test_whatever_is_typed_is_stored_clean_or_refused(typed):
    try:
        name = cleaned_name(typed)
    except Refused:
        return
    assert 0 < len(name) <= 120
    assert name == " ".join(name.split())
    assert name[0] not in "=+-@\t\r"
    assert cleaned_name(name) == name


def test_an_empty_attribute_is_unknown():
    assert cleaned_words("  ") is None
