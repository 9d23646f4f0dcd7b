"""Who is late, when a rule reminds, and that a turn is one."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.core.periods import parse_period
from app.reminders.rules import (
    Figures,
    Origin,
    Rules,
    Week,
    digest_text,
    quarter_end,
    reasons_to_remind,
    rule_problems,
    turn,
)

YEAR = parse_period("2022")
TODAY = date(2022, 9, 25)
ALL = Rules(silent_days=30, behind_points=15, quarter_days=10)
days_of_2022 = st.dates(date(2022, 1, 1), date(2022, 12, 31))


def figures(count=10, quota=20, last_entry_on=date(2022, 9, 20), pace_percent="73.42"):
    percent = None if not quota else Decimal(100 * count) / quota
    pace = None if quota is None else round(quota * Decimal(pace_percent) / 100)
    return Figures(count, quota, pace, percent, Decimal(pace_percent), last_entry_on)


def reasons(found, rules=ALL, today=TODAY):
    return reasons_to_remind(found, rules, YEAR, today)


def test_each_rule_reminds_for_its_own_reason():
    assert reasons(figures()) == [Origin.BEHIND, Origin.QUARTER_END]
    assert reasons(figures(count=14)) == [Origin.QUARTER_END]
    assert reasons(figures(count=14, last_entry_on=date(2022, 8, 26)), Rules(silent_days=30)) == [
        Origin.SILENT
    ]
    assert reasons(figures(count=14, last_entry_on=date(2022, 8, 27)), Rules(silent_days=30)) == []
    assert reasons(figures(), Rules(quarter_days=5), date(2022, 9, 25)) == []
    assert reasons(figures(), Rules(quarter_days=6), date(2022, 9, 25)) == [Origin.QUARTER_END]


def test_who_never_had_an_entry_is_silent_since_the_period_began():
    assert reasons(figures(count=0, last_entry_on=None), Rules(silent_days=30)) == [Origin.SILENT]
    early = date(2022, 1, 20)
    assert reasons(figures(count=0, last_entry_on=None), Rules(silent_days=30), early) == []


def test_nobody_is_reminded_without_a_quota_with_it_reached_or_by_no_rule():
    assert reasons(figures(quota=None)) == []
    assert reasons(figures(count=20, last_entry_on=None)) == []
    assert reasons(figures(count=0, last_entry_on=None), Rules()) == []
    assert reasons(figures(), today=date(2023, 1, 1)) == []


@given(days_of_2022)
def test_a_quarter_has_one_turn_and_ends_where_the_next_begins(day):
    end = quarter_end(day)

    assert day <= end
    assert turn(Origin.QUARTER_END, day) == turn(Origin.QUARTER_END, end)
    assert turn(Origin.QUARTER_END, day) != turn(Origin.QUARTER_END, end + timedelta(days=1))


@given(days_of_2022)
def test_a_week_has_one_turn_from_monday_to_sunday(day):
    monday = day - timedelta(days=day.weekday())

    turns = {turn(Origin.BEHIND, monday + timedelta(days=number)) for number in range(7)}
    assert turns == {turn(Origin.BEHIND, day)}
    assert turn(Origin.BEHIND, monday + timedelta(days=7)) not in turns


def test_numbers_out_of_bounds_are_said_at_their_fields():
    assert rule_problems(ALL) == ()
    wrong = rule_problems(Rules(silent_days=0, behind_points=101, quarter_days=61))
    assert [problem.field for problem in wrong] == [
        "silent_days",
        "behind_points",
        "quarter_days",
    ]


def test_a_digest_names_those_furthest_behind():
    late = [(f"Huyện {number}", number) for number in range(1, 8)]

    weeks = [Week("Kết nạp", 9, late, silent=2), Week("Nguồn", 3, [], silent=0)]
    text = digest_text(weeks, silent_days=30, sent=4, read=1)

    assert text.splitlines() == [
        (
            "Kết nạp: 7/9 đơn vị chậm tiến độ: Huyện 7 (chậm 7); Huyện 6 (chậm 6);"
            " Huyện 5 (chậm 5); Huyện 4 (chậm 4); Huyện 3 (chậm 3)."
        ),
        "2 đơn vị chưa ghi thêm gì từ 30 ngày trở lên.",
        "Nguồn: 0/3 đơn vị chậm tiến độ.",
        "0 đơn vị chưa ghi thêm gì từ 30 ngày trở lên.",
        "Bảy ngày qua đã gửi 4 lời đôn đốc, 1 đã được đọc.",
    ]
