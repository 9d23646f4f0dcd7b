"""Quarters of a year: the pace by the end of each beside what is counted by then."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.periods import Period, parse_period
from app.monitoring.rules import Quarter, against_quarter, quarters

YEAR = parse_period("2022")


def months(*counts):
    return {date(2022, month, 1): count for month, count in enumerate(counts, start=1)}


def test_each_quarter_counts_from_the_beginning_of_the_year():
    counted = months(5, 5, 5, 10, 0, 0, 2, 0, 0, 4)
    assert quarters(40, YEAR, counted, date(2022, 10, 31)) == (
        Quarter(1, 10, 15, is_over=True),
        Quarter(2, 20, 25, is_over=True),
        Quarter(3, 30, 27, is_over=True),
        Quarter(4, 40, 31, is_over=False),
    )


def test_a_quarter_that_has_not_begun_counts_nothing_yet():
    found = quarters(40, YEAR, months(3), date(2022, 3, 31))
    assert [quarter.counted for quarter in found] == [3, None, None, None]
    assert [quarter.is_over for quarter in found] == [True, False, False, False]


@pytest.mark.parametrize(
    ("quarter", "words"),
    [
        (Quarter(1, 10, 7, is_over=True), "chậm %(people)s"),
        (Quarter(1, 10, 12, is_over=True), "vượt %(people)s"),
        (Quarter(2, 10, 7, is_over=False), "còn %(people)s"),
        (Quarter(2, 10, 12, is_over=False), "vượt %(people)s"),
        (Quarter(2, 10, 10, is_over=False), "đúng"),
    ],
)
def test_words(quarter, words):
    assert against_quarter(quarter).text == words


def test_nothing_is_said_of_what_has_not_begun():
    assert against_quarter(Quarter(3, 10, None, is_over=False)) is None


@given(st.integers(2000, 2090), st.integers(0, 100_000))
def test_the_last_quarter_asks_for_the_whole_quota(year, quota):
    period = Period(date(year, 1, 1), date(year + 1, 1, 1))
    asked = [quarter.pace for quarter in quarters(quota, period, {}, period.last_day)]
    assert asked == sorted(asked)
    assert asked[-1] == quota
