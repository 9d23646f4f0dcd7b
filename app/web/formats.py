"""Numbers, percentages and dates as people read them, in both languages.

Written by hand with fixed patterns: Babel's defaults are wrong here (1/9/22, 77,3%), and 8 µs for
each number add up on a page of figures.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import wraps
from typing import TypeVar

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from app.core.clock import VIETNAM
from app.web.languages import ENGLISH, language

NOTHING = "–"
MINUS = "−"

Value = TypeVar("Value")


def whole_number(value: int | None, language: str) -> str:
    """Write 1545 as 1.545, in English as 1,545; nothing as a dash."""
    if value is None:
        return NOTHING
    return _in_language(f"{value:,d}", language)


def signed(value: int | None, language: str) -> str:
    """Write a difference with its sign: +12, −12, 0."""
    if value is None:
        return NOTHING
    return _in_language(f"{value:+,d}" if value else "0", language)


def percent(value: Decimal | None, language: str) -> str:
    """Write Decimal("77.25") as 77,25%, in English as 77.25%."""
    if value is None:
        return NOTHING
    return _in_language(f"{_two_places(value):,f}", language) + "%"


def signed_percent(value: Decimal | None, language: str) -> str:
    """Write a change with its sign: +22,04%."""
    if value is None:
        return NOTHING
    rounded = _two_places(value)
    return _in_language(f"{rounded:+,f}" if rounded else "0.00", language) + "%"


def day(value: date | None) -> str:
    """Write a date as 31/10/2022, in both languages: one office reads the papers of the other."""
    if value is None:
        return NOTHING
    return f"{value.day:02}/{value.month:02}/{value.year:04}"


def month(value: date | None) -> str:
    """Write the month of a date as 09/2022."""
    if value is None:
        return NOTHING
    return f"{value.month:02}/{value.year:04}"


def instant(value: datetime | None) -> str:
    """Write an instant as 14:05 31/10/2022, the hour being Vietnam's."""
    if value is None:
        return NOTHING
    local = value.astimezone(VIETNAM)
    return f"{local.hour:02}:{local.minute:02} {day(local.date())}"


def register_formats(app: Flask) -> None:
    """Give templates the filters; those that differ by language take the reader's."""
    app.jinja_env.filters.update(
        whole_number=_for_reader(whole_number),
        signed=_for_reader(signed),
        percent=_for_reader(percent),
        signed_percent=_for_reader(signed_percent),
        date=day,
        month=month,
        instant=instant,
    )


def _for_reader(write: Callable[[Value, str], str]) -> Callable[[Context, Value], str]:
    # Taking the context keeps Jinja from writing a literal once, in the first reader's language.
    @pass_context
    @wraps(write)
    def write_for_reader(_context: Context, value: Value) -> str:
        return write(value, language())

    return write_for_reader


def _two_places(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


_VIETNAMESE_MARKS = str.maketrans({",": ".", ".": ",", "-": MINUS})
_ENGLISH_MARKS = str.maketrans({"-": MINUS})


def _in_language(english: str, language: str) -> str:
    return english.translate(_ENGLISH_MARKS if language == ENGLISH else _VIETNAMESE_MARKS)
