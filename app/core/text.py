"""Vietnamese text: cleaning on entry, keys to search and to sort by, names typed in capitals.

Sort keys are compared byte by byte (COLLATE "C"), since the embedded PostgreSQL has no ICU.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

# Icelandic eth and African D look like Đ; old Vietnamese converters wrote them for it.
_LOOK_ALIKES = str.maketrans({"Ð": "Đ", "Ɖ": "Đ", "ð": "đ"})
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs"})
# Characters that print nothing although Unicode counts them among letters and marks.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)

_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`"))
# Letters that Unicode does not decompose: Vietnamese đ, ƀ of the Central Highlands, some others.
_PLAIN_LETTERS = {"ƀ": "b", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe"}
_UNDECOMPOSED = str.maketrans({"đ": "d", **_PLAIN_LETTERS})
_NOT_SEARCHED = re.compile(r"[^a-z0-9]+")

# "{" and "|" follow "z" in ASCII, so that ă and â come after every "a" whatever stands next.
_SORTED_LETTERS = {"đ": "d{", **_PLAIN_LETTERS}
_SORTED_SHAPES = {
    ("a", "\N{COMBINING BREVE}"): "a{",
    ("a", "\N{COMBINING CIRCUMFLEX ACCENT}"): "a|",
    ("e", "\N{COMBINING CIRCUMFLEX ACCENT}"): "e{",
    ("o", "\N{COMBINING CIRCUMFLEX ACCENT}"): "o{",
    ("o", "\N{COMBINING HORN}"): "o|",
    ("u", "\N{COMBINING HORN}"): "u{",
}
# A word without a mark (ngang) has an empty tone, before all others.
_TONES = {
    "\N{COMBINING GRAVE ACCENT}": "1",
    "\N{COMBINING HOOK ABOVE}": "2",
    "\N{COMBINING TILDE}": "3",
    "\N{COMBINING ACUTE ACCENT}": "4",
    "\N{COMBINING DOT BELOW}": "5",
}
_WORD = re.compile("(?:[^\\W_]|[\u0300-\u036f])+")
_TOKEN = re.compile("[0-9]+|.", re.DOTALL)
_LONGEST_COUNT = 99

_NAME_PART = re.compile("(?:[^\\W\\d_]|[\u0300-\u036f])+")

# Both are lower than digits and letters, so that a shorter text comes before a longer one.
_LEVEL_SEPARATOR = " "
_WORD_SEPARATOR = "."


def clean(text: str) -> str:
    """Return text as it is stored: NFC, single spaces, nothing invisible, trimmed."""
    is_printable = text.isprintable()
    if is_printable and text.isascii():
        # Most cells of a file are codes and dates, in which there is nothing to clean.
        return " ".join(text.split())
    visible = _INVISIBLE.sub("", text)
    if not is_printable:
        visible = "".join(
            character
            for character in visible
            if character.isspace() or unicodedata.category(character) not in _INVISIBLE_CATEGORIES
        )
    return " ".join(unicodedata.normalize("NFC", visible).translate(_LOOK_ALIKES).split())


def search_key(text: str) -> str:
    """Return text reduced to a-z, 0-9 and single spaces: case and diacritics are ignored.

    Apostrophes vanish (H'Hen is found as hhen), other signs separate words. Text in another
    script has an empty key.
    """
    return " ".join(filter(None, map(_searched, clean(text).split(" "))))


def sort_key(text: str) -> str:
    """Return a key that orders as a Vietnamese dictionary does, numbers by their size.

    Letters decide first (a ă â b c d đ e ê …), over the whole text; then the tones, word by word
    (ngang, huyền, hỏi, ngã, sắc, nặng); then small letters before capitals. The tone belongs to
    the word, not to the letter that carries the mark: “hoà” and “hòa” are the same word. Signs
    only separate words. Texts that differ in nothing else share a key.
    """
    words = _words(text)
    return _LEVEL_SEPARATOR.join((_letters(words), _tones(words), _capitals(words)))


def person_sort_key(full_name: str) -> str:
    """Return a key that orders people by given name (the last word), then by the words before."""
    words = _words(full_name)
    given, before = words[-1:], words[:-1]
    return _LEVEL_SEPARATOR.join(
        (_letters(given), _tones(given), _letters(before), _tones(before), _capitals(words))
    )


def looks_like_all_caps(name: str) -> bool:
    """Tell whether a name of more than one letter was typed in capitals only."""
    return name.isupper() and sum(map(str.isalpha, clean(name))) > 1


def title_case_name(name: str) -> str:
    """Return a person's name with each part capitalised: “H'HEN NIÊ” as “H'Hen Niê”.

    For a repair that is offered, never made silently: “Y BLOK” and “K’BRÔ” have capitals of
    their own that only their bearers know.
    """
    return _NAME_PART.sub(lambda part: part[0].capitalize(), clean(name))


# The words of names are few, and long lists of people are full of them.
_cached = lru_cache(maxsize=10_000)


@_cached
def _searched(word: str) -> str:
    folded = unicodedata.normalize("NFKD", word).casefold().translate(_APOSTROPHES)
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    return _NOT_SEARCHED.sub(" ", letters.translate(_UNDECOMPOSED)).strip()


@dataclass(frozen=True)
class _Word:
    """One word of a text, taken apart into what is compared first, second and third."""

    letters: str
    tones: str
    capitals: str


def _words(text: str) -> list[_Word]:
    decomposed = unicodedata.normalize("NFKD", clean(text)).translate(_APOSTROPHES)
    words = map(_word, _WORD.findall(decomposed))
    return [word for word in words if word.letters]


@_cached
def _word(text: str) -> _Word:
    letters: list[str] = []
    tones = ""
    capitals = ""
    for token in _TOKEN.findall(text):
        if token in _TONES:
            tones += _TONES[token]
        elif unicodedata.combining(token[0]):
            if letters:
                letters[-1] = _SORTED_SHAPES.get((letters[-1], token), letters[-1])
        else:
            letters.append(_letter_or_number(token))
            capitals += "1" if token.isupper() else "0"
    return _Word("".join(letters), tones, capitals)


def _letter_or_number(token: str) -> str:
    if token[0] in "0123456789":
        digits = token.lstrip("0")
        # The count of digits in front makes 10 follow 2.
        return f"{min(len(digits), _LONGEST_COUNT):02}{digits}"
    folded = token.casefold()
    return _SORTED_LETTERS.get(folded, folded)


def _letters(words: Sequence[_Word]) -> str:
    return _WORD_SEPARATOR.join(word.letters for word in words)


def _tones(words: Sequence[_Word]) -> str:
    return _WORD_SEPARATOR.join(word.tones for word in words)


def _capitals(words: Sequence[_Word]) -> str:
    # The small letters at the end are left out: they decide nothing and most names end in them.
    return "".join(word.capitals for word in words).rstrip("0")
