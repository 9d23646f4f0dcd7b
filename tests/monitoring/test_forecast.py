"""Forecasts: their bounds, how they grow, and how often the end of a year lies in between."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.monitoring.forecast import (
    COVERED,
    FEWEST_PEOPLE,
    PastYear,
    forecast,
    seasonal_pace,
    usual_share,
)


@st.composite
def past_years(draw):
    years = []
    for _ in range(3):
        whole = draw(st.integers(FEWEST_PEOPLE, 3000))
        years.append(PastYear(draw(st.floats(0, whole)), whole))
    return years


@given(past_years())
def test_the_usual_share_lies_between_those_of_the_years(past):
    shares = [year.until_then / year.whole for year in past]
    assert min(shares) - 1e-9 <= usual_share(past) <= max(shares) + 1e-9


@given(past_years(), st.integers(0, 4000))
def test_what_is_counted_stays_counted(past, count):
    found = forecast(count, past)
    assert count <= found.lower <= found.expected <= found.upper


@given(past_years(), st.integers(0, 4000), st.integers(1, 50))
def test_who_has_counted_more_is_expected_to_count_more(past, count, more):
    assert forecast(count + more, past).expected >= forecast(count, past).expected + more


@given(st.integers(0, 500), st.lists(st.integers(FEWEST_PEOPLE, 500), min_size=3, max_size=3))
def test_at_the_end_of_the_year_nothing_is_left_to_come(count, wholes):
    found = forecast(count, [PastYear(whole, whole) for whole in wholes])
    assert (found.lower, found.expected, found.upper) == (count, count, count)


@pytest.mark.parametrize(
    "past",
    [
        [],
        [PastYear(50, 100), PastYear(50, 100)],
        [PastYear(5, 9), PastYear(5, 9), PastYear(5, 9)],
        [PastYear(0, 0), PastYear(50, 100), PastYear(50, 100)],
    ],
    ids=["no year", "two years", "few people", "an empty year"],
)
def test_short_histories_forecast_nothing(past):
    assert usual_share(past) is None
    assert forecast(10, past) is None


def test_steady_years_continue():
    past = [PastYear(80, 100)] * 3
    assert forecast(80, past).expected == 100
    assert forecast(160, past).expected == pytest.approx(200, abs=4)
    assert seasonal_pace(120, usual_share(past)) == 96


def test_the_end_lies_between_the_bounds_as_often_as_is_said():
    """Draw years that differ as a Poisson process does and forecast each from the three before."""
    chance = random.Random(20221031)
    share, turns, inside = 0.7, 600, 0

    def drawn(mean):
        days = 366
        return sum(chance.random() < mean / days for _ in range(days))

    for _ in range(turns):
        years = [(drawn(60 * share), drawn(60 * (1 - share))) for _ in range(4)]
        past = [PastYear(done, done + rest) for done, rest in years[:3]]
        count, rest = years[3]
        found = forecast(count, past)
        inside += found.lower <= count + rest <= found.upper
    assert inside / turns >= COVERED
