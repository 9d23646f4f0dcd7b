"""Whatever is typed or pasted, the readers answer or refuse with a message, never otherwise."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.dates import parse_date, parse_file_date, parse_iso_date
from app.core.errors import Refused
from app.core.numbers import parse_whole_number
from app.core.periods import Period, parse_period
from app.core.text import (
    clean,
    looks_like_all_caps,
    person_sort_key,
    search_key,
    sort_key,
    title_case_name,
)

HOSTILE = [
    "\u202e12/3\u202c",
    "\u0301\u0323\u031b",
    "a" + "\u0301" * 1000,
    "👩‍👩‍👧‍👦 🇻🇳",
    "\0",
    "3/11/26\0",
    "x" * 20_000,
    "9" * 20_000,
    "1" + ".000" * 5_000,
    "٣/١١/٢٠٢٦",
    "３/１１/２０２６",
    "²⁰²²",
    "Ⅻ",
    "ﷺ" * 50,
    "İıßſŉ",
    "\ud83d",
    "';--<script>",
    "%(value)s %s %",
    "{0.__class__}",
    "9999-9999",
    "0000",
    "2022-Q5",
    "0001-01-01..9999-12-31",
    "٢٠٢٢",
]

any_text = st.text(st.characters())


def with_hostile_examples(test):
    for text in HOSTILE:
        test = example(text)(test)
    return given(any_text)(test)


@with_hostile_examples
def test_clean_text_is_storable_and_stable(text):
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert cleaned.isprintable() or not cleaned.isascii()
    assert "\0" not in cleaned
    cleaned.encode()


@pytest.mark.parametrize("make_key", [search_key, sort_key, person_sort_key, title_case_name])
def test_keys_of_hostile_text_are_storable(make_key):
    for text in HOSTILE:
        key = make_key(text)

        assert "\0" not in key
        key.encode()


@with_hostile_examples
def test_keys_are_made_of_any_text(text):
    for make_key in (search_key, sort_key, person_sort_key, title_case_name):
        make_key(text).encode()
    assert looks_like_all_caps(text) in (True, False)


def read_or_refusal(read, text):
    try:
        return read(text)
    except Refused:
        return None


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (parse_date, date),
        (parse_file_date, date),
        (parse_iso_date, date),
        (parse_whole_number, int),
        (parse_period, Period),
    ],
)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_read_or_refused(read, kind, text):
    outcome = read_or_refusal(read, text)

    assert outcome is None or isinstance(outcome, kind)


@given(st.text(st.sampled_from("0123456789/-. Q٣ ,")))
def test_almost_right_text_is_read_or_refused(text):
    for read in (parse_date, parse_file_date, parse_iso_date, parse_period):
        read_or_refusal(read, text)
    number = read_or_refusal(parse_whole_number, text)

    assert number is None or number >= 0
