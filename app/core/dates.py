"""Reading dates as people and files write them: the day first, or ISO.

Writing them in the reader's language belongs to the web.
"""

import re
from calendar import monthrange
from datetime import date

from app.core.errors import Refused
from app.core.messages import message
from app.core.text import clean

# Years outside these are typing errors ("0206", "20222"); nobody in the records was born before.
FIRST_YEAR = 1900
LAST_YEAR = 2099

# Two-digit years end here: 49 is 2049 and 50 is 1950.
LAST_SHORT_YEAR = 2049

_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2}) ?(?P<separator>[-/.]) ?(?P<month>\d{1,2}) ?(?P=separator) ?"
    r"(?P<year>\d{4}|\d{2})",
    re.ASCII,
)
_EIGHT_DIGITS = re.compile(r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})", re.ASCII)
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", re.ASCII)
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<separator>[-/.])(?P<month>\d{1,2})(?P=separator)(?P<day>\d{1,2})",
    re.ASCII,
)
_SHORT_YEAR_DIGITS = 2
_MONTHS = 12


def parse_date(text: str, *, last_short_year: int = LAST_SHORT_YEAR) -> date:
    """Read a date that a person typed: 3/11/26, 3-11-2026, 3.11.2026, 03112026 or 2026-11-03.

    A two-digit year is the one among the hundred years that end with `last_short_year`; where
    dates lie in the past, such as dates of birth, pass the current year.
    """
    cleaned = clean(text)
    match = (
        _DAY_FIRST.fullmatch(cleaned)
        or _EIGHT_DIGITS.fullmatch(cleaned)
        or _YEAR_FIRST.fullmatch(cleaned)
    )
    if match is None:
        raise _unreadable(cleaned)
    year = int(match["year"])
    if len(match["year"]) == _SHORT_YEAR_DIGITS:
        year = last_short_year - (last_short_year - year) % 100
    return checked_date(year, int(match["month"]), int(match["day"]))


def parse_file_date(text: str) -> date:
    """Read a date of a file: 2026-11-03 or 3/11/2026, the year always with four digits."""
    cleaned = clean(text)
    match = _ISO.fullmatch(cleaned) or _DAY_FIRST.fullmatch(cleaned)
    if match is None:
        raise _unreadable(cleaned)
    if len(match["year"]) == _SHORT_YEAR_DIGITS:
        # Nobody is there to see which century was taken.
        raise Refused(message("Ngày “%(value)s” phải ghi năm đủ bốn chữ số.", value=cleaned))
    return checked_date(int(match["year"]), int(match["month"]), int(match["day"]))


def parse_iso_date(text: str) -> date:
    """Read a date that a program wrote, in a period's code or in an address: 2026-11-03 alone."""
    match = _ISO.fullmatch(text)
    if match is None:
        raise Refused(
            message(
                "“%(value)s” không phải ngày dạng năm-tháng-ngày, ví dụ 2026-11-03.",
                value=clean(text),
            )
        )
    return checked_date(int(match["year"]), int(match["month"]), int(match["day"]))


def checked_date(year: int, month: int, day: int) -> date:
    """Build a date, or refuse it by saying which part is impossible."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(
            message(
                "Năm %(year)s không hợp lệ: năm phải từ %(first)s đến %(last)s.",
                year=f"{year:04}",
                first=f"{FIRST_YEAR}",
                last=f"{LAST_YEAR}",
            )
        )
    if not 1 <= month <= _MONTHS:
        raise Refused(
            message(
                "Không có tháng %(month)s; ngày viết trước, tháng viết sau, ví dụ 13/11/2026.",
                month=month,
            )
        )
    if day < 1:
        raise Refused(message("Không có ngày 0."))
    days = monthrange(year, month)[1]
    if day > days:
        raise Refused(
            message(
                "Tháng %(month)s năm %(year)s chỉ có %(days)s ngày.",
                month=month,
                year=f"{year}",
                days=days,
            )
        )
    return date(year, month, day)


def _unreadable(cleaned: str) -> Refused:
    if not cleaned:
        return Refused(message("Chưa nhập ngày."))
    return Refused(
        message(
            "Không đọc được ngày “%(value)s”; viết ngày/tháng/năm, ví dụ 03/11/2026.",
            value=cleaned,
        )
    )
