"""Whole numbers as people write them, and percentages. Never a float.

Writing numbers in the reader's language belongs to the web.
"""

import re
from decimal import Decimal

from app.core.errors import Refused
from app.core.messages import Message, message
from app.core.text import clean

# The largest value of PostgreSQL's integer.
LARGEST = 2_147_483_647

_PLAIN = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([. ])[0-9]{3})(?:\1[0-9]{3})*")
_NEGATIVE = re.compile(r"[-−–] ?[0-9][0-9., ]*")
_FRACTION = re.compile(r"[0-9][0-9. ]*[.,][0-9]+")


def parse_whole_number(text: str, *, largest: int = LARGEST) -> int:
    """Read 1545, 1.545 or 1 545: zero or more, thousands grouped by points or spaces.

    A comma is the decimal sign in Vietnamese, so “1,545” is refused instead of guessed at.
    """
    cleaned = clean(text)
    if not (_PLAIN.fullmatch(cleaned) or _GROUPED.fullmatch(cleaned)):
        raise Refused(_what_is_wrong(cleaned))
    digits = re.sub(r"[. ]", "", cleaned).lstrip("0")
    # Compared by length first: Python refuses to convert thousands of digits.
    if len(digits) > len(str(largest)) or int(digits or "0") > largest:
        raise Refused(
            message(
                "Số “%(value)s” lớn quá: nhiều nhất là %(largest)s.", value=cleaned, largest=largest
            )
        )
    return int(digits or "0")


def percentage(part: int, whole: int | None) -> Decimal | None:
    """Return part of whole in percent, two places, half up; None without a whole or with 0.

    `str` of it is the machine format: "77.25", "106.00".
    """
    if not whole:
        return None
    # In whole numbers, so that no division is rounded before the half is looked at.
    hundredths = (2 * 10_000 * part + whole) // (2 * whole)
    return Decimal(hundredths).scaleb(-2)


def _what_is_wrong(cleaned: str) -> Message:
    if not cleaned:
        return message("Chưa nhập số.")
    if _NEGATIVE.fullmatch(cleaned):
        return message("“%(value)s” là số âm; số phải từ 0 trở lên.", value=cleaned)
    if _FRACTION.fullmatch(cleaned):
        return message(
            "“%(value)s” không phải số nguyên; "
            "viết 1545 hoặc 1.545 (dấu chấm phân cách hàng nghìn).",
            value=cleaned,
        )
    return message("“%(value)s” không phải là số; viết 1545 hoặc 1.545.", value=cleaned)
