"""Vietnamese text from before Unicode: TCVN3 (ABC fonts) and Windows-1258, told by its syllables.

Nothing is guessed: a text is converted only where one reading makes Vietnamese words and no other
does.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

TCVN3 = "TCVN3 (ABC)"
WINDOWS_1258 = "Windows-1258"

FEWEST_WORDS = 3
_CERTAIN = 0.95
_DOUBTFUL = 0.7
_LOOKED_AT = 4_000
_FIRST_ABOVE_ASCII = 0x80
_LAST_OF_LATIN_1 = 0xFF

# TCVN 5712:1993 VN3, by position from A1; a dot stands for a code without a letter.
_TCVN3_LETTERS = (
    "ĂÂÊÔƠƯĐăâêôơưđ......àảãáạ.ằẳẵắ.......ặầẩẫấậè.ẻẽéẹềểễếệìỉ...ĩíịò.ỏõóọồổỗốộờởỡớợù.ủũúụừửữứựỳỷỹýỵ"
)
_TCVN3_TABLE = {
    code: letter for code, letter in enumerate(_TCVN3_LETTERS, start=0xA1) if letter != "."
}

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_LEGACY_WORD = re.compile(r"[A-Za-z\u0080-\u024f\u0300-\u036f\u1e00-\u1eff\u20ab]+")
_SYLLABLE = re.compile(
    "(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx])?"
    "(?:iêu|yêu|oai|oay|uây|uôi|uya|uyê|uyu|ươi|ươu|"
    "ai|ao|au|ay|âu|ây|eo|êu|ia|iê|yê|iu|oa|oă|oe|oi|ôi|ơi|ua|uâ|uê|ui|uy|uơ|uô|ưa|ưi|ươ|ưu|"
    "[aăâeêioôơuưy])"
    "(?:ch|ng|nh|[cmnpt])?"
)


@dataclass(frozen=True)
class Reading:
    """A text as it reads in Unicode, and what it was written in."""

    text: str
    encoding: str


def read_bytes(content: bytes) -> Reading | None:
    """Return bytes that are no UTF-8 as the one reading that makes Vietnamese, None in doubt."""
    readings = {TCVN3: from_tcvn3(content.decode("latin-1"))}
    try:
        readings[WINDOWS_1258] = unicodedata.normalize("NFC", content.decode("cp1258"))
    except UnicodeDecodeError:
        # Some bytes are no letters there, so it was not written in it.
        return _certain(readings)
    return _certain(readings)


def read_old_fonts(text: str) -> Reading | None:
    """Return text typed with ABC fonts and kept as Unicode letters (“NguyÔn V¨n”), None else."""
    if any(ord(letter) > _LAST_OF_LATIN_1 for letter in text) or _score(text) >= _DOUBTFUL:
        return None
    return _certain({TCVN3: from_tcvn3(text)})


def from_tcvn3(text: str) -> str:
    """Return text whose letters stand for the codes of TCVN3; other letters stay."""
    return text.translate(_TCVN3_TABLE)


def _certain(readings: Mapping[str, str]) -> Reading | None:
    scores = {encoding: _score(text) for encoding, text in readings.items()}
    best = max(scores, key=scores.__getitem__)
    others = [score for encoding, score in scores.items() if encoding != best]
    if scores[best] < _CERTAIN or any(score >= _DOUBTFUL for score in others):
        return None
    return Reading(readings[best], best)


def _score(text: str) -> float:
    """Return which share of the words with letters beyond ASCII are Vietnamese; few words: 0."""
    words = {word for word in _LEGACY_WORD.findall(text) if not word.isascii()}
    if len(words) < FEWEST_WORDS:
        return 0.0
    looked_at = sorted(words)[:_LOOKED_AT]
    return sum(map(_is_syllable, looked_at)) / len(looked_at)


def _is_syllable(word: str) -> bool:
    decomposed = unicodedata.normalize("NFD", word.lower())
    toneless = "".join(letter for letter in decomposed if letter not in _TONES)
    has_one_tone = len(decomposed) - len(toneless) <= 1
    return has_one_tone and bool(_SYLLABLE.fullmatch(unicodedata.normalize("NFC", toneless)))


def has_letters_beyond_ascii(text: str) -> bool:
    """Tell whether there is anything in a text that an old font could have written."""
    return any(ord(letter) >= _FIRST_ABOVE_ASCII for letter in text)
