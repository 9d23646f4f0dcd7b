"""Whole numbers and percentages."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.core.numbers import LARGEST, parse_whole_number, percentage


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1545", 1545),
        ("1.545", 1545),
        ("1 545", 1545),
        ("1\u00a0545", 1545),
        ("1\u202f545", 1545),
        ("1.234.567", 1_234_567),
        ("0", 0),
        ("007", 7),
        (" 12 ", 12),
        ("2147483647", LARGEST),
    ],
)
def test_whole_numbers_are_read_as_people_write_them(text, number):
    assert parse_whole_number(text) == number


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Chưa nhập số."),
        ("1.5", "“1.5” không phải số nguyên"),
        ("1,5", "“1,5” không phải số nguyên"),
        ("1,545", "“1,545” không phải số nguyên"),
        ("0.545", "“0.545” không phải số nguyên"),
        ("1.234.56", "“1.234.56” không phải số nguyên"),
        ("-5", "“-5” là số âm"),
        ("−1.545", "“−1.545” là số âm"),
        ("năm", "“năm” không phải là số"),
        ("1 5", "“1 5” không phải là số"),
        ("1.234 567", "“1.234 567” không phải"),
        ("1e3", "“1e3” không phải là số"),
        ("٣", "“٣” không phải là số"),
        ("2147483648", "Số “2147483648” lớn quá: nhiều nhất là 2147483647."),
    ],
)
def test_refused_numbers_say_why(text, reason):
    with pytest.raises(Refused) as refused:
        parse_whole_number(text)

    assert str(refused.value).startswith(reason)


def test_caller_may_set_the_largest_number():
    assert parse_whole_number("200", largest=200) == 200
    with pytest.raises(Refused, match="nhiều nhất là 200"):
        parse_whole_number("201", largest=200)


@given(st.integers(0, LARGEST))
def test_numbers_are_read_back_as_written(number):
    grouped = f"{number:,}"

    assert parse_whole_number(str(number)) == number
    assert parse_whole_number(grouped.replace(",", ".")) == number
    assert parse_whole_number(grouped.replace(",", " ")) == number


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        (1545, 2000, "77.25"),
        (146, 212, "68.87"),
        (159, 150, "106.00"),
        (173, 170, "101.76"),
        (197, 240, "82.08"),
        (60, 60, "100.00"),
        (0, 7, "0.00"),
        (1, 800, "0.13"),
        (1, 80_000, "0.00"),
        (1, 20_000, "0.01"),
    ],
)
def test_percentage_has_two_places_rounded_half_up(part, whole, percent):
    assert str(percentage(part, whole)) == percent


@pytest.mark.parametrize("whole", [None, 0])
def test_there_is_no_percentage_without_a_whole(whole):
    assert percentage(5, whole) is None


@given(st.integers(0, LARGEST), st.integers(1, LARGEST))
def test_percentage_is_the_exact_quotient_rounded(part, whole):
    with localcontext(prec=60):
        exact = Decimal(100 * part) / Decimal(whole)
        expected = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)

    assert percentage(part, whole) == expected
