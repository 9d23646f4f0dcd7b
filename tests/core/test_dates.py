"""Dates as people and files write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.dates import FIRST_YEAR, LAST_YEAR, parse_date, parse_file_date, parse_iso_date
from app.core.errors import Refused

some_dates = st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "3/11/26",
        "03/11/2026",
        "3-11-2026",
        "3.11.2026",
        "03112026",
        "2026-11-03",
        " 3 / 11 / 2026 ",
        "3/11/2026\u200e",
    ],
)
def test_typed_dates_are_read_day_first(text):
    assert parse_date(text) == date(2026, 11, 3)


@pytest.mark.parametrize(
    ("text", "last_short_year", "year"),
    [
        ("1/2/49", 2049, 2049),
        ("1/2/50", 2049, 1950),
        ("1/2/00", 2049, 2000),
        ("1/2/26", 2026, 2026),
        ("1/2/27", 2026, 1927),
        ("1/2/99", 2026, 1999),
    ],
)
def test_short_years_end_where_the_caller_says(text, last_short_year, year):
    assert parse_date(text, last_short_year=last_short_year) == date(year, 2, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("30/02/2022", "Tháng 2 năm 2022 chỉ có 28 ngày."),
        ("30/02/2024", "Tháng 2 năm 2024 chỉ có 29 ngày."),
        ("31/4/22", "Tháng 4 năm 2022 chỉ có 30 ngày."),
        ("11/13/2026", "Không có tháng 13; ngày viết trước, tháng viết sau, ví dụ 13/11/2026."),
        ("0/11/2026", "Không có ngày 0."),
        ("3/11/0206", "Năm 0206 không hợp lệ: năm phải từ 1900 đến 2099."),
        ("3/11", "Không đọc được ngày “3/11”; viết ngày/tháng/năm, ví dụ 03/11/2026."),
        ("3/11-2026", "Không đọc được ngày “3/11-2026”; viết ngày/tháng/năm, ví dụ 03/11/2026."),
        ("  ", "Chưa nhập ngày."),
    ],
)
def test_refused_dates_say_why(text, reason):
    with pytest.raises(Refused) as refused:
        parse_date(text)

    assert str(refused.value) == reason


@given(some_dates)
def test_dates_are_read_back_as_written(day):
    assert parse_date(f"{day:%d/%m/%Y}") == day
    assert parse_date(f"{day:%d%m%Y}") == day
    assert parse_file_date(f"{day:%d/%m/%Y}") == day
    assert parse_file_date(day.isoformat()) == day
    assert parse_iso_date(day.isoformat()) == day


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("3/11/26", "Ngày “3/11/26” phải ghi năm đủ bốn chữ số."),
        ("03112026", "Không đọc được ngày"),
        ("31/02/2022", "Tháng 2 năm 2022 chỉ có 28 ngày."),
        ("", "Chưa nhập ngày."),
    ],
)
def test_files_are_read_without_guessing(text, reason):
    with pytest.raises(Refused) as refused:
        parse_file_date(text)

    assert str(refused.value).startswith(reason)


@pytest.mark.parametrize(
    "text", ["3/11/2026", "20261103", "2026-11-3", " 2026-11-03", "2026-02-29"]
)
def test_iso_is_strict(text):
    with pytest.raises(Refused):
        parse_iso_date(text)
