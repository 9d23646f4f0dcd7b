"""Vietnamese text: cleaning, search keys, sort keys, names typed in capitals."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.text import (
    clean,
    looks_like_all_caps,
    person_sort_key,
    search_key,
    sort_key,
    title_case_name,
)

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
VOWELS = "aăâeêioôơuưy"
# ngang, huyền, hỏi, ngã, sắc, nặng
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")


def stored_order(key: str) -> bytes:
    """What COLLATE "C" compares."""
    return key.encode()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Nguyễn \t Văn\u00a0An\n", "Nguyễn Văn An"),
        ("Nguye\u0302\u0303n", "Nguyễn"),
        ("Nguy\u200bễn\u200e \ufeffAn", "Nguyễn An"),
        ("a\u00ad\u0301", "á"),
        ("An\0", "An"),
        ("Tổ ① ở lô 10 m²", "Tổ ① ở lô 10 m²"),
        ("Ðặng Thị Ðào", "Đặng Thị Đào"),
        ("\ud800An", "An"),
        ("\u3164", ""),
        ("", ""),
    ],
)
def test_clean_keeps_what_is_seen(typed, stored):
    assert clean(typed) == stored


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Đặng Thị Ngọc Ánh", "dang thi ngoc anh"),
        ("ĐẢNG ỦY XÃ NGŨ KIÊN", "dang uy xa ngu kien"),
        ("Chi bộ 2 - Thôn Đông", "chi bo 2 thon dong"),
        ("H'Hen Niê", "hhen nie"),
        ("H’Hen Niê", "hhen nie"),
        ("Ƀlô", "blo"),
        ("Ｃhi bộ ２", "chi bo 2"),
        ("  ", ""),
        ("李", ""),
    ],
)
def test_search_key_ignores_case_and_diacritics(text, key):
    assert search_key(text) == key


@given(st.text())
def test_search_key_is_plain_and_stable(text):
    key = search_key(text)

    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")
    assert key == key.strip()
    assert search_key(key) == key


@given(st.text(ALPHABET + ALPHABET.upper() + "áộỹẫở "))
def test_search_finds_a_name_typed_without_accents_or_in_capitals(name):
    assert search_key(name.upper()) == search_key(name)
    assert search_key(unicodedata.normalize("NFD", name)) == search_key(name)


SORTED_TEXTS = [
    "",
    "1",
    "2",
    "10",
    "A",
    "An",
    "Án",
    "An Bình",
    "An Hoà",
    "Anh",
    "ánh",
    "Ảo",
    "Ăn",
    "Ân",
    "Ba",
    "Chi bộ 1",
    "Chi bộ 2",
    "Chi bộ 2 Thôn Bắc",
    "Chi bộ 2A",
    "Chi bộ 2B",
    "Chi bộ 10",
    "Chi bộ 10A",
    "Chi bộ 100",
    "Chi bộ thôn Đông",
    "Co",
    "cò",
    "Cò",
    "cỏ",
    "cõ",
    "có",
    "cọ",
    "cô",
    "cồ",
    "cơ",
    "Da",
    "Dũng",
    "Đa",
    "Đào",
    "em",
    "êm",
    "hoa",
    "hoà",
    "hoả",
    "hoá",
    "hoạ",
    "Hoàn",
    "Lê",
    "Ma",
    "Nga",
    "Ông",
    "Ơn",
    "Quyên",
    "Tân",
    "Thanh",
    "Thành",
    "Tuân",
    "Tư",
    "Vân",
    "Xuân",
    "Ý",
    "Yên",
    "李",
]


@pytest.mark.parametrize(("lower", "higher"), [*pairwise(SORTED_TEXTS)])
def test_texts_stand_in_dictionary_order(lower, higher):
    assert stored_order(sort_key(lower)) < stored_order(sort_key(higher))


def test_tone_belongs_to_the_word_wherever_the_mark_is_written():
    assert sort_key("Hòa Bình") == sort_key("Hoà Bình")
    assert stored_order(sort_key("Hòa")) < stored_order(sort_key("Hoá"))


def test_letters_decide_before_tones_over_the_whole_text():
    assert stored_order(sort_key("Lã An")) < stored_order(sort_key("La Bình"))


def test_signs_only_separate_words():
    assert sort_key("Chi bộ 1 - Thôn Đông") == sort_key("Chi bộ 1, Thôn Đông")


SORTED_PEOPLE = [
    "An",
    "Bùi Văn An",
    "Lê An",
    "Lê Thị An",
    "Lê Văn An",
    "Nguyễn Thị An",
    "Nguyễn Thị Anh",
    "Bùi Ánh",
    "Trần Thị Ánh",
    "Đỗ Văn Ân",
    "Lý Văn Dũng",
    "Bế Thị Đào",
    "Niê Hà",
    "Niê H'Hen",
    "Nguyễn Thị Hoa",
    "Lê Thị Hòa",
    "Phạm Văn Hoá",
    "Đinh Văn Hùng",
    "Vũ Mạnh Hùng",
    "Phan Thanh",
    "Lê Thành",
    "Trần Văn Ý",
    "Hà Thị Yến",
]


@pytest.mark.parametrize(("lower", "higher"), [*pairwise(SORTED_PEOPLE)])
def test_people_stand_by_given_name_then_family_name(lower, higher):
    assert stored_order(person_sort_key(lower)) < stored_order(person_sort_key(higher))


def test_case_never_outranks_the_family_name():
    names = ["Lê Văn AN", "Nguyễn Văn An"]

    assert sorted(names, key=person_sort_key) == names


@st.composite
def vietnamese_words(draw):
    """Letters, tone and the vowel that carries it: a word taken apart."""
    letters = draw(st.text(ALPHABET, max_size=4)) + draw(st.sampled_from(VOWELS))
    capitals = draw(st.lists(st.booleans(), min_size=len(letters), max_size=len(letters)))
    return letters, draw(st.integers(0, 5)), capitals


def written(words) -> str:
    texts = []
    for letters, tone, capitals in words:
        cased = [a.upper() if up else a for a, up in zip(letters, capitals, strict=True)]
        texts.append(unicodedata.normalize("NFC", "".join(cased) + TONES[tone]))
    return " ".join(texts)


def dictionary_order(words):
    """The order by definition: letters of all words, then tones, then capitals."""
    return (
        [[ALPHABET.index(letter) for letter in letters] for letters, _, _ in words],
        [tone for _, tone, _ in words],
        [up for _, _, capitals in words for up in capitals],
    )


some_words = st.lists(vietnamese_words(), max_size=4)


@given(some_words, some_words)
def test_sort_key_agrees_with_the_definition(one, other):
    by_definition = (
        dictionary_order(one) < dictionary_order(other),
        dictionary_order(one) == dictionary_order(other),
    )
    one_key, other_key = (stored_order(sort_key(written(words))) for words in (one, other))

    assert (one_key < other_key, one_key == other_key) == by_definition


@given(some_words, some_words)
def test_person_sort_key_agrees_with_the_definition(one, other):
    def definition(words):
        given_letters, given_tones, _ = dictionary_order(words[-1:])
        return (given_letters, given_tones, *dictionary_order(words[:-1])[:2])

    one_key, other_key = (stored_order(person_sort_key(written(words))) for words in (one, other))

    if definition(one) != definition(other):
        assert (one_key < other_key) == (definition(one) < definition(other))


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_numbers_in_names_stand_by_their_size(one, other):
    one_key, other_key = (sort_key(f"Chi bộ {number}") for number in (one, other))

    assert (stored_order(one_key) < stored_order(other_key)) == (one < other)


@given(st.text(), st.text())
def test_sort_keys_can_be_stored(one, other):
    assert "\0" not in sort_key(one) + person_sort_key(other)
    assert sort_key(clean(one)) == sort_key(one)


@pytest.mark.parametrize(
    ("name", "shouted"),
    [
        ("NGUYỄN VĂN AN", True),
        ("H'HEN NIÊ", True),
        ("Nguyễn Văn An", False),
        ("NGUYỄN VĂN An", False),
        ("Y", False),
        ("2 - 3", False),
        ("", False),
    ],
)
def test_names_typed_in_capitals_are_noticed(name, shouted):
    assert looks_like_all_caps(name) is shouted


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("NGUYỄN THỊ ĐÀO", "Nguyễn Thị Đào"),
        ("nguyễn  văn an", "Nguyễn Văn An"),
        ("H'HEN NIÊ", "H'Hen Niê"),
        ("Tôn Nữ THỊ-NINH", "Tôn Nữ Thị-Ninh"),
        ("N\u0304GUYEN", "N\u0304guyen"),
    ],
)
def test_repaired_name_is_capitalised(typed, offered):
    assert title_case_name(typed) == offered
