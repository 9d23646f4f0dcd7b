"""What a quota means, how an issuer balances, and which version is in force."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.core.periods import parse_period
from app.quotas.rules import (
    LARGEST_QUOTA,
    Base,
    Decision,
    Kind,
    Line,
    Quota,
    Seen,
    Standing,
    balance,
    base_date,
    count_of_percent,
    decision_problems,
    differences,
    in_force,
    in_words,
    is_same,
    kind_code,
    quota_code,
    rating_quota,
    read_box,
    read_kind,
    read_quota,
    reserve_problems,
    with_boxes,
)

counts = st.integers(min_value=0, max_value=LARGEST_QUOTA)
percents = st.decimals(min_value=0, max_value=100, places=3)
quotas = st.one_of(
    st.builds(Quota, st.sampled_from(["count", "minimum"]), counts),
    st.tuples(counts, counts).map(lambda ends: Quota("range", min(ends), max(ends))),
    st.builds(
        lambda percent, base: Quota("percent", 0, None, percent, base.value),
        percents,
        st.sampled_from(Base),
    ),
)
lines = st.dictionaries(
    st.tuples(st.integers(1, 9), st.none() | st.integers(1, 3)), quotas, max_size=12
).map(lambda boxes: tuple(Line(*box, quota) for box, quota in boxes.items()))
standings = st.lists(
    st.builds(
        Standing,
        st.dates(date(2021, 12, 1), date(2022, 3, 1)),
        st.integers(1, 20),
    ),
    unique_by=lambda standing: standing.version,
)


@dataclass(frozen=True)
class Figure:
    source: str
    count: int


@given(quotas)
def test_what_is_written_to_a_file_reads_back_as_it_was(quota):
    kind, base = read_kind(kind_code(quota))

    written = read_quota(kind, base, str(quota_code(quota)))

    again = written.meaning(0)
    assert (again.kind, again.upper_count, again.percent, again.base) == (
        quota.kind,
        quota.upper_count,
        quota.percent,
        quota.base,
    )
    assert again.count == quota.count


def test_a_range_means_its_lower_end_and_a_percentage_the_members_of_its_base():
    assert read_quota(Kind.RANGE, None, "90-100").meaning(None).count == 90
    assert read_quota(Kind.RANGE, None, " 90 – 1.000 ").meaning(None).upper_count == 1000
    assert read_quota(Kind.PERCENT, Base.YEAR_START, "3,5").meaning(4459).count == 156


@pytest.mark.parametrize(
    ("percent", "members", "count"),
    [("3.5", 100, 4), ("2.5", 100, 3), ("2.5", 99, 2), ("0", 5000, 0), ("100", 7, 7), ("3", 0, 0)],
)
def test_a_percentage_is_rounded_half_up(percent, members, count):
    assert count_of_percent(Decimal(percent), members) == count


@given(percents, st.integers(0, 6_000_000))
def test_a_percentage_is_within_half_a_person_of_its_exact_share(percent, members):
    exact = Fraction(percent) * members / 100

    assert -Fraction(1, 2) <= exact - count_of_percent(percent, members) < Fraction(1, 2)


def test_a_percentage_without_known_members_has_no_meaning():
    with pytest.raises(Refused, match="Chưa biết số đảng viên"):
        read_quota(Kind.PERCENT, Base.CURRENT, "3").meaning(None)


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("count", "", "Chưa nhập số"),
        ("count", "1.5", "không phải số nguyên"),
        ("count", "1,5", "không phải số nguyên"),
        ("count", "-3", "số âm"),
        ("count", "abc", "không phải là số"),
        ("count", "1000001", "lớn quá"),
        ("count", "9" * 5000, "lớn quá"),
        ("minimum", "≥4", "không phải là số"),
        ("range", "100-90", "ngược"),
        ("range", "90", "hai số"),
        ("range", "90-", "hai số"),
        ("range", "1-2-3", "hai số"),
        ("range", "a-b", "không phải là số"),
        ("percent:year_start", "100,5", "từ 0 đến 100"),
        ("percent:year_start", "3,1415", "từ 0 đến 100"),
        ("percent:year_start", "-3", "từ 0 đến 100"),
        ("percent:year_start", "", "từ 0 đến 100"),
    ],
)
def test_unreadable_quotas_say_what_is_wrong(kind, text, words):
    with pytest.raises(Refused, match=words):
        read_quota(*read_kind(kind), text)


@pytest.mark.parametrize("code", ["", "percent", "percent:", "count:year_start", "percent:2022"])
def test_unknown_kinds_are_refused_with_those_that_there_are(code):
    with pytest.raises(Refused, match=r"percent:year_start"):
        read_kind(code)


def test_an_empty_box_gives_no_quota_and_zero_gives_none_to_reach():
    assert read_box("  ") is None
    assert read_box("0") == 0


@pytest.mark.parametrize(
    ("base", "period", "day"),
    [
        (Base.YEAR_START, "2022", date(2022, 1, 1)),
        (Base.YEAR_START, "2022-Q3", date(2022, 1, 1)),
        (Base.YEAR_END_BEFORE, "2022", date(2021, 12, 31)),
        (Base.TERM_START, "2022", date(2020, 1, 1)),
        (Base.TERM_START, "2020", date(2020, 1, 1)),
        (Base.TERM_START, "2019-Q4", date(2015, 1, 1)),
        (Base.TERM_START, "2021-2024", date(2021, 1, 1)),
        (Base.CURRENT, "2022", date(2022, 10, 31)),
        (Base.CURRENT, "2021", date(2021, 12, 31)),
    ],
)
def test_percentages_are_taken_of_the_members_of_a_day(base, period, day):
    assert base_date(base, parse_period(period), date(2022, 10, 31)) == day


@given(st.none() | counts, lines)
def test_distributed_and_reserve_make_the_assigned(held, given_lines):
    weighed = balance(held, given_lines)

    totals = [line.quota.count for line in given_lines if line.segment_id is None]
    assert weighed.distributed == sum(totals)
    assert weighed.distributed + weighed.reserve == weighed.assigned
    assert weighed.assigned == (sum(totals) if held is None else held)


def test_more_may_be_given_than_was_received():
    given_lines = [Line(1, None, Quota("count", 100)), Line(2, None, Quota("count", 57))]

    assert balance(120, given_lines).reserve == -37


@given(standings, st.dates(date(2021, 11, 1), date(2022, 4, 1)))
def test_the_version_decided_last_up_to_the_day_is_in_force_else_the_first(versions, day):
    found = in_force(versions, day)

    decided = [version for version in versions if version.decided_on <= day]
    if decided:
        assert found in decided
        assert all(found >= version for version in decided)
    elif versions:
        assert all(found <= version for version in versions)
    else:
        assert found is None


def test_the_tenants_choice_rates_else_the_assigned_quota_else_the_own():
    assigned, own = Figure("assigned", 80), Figure("own", 90)

    assert rating_quota((assigned, own), "assigned") == assigned
    assert rating_quota((assigned, own), "own") == own
    assert rating_quota((own,), "assigned") == own
    assert rating_quota((assigned,), "own") == assigned
    assert rating_quota((own, assigned), "registered") == assigned
    assert rating_quota((), "assigned") is None


@given(lines, st.dictionaries(st.integers(1, 9), st.none() | counts))
def test_typed_boxes_take_their_numbers_and_nothing_else_changes(before, boxes):
    after = with_boxes(before, boxes)

    totals = {line.unit_id: line.quota for line in after if line.segment_id is None}
    for unit_id, count in boxes.items():
        assert (totals[unit_id].count if unit_id in totals else None) == count
    untouched = {
        line for line in before if line.segment_id is not None or line.unit_id not in boxes
    }
    assert untouched <= set(after)
    assert {row.unit_id for row in differences(before, after)} <= set(boxes)


@given(lines)
def test_typing_the_same_numbers_again_changes_nothing(before):
    boxes = {line.unit_id: line.quota.count for line in before if line.segment_id is None}

    assert differences(before, with_boxes(before, boxes)) == ()


def test_another_number_keeps_a_minimum_and_makes_a_range_a_count():
    before = (Line(1, None, Quota("minimum", 4)), Line(2, None, Quota("range", 90, 100)))

    after = with_boxes(before, {1: 5, 2: 95})

    assert [line.quota for line in after] == [Quota("minimum", 5), Quota("count", 95)]


@given(lines, lines)
def test_differences_lead_from_one_version_to_the_other(before, after):
    changed = {(line.unit_id, line.segment_id): line for line in before}
    for row in differences(before, after):
        if row.after is None:
            del changed[row.unit_id, row.segment_id]
        else:
            changed[row.unit_id, row.segment_id] = Line(row.unit_id, row.segment_id, row.after)

    assert set(changed.values()) == set(after)


def test_a_percentage_is_the_same_whatever_it_came_to():
    percent = Quota("percent", 10, None, Decimal("3.5"), "current")
    later = Quota("percent", 11, None, Decimal("3.500"), "current")

    assert is_same([Line(1, None, percent)], [Line(1, None, later)])
    assert not is_same([Line(1, None, percent)], [Line(1, 1, percent)])
    assert not is_same([Line(1, None, Quota("count", 10))], [Line(1, None, Quota("count", 11))])
    assert not is_same([Line(1, None, Quota("count", 4))], [Line(1, None, Quota("minimum", 4))])


@given(st.integers(0, 10**9 - 1), st.integers(0, 10**9 - 1))
def test_what_an_editor_saw_travels_through_the_form(version, draft):
    seen = Seen(version, draft)

    assert Seen.read(str(seen)) == seen


@pytest.mark.parametrize("text", ["", "1", "1.2.3", "-1.0", "a.b", "1" * 5000 + ".0"])
def test_a_forged_form_has_seen_nothing(text):
    assert Seen.read(text) == Seen.read("nothing")
    assert Seen.read(text) != Seen(0, 0)


def test_a_decision_has_a_number_and_a_possible_day():
    today = date(2022, 10, 31)

    def fields(decision, not_before=None):
        found = decision_problems(decision, today=today, not_before=not_before)
        return [problem.field for problem in found]

    assert fields(Decision("12-QĐ/TU", today)) == []
    assert fields(Decision("", today)) == ["decision_no"]
    assert fields(Decision("12-QĐ/TU", today + timedelta(days=1))) == ["decided_on"]
    assert fields(Decision("12-QĐ/TU", today), not_before=today) == []
    assert fields(Decision("12-QĐ/TU", date(2022, 1, 1)), not_before=today) == ["decided_on"]


def test_only_a_reserve_of_nothing_needs_no_reason():
    assert reserve_problems(0, None) == ()
    assert reserve_problems(-45, "giao vượt để bù") == ()
    assert [problem.field for problem in reserve_problems(25, None)] == ["reason"]
    assert [problem.field for problem in reserve_problems(-37, "")] == ["reason"]


def test_quotas_are_said_in_words():
    assert in_words(Quota("count", 4)) is None
    assert str(in_words(Quota("minimum", 4))) == "ít nhất 4"
    assert str(in_words(Quota("range", 90, 100))) == "từ 90 đến 100"
    percent = Quota("percent", 12, None, Decimal("3.5"), "year_start")
    assert "số đảng viên đầu năm" in str(in_words(percent))
