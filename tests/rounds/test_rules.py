"""Transfers and shares of a term as numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.core.periods import parse_period
from app.quotas.rules import Line, Quota
from app.rounds.rules import (
    Dues,
    TermYear,
    below_attained_problems,
    due_problems,
    moved,
    share_problems,
    spread,
    suggested_shares,
    term_standing,
)

TODAY = date(2022, 10, 31)
counts = st.integers(0, 1000)


def total(unit_id, count, kind="count"):
    return Line(unit_id, None, Quota(kind, count))


@given(st.lists(counts, min_size=2, max_size=9), st.data())
def test_a_transfer_moves_just_its_number_and_keeps_the_sum(quotas, data):
    lines = tuple(total(unit_id, count) for unit_id, count in enumerate(quotas))
    giver, taker = data.draw(st.permutations(range(len(quotas))))[:2]
    count = data.draw(st.integers(0, quotas[giver]))

    after = {line.unit_id: line.quota.count for line in moved(lines, giver, taker, count)}

    assert after == dict(enumerate(quotas)) | {
        giver: quotas[giver] - count,
        taker: quotas[taker] + count,
    }


def test_a_transfer_leaves_segments_alone_and_gives_to_who_had_none():
    women = Line(1, 7, Quota("minimum", 20))

    after = moved((total(1, 40, "minimum"), women), 1, 2, 15)

    assert set(after) == {total(1, 25, "minimum"), total(2, 15), women}


@pytest.mark.parametrize(
    "lines",
    [
        (total(1, 10),),
        (total(2, 40),),
        (Line(1, None, Quota("range", 90, 100)),),
        (total(1, 40), Line(2, None, Quota("range", 1, 9))),
    ],
)
def test_what_cannot_be_moved_is_refused(lines):
    with pytest.raises(Refused):
        moved(lines, 1, 2, 15)


def test_below_what_is_attained_asks_for_a_reason():
    assert below_attained_problems(40, 40, None) == ()
    assert below_attained_problems(39, 40, "một đảng ủy sáp nhập") == ()
    assert [p.field for p in below_attained_problems(39, 40, None)] == ["below_attained_because"]


def test_the_days_of_a_round_follow_each_other():
    in_order = Dues(TODAY, TODAY, date(2022, 12, 1))
    backwards = Dues(date(2022, 10, 30), date(2022, 10, 29), date(2022, 10, 28))

    assert due_problems(in_order, TODAY) == ()
    assert [problem.field for problem in due_problems(backwards, TODAY)] == [
        "survey_due_on",
        "registration_due_on",
        "commitment_due_on",
    ]


@given(counts, st.lists(st.integers(2000, 2100), unique=True, min_size=1, max_size=6))
def test_a_number_is_spread_exactly_and_evenly(number, years):
    shares = spread(number, years)

    assert sum(shares.values()) == number
    assert set(shares) == set(years)
    assert max(shares.values()) - min(shares.values()) <= 1


def years_of(*rows):
    return tuple(
        TermYear(year, parse_period(str(year)), share=None, assigned=None, done=done)
        for year, done in rows
    )


def test_what_is_left_of_a_term_falls_on_this_year_and_those_after():
    years = years_of((2020, 30), (2021, 50), (2022, 20), (2023, 0), (2024, 0))

    standing = term_standing(200, years, TODAY)

    assert (standing.done, standing.left, standing.from_year) == (100, 100, 2022)
    assert standing.per_year == {2022: 34, 2023: 33, 2024: 33}
    assert suggested_shares(200, years, TODAY) == {
        2020: 30,
        2021: 50,
        2022: 40,
        2023: 40,
        2024: 40,
    }


def test_a_term_done_before_its_end_has_nothing_left():
    standing = term_standing(40, years_of((2021, 50), (2022, 0)), TODAY)

    assert (standing.left, standing.per_year) == (0, {2022: 0})


def test_shares_of_another_sum_say_why():
    assert share_problems(10, {2021: 4, 2022: 6}, None) == ()
    assert share_problems(10, {2021: 4, 2022: None}, "chưa đủ nguồn") == ()
    assert [p.field for p in share_problems(10, {2021: 4, 2022: 7}, None)] == ["cause"]
    assert share_problems(None, {2021: 4}, "lý do")
