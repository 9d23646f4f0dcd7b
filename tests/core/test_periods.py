"""Periods, as-of dates, the same span a year before, and whole months."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.core.periods import (
    MonthSplit,
    Period,
    as_of,
    parse_period,
    same_span_last_year,
    whole_months,
)

DAY = timedelta(days=1)
some_dates = st.dates(date(1900, 1, 1), date(2099, 12, 31))
some_spans = st.tuples(some_dates, some_dates).map(sorted)
some_periods = some_spans.map(lambda span: Period(span[0], span[1] + DAY))


@pytest.mark.parametrize(
    ("code", "start", "end"),
    [
        ("2022", date(2022, 1, 1), date(2023, 1, 1)),
        ("2022-Q1", date(2022, 1, 1), date(2022, 4, 1)),
        ("2022-Q3", date(2022, 7, 1), date(2022, 10, 1)),
        ("2022-Q4", date(2022, 10, 1), date(2023, 1, 1)),
        ("2022-09", date(2022, 9, 1), date(2022, 10, 1)),
        ("2022-12", date(2022, 12, 1), date(2023, 1, 1)),
        ("2015-2020", date(2015, 1, 1), date(2021, 1, 1)),
        ("2022-01-01..2022-09-30", date(2022, 1, 1), date(2022, 10, 1)),
        ("2024-02-29..2024-02-29", date(2024, 2, 29), date(2024, 3, 1)),
        ("2099", date(2099, 1, 1), date(2100, 1, 1)),
    ],
)
def test_codes_name_half_open_ranges(code, start, end):
    period = parse_period(code)

    assert period == Period(start, end)
    assert str(period) == code


@pytest.mark.parametrize(
    ("code", "canonical"),
    [
        (" 2022-q3 ", "2022-Q3"),
        ("2022-2022", "2022"),
        ("2022-01-01..2022-12-31", "2022"),
        ("2022-07-01..2022-09-30", "2022-Q3"),
        ("2022-09-01..2022-09-30", "2022-09"),
        ("2015-01-01..2020-12-31", "2015-2020"),
        ("2022-08-01..2022-10-31", "2022-08-01..2022-10-31"),
    ],
)
def test_a_period_has_one_canonical_code(code, canonical):
    assert str(parse_period(code)) == canonical


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "Không đọc được kỳ"),
        ("22", "Không đọc được kỳ"),
        ("2022-Q5", "Không đọc được kỳ"),
        ("2022-9", "Không đọc được kỳ"),
        ("2022-13", "Không có tháng 13"),
        ("2020-2015", "Kỳ phải kết thúc sau khi bắt đầu."),
        ("2022-09-30..2022-01-01", "Kỳ phải kết thúc sau khi bắt đầu."),
        ("2022-02-01..2022-02-30", "Tháng 2 năm 2022 chỉ có 28 ngày."),
        ("0022", "Năm 0022 không hợp lệ"),
        ("2022-9999", "Năm 9999 không hợp lệ"),
    ],
)
def test_refused_codes_say_why(code, reason):
    with pytest.raises(Refused) as refused:
        parse_period(code)

    assert str(refused.value).startswith(reason)


@given(some_periods)
def test_every_period_is_read_back_from_its_code(period):
    assert parse_period(str(period)) == period


@given(some_periods, some_dates)
def test_period_contains_its_days_alone(period, day):
    assert period.contains(day) == (period.start <= day <= period.last_day)
    assert (day.year in period.years) or not period.contains(day)


@given(some_periods)
def test_period_contains_its_first_and_last_day_but_not_its_neighbours(period):
    assert period.contains(period.start)
    assert period.contains(period.last_day)
    assert not period.contains(period.start - DAY)
    assert not period.contains(period.end)


def test_years_are_those_touched():
    assert list(parse_period("2015-2020").years) == [2015, 2016, 2017, 2018, 2019, 2020]
    assert list(parse_period("2022-12-31..2023-01-01").years) == [2022, 2023]


@pytest.mark.parametrize(
    ("code", "within"),
    [
        ("2022", True),
        ("2022-Q3", True),
        ("2021-10-15..2022-10-14", True),
        ("2021-10-15..2022-10-15", False),
        ("2024-02-29..2025-02-28", True),
        ("2024-02-29..2025-03-01", False),
        ("2015-2020", False),
    ],
)
def test_is_within_a_year(code, within):
    assert parse_period(code).is_within_a_year is within


YEAR = parse_period("2022")


@pytest.mark.parametrize(
    ("today", "requested", "expected"),
    [
        (date(2022, 10, 31), None, date(2022, 10, 31)),
        (date(2023, 5, 1), None, date(2022, 12, 31)),
        (date(2022, 10, 31), date(2022, 9, 30), date(2022, 9, 30)),
        (date(2022, 10, 31), date(2022, 1, 1), date(2022, 1, 1)),
        (date(2022, 10, 31), date(2022, 11, 1), date(2022, 10, 31)),
        (date(2023, 5, 1), date(2023, 2, 1), date(2022, 12, 31)),
        (date(2021, 12, 1), None, date(2021, 12, 1)),
        (date(2021, 12, 1), date(2021, 12, 1), date(2021, 12, 1)),
        (date(2021, 12, 1), date(2022, 3, 1), date(2021, 12, 1)),
    ],
)
def test_as_of_is_at_most_today_and_the_last_day(today, requested, expected):
    assert as_of(YEAR, today, requested) == expected


@pytest.mark.parametrize("today", [date(2021, 12, 1), date(2022, 10, 31), date(2023, 5, 1)])
def test_as_of_may_lie_before_the_period(today):
    assert as_of(YEAR, today, date(2021, 11, 30)) == date(2021, 11, 30)


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("2022", date(2022, 9, 30), (date(2021, 1, 1), date(2021, 9, 30))),
        ("2024", date(2024, 2, 29), (date(2023, 1, 1), date(2023, 2, 28))),
        ("2021-02", date(2021, 2, 28), (date(2020, 2, 1), date(2020, 2, 28))),
        ("2024-02-29..2024-03-31", date(2024, 3, 5), (date(2023, 2, 28), date(2023, 3, 5))),
        ("2015-2020", date(2015, 6, 30), None),
        ("2021-12-01..2022-12-31", date(2021, 12, 31), None),
    ],
)
def test_last_year_is_the_same_span_a_year_before(code, day, expected):
    assert same_span_last_year(parse_period(code), day) == expected


@pytest.mark.parametrize(
    ("first", "last", "split"),
    [
        (
            date(2022, 1, 1),
            date(2022, 9, 30),
            MonthSplit(date(2022, 1, 1), date(2022, 10, 1), ()),
        ),
        (
            date(2022, 1, 1),
            date(2022, 9, 15),
            MonthSplit(
                date(2022, 1, 1), date(2022, 9, 1), ((date(2022, 9, 1), date(2022, 9, 15)),)
            ),
        ),
        (
            date(2022, 1, 5),
            date(2022, 1, 20),
            MonthSplit(
                date(2022, 2, 1), date(2022, 2, 1), ((date(2022, 1, 5), date(2022, 1, 20)),)
            ),
        ),
        (
            date(2021, 12, 31),
            date(2022, 1, 1),
            MonthSplit(
                date(2022, 1, 1),
                date(2022, 1, 1),
                ((date(2021, 12, 31), date(2021, 12, 31)), (date(2022, 1, 1), date(2022, 1, 1))),
            ),
        ),
    ],
)
def test_spans_split_into_whole_months_and_cut_ones(first, last, split):
    assert whole_months(first, last) == split


def test_empty_span_has_no_parts():
    split = whole_months(date(2022, 1, 1), date(2021, 12, 1))

    assert split.first_month == split.end_month
    assert split.cut == ()


@given(some_spans)
def test_parts_of_a_span_make_exactly_its_days(span):
    first, last = span
    split = whole_months(first, last)
    pieces = [*split.cut]
    if split.first_month < split.end_month:
        pieces.append((split.first_month, split.end_month - DAY))
    pieces.sort()

    assert pieces[0][0] == first
    assert pieces[-1][1] == last
    assert all(before[1] + DAY == after[0] for before, after in pairwise(pieces))


@given(some_spans)
def test_parts_keep_to_months(span):
    split = whole_months(*span)

    assert split.first_month.day == split.end_month.day == 1
    assert split.first_month <= split.end_month
    assert len(split.cut) <= 2
    for first, last in split.cut:
        assert (first.year, first.month) == (last.year, last.month)
        assert first <= last
        assert not (first.day == 1 and (last + DAY).day == 1)
