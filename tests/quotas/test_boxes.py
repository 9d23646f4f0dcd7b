"""Boxes of a board: what people type into them, and what an editor keeps beside them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.quotas.boxes import (
    BoxKey,
    Mark,
    base_of,
    box_text,
    key_of,
    read_box,
    read_note,
    with_marks,
    with_own_bases,
    with_quotas,
)
from app.quotas.rules import Base, Line, Quota, WrittenQuota

counts = st.integers(0, 1_000_000)
percents = st.decimals(0, 100, places=3)
quotas = st.one_of(
    counts.map(lambda count: Quota("count", count)),
    counts.map(lambda count: Quota("minimum", count)),
    st.tuples(counts, counts).map(lambda ends: Quota("range", min(ends), max(ends))),
    st.builds(Quota, st.just("percent"), counts, st.none(), percents, st.sampled_from(Base)),
)
boxes = st.builds(BoxKey, st.integers(1, 9), st.none() | st.integers(1, 3))
lines = st.dictionaries(boxes, quotas).map(
    lambda given_: tuple(Line(b.unit_id, b.segment_id, quota) for b, quota in given_.items())
)


@given(quotas)
def test_a_box_reads_back_what_it_shows(quota):
    read = read_box(box_text(quota), Base.YEAR_START)

    assert (read.kind, read.upper_count) == (quota.kind, quota.upper_count)
    if quota.percent is None:
        assert read.count == quota.count
    else:
        assert read.percent == quota.percent
        assert box_text(Quota("percent", 0, None, read.percent, read.base)) == box_text(quota)


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("25", "count", 25),
        (" 1.000 ", "count", 1000),
        ("1 000", "count", 1000),
        ("0", "count", 0),
        ("≥25", "minimum", 25),
        ("≥ 1.025", "minimum", 1025),
        (">=25", "minimum", 25),
        ("90-100", "range", (90, 100)),
        ("90 – 1.000", "range", (90, 1000)),
        ("3,5%", "percent", Decimal("3.5")),
        ("3.5 %", "percent", Decimal("3.5")),
        ("4%", "percent", Decimal(4)),
    ],
)
def test_quotas_are_read_as_people_type_them(text, kind, number):
    read = read_box(text, Base.YEAR_END_BEFORE)

    assert read.kind == kind
    assert (read.base is Base.YEAR_END_BEFORE) == (kind == "percent")
    shown = (read.count, read.upper_count) if kind == "range" else read.count
    assert (read.percent if kind == "percent" else shown) == number


@pytest.mark.parametrize("text", ["", "  ", "\n", "\u200b"])
def test_an_empty_box_is_no_quota(text):
    assert read_box(text, Base.CURRENT) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("-3", "số âm"),
        ("−3", "số âm"),
        ("–3", "số âm"),
        ("1,5", "không phải số nguyên"),
        ("1.5", "không phải số nguyên"),
        ("abc", "không phải là số"),
        ("25 người", "không phải là số"),
        ("99999999999", "lớn quá"),
        ("≥", "Chưa nhập số"),
        ("≥1,5", "không phải số nguyên"),
        ("100-90", "ngược"),
        ("90-", "hai số"),
        ("90-100-110", "hai số"),
        ("101%", "từ 0 đến 100"),
        ("-3%", "từ 0 đến 100"),
        ("%", "từ 0 đến 100"),
    ],
)
def test_what_cannot_be_a_quota_says_why(text, complaint):
    with pytest.raises(Refused) as refused:
        read_box(text, Base.YEAR_START)

    assert complaint in str(refused.value.message)


@given(st.text())
def test_any_text_is_read_or_refused_in_words(text):
    try:
        found = read_box(text, Base.YEAR_START)
    except Refused as refusal:
        found = refusal

    assert found is None or isinstance(found, WrittenQuota) or str(found.message)


@given(lines, st.dictionaries(boxes, st.none() | quotas))
def test_given_boxes_change_and_no_others(before, given_quotas):
    after = {key_of(line): line.quota for line in with_quotas(before, given_quotas)}

    for key, quota in given_quotas.items():
        assert after.get(key) == quota
    assert {key_of(line): line.quota for line in before if key_of(line) not in given_quotas} == {
        key: quota for key, quota in after.items() if key not in given_quotas
    }


def test_percentages_left_alone_keep_their_own_base():
    of_start = Line(1, None, Quota("percent", 4, None, Decimal("3.5"), "year_start"))
    of_term = Line(2, None, Quota("percent", 9, None, Decimal(4), "term_start"))
    assert base_of((of_start, of_term)) is Base.YEAR_START
    assert base_of(()) is Base.YEAR_START

    def bases(*texts, base):
        typed = {BoxKey(unit): read_box(text, base) for unit, text in enumerate(texts, 1)}
        read = with_own_bases((of_start, of_term), typed, base)
        return [quota.base for quota in read.values()]

    assert bases("3,5%", "4%", base=Base.YEAR_START) == ["year_start", "term_start"]
    assert bases("3,5%", "5%", base=Base.YEAR_START) == ["year_start", "year_start"]
    assert bases("3,5%", "4%", base=Base.CURRENT) == ["current", "current"]


def test_marks_that_say_nothing_are_not_kept():
    held, noted = BoxKey(1), BoxKey(1, 2)
    before = {held: Mark(is_held=True), noted: Mark(note="ít nguồn")}

    assert with_marks(before, {}) == before
    assert with_marks(before, {held: Mark()}) == {noted: Mark(note="ít nguồn")}
    assert with_marks({}, {held: Mark(note="mới")}) == {held: Mark(note="mới")}


def test_a_note_has_an_end():
    assert read_note("  giữ  cho Xã A ") == "giữ cho Xã A"
    assert read_note(" ") is None
    assert read_note("x" * 300)
    with pytest.raises(Refused):
        read_note("x" * 301)


@given(boxes)
def test_problems_find_their_box(box):
    assert BoxKey.read(str(box)) == box
