"""Periods as half-open date ranges, and the dates that a period's figures are counted to."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.dates import checked_date, parse_iso_date
from app.core.errors import Refused
from app.core.messages import message
from app.core.text import clean

_ONE_DAY = timedelta(days=1)
_QUARTER_MONTHS = 3
_YEAR_MONTHS = 12

_YEARS = re.compile(r"(?P<first>\d{4})(?:-(?P<last>\d{4}))?", re.ASCII)
_QUARTER = re.compile(r"(?P<year>\d{4})-Q(?P<quarter>[1-4])", re.ASCII)
_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})", re.ASCII)
_SPAN = re.compile(r"(?P<first>[-\d]{10})\.\.(?P<last>[-\d]{10})", re.ASCII)


@dataclass(frozen=True, order=True)
class Period:
    """The days from `start` to the day before `end`; at least one."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise Refused(message("Kỳ phải kết thúc sau khi bắt đầu."))

    def __str__(self) -> str:
        """Return the shortest code that `parse_period` reads back as this period."""
        if self.start.day != 1 or self.end.day != 1:
            return f"{self.start}..{self.last_day}"
        months = _month_number(self.end) - _month_number(self.start)
        if self.start.month == 1 and months % _YEAR_MONTHS == 0:
            first, last = self.start.year, self.last_day.year
            return f"{first:04}" if first == last else f"{first:04}-{last:04}"
        if months == 1:
            return f"{self.start.year:04}-{self.start.month:02}"
        if months == _QUARTER_MONTHS and self.start.month % _QUARTER_MONTHS == 1:
            return f"{self.start.year:04}-Q{self.start.month // _QUARTER_MONTHS + 1}"
        return f"{self.start}..{self.last_day}"

    @property
    def last_day(self) -> date:
        """The last day inside the period."""
        return self.end - _ONE_DAY

    @property
    def years(self) -> range:
        """The calendar years that the period touches."""
        return range(self.start.year, self.last_day.year + 1)

    @property
    def is_within_a_year(self) -> bool:
        """Whether the period is at most twelve months long."""
        return self.end <= _year_later(self.start)

    def contains(self, day: date) -> bool:
        """Tell whether a day lies inside the period."""
        return self.start <= day < self.end


def parse_period(code: str) -> Period:
    """Read `2022`, `2022-Q3`, `2022-09`, `2015-2020` or `2022-01-01..2022-09-30`."""
    cleaned = clean(code).upper()
    if match := _YEARS.fullmatch(cleaned):
        first = int(match["first"])
        return _calendar_years(first, int(match["last"] or first))
    if match := _QUARTER.fullmatch(cleaned):
        first_month = (int(match["quarter"]) - 1) * _QUARTER_MONTHS + 1
        return _calendar_months(int(match["year"]), first_month, _QUARTER_MONTHS)
    if match := _MONTH.fullmatch(cleaned):
        return _calendar_months(int(match["year"]), int(match["month"]), 1)
    if match := _SPAN.fullmatch(cleaned):
        return Period(parse_iso_date(match["first"]), parse_iso_date(match["last"]) + _ONE_DAY)
    raise Refused(
        message(
            "Không đọc được kỳ “%(value)s”; viết 2022, 2022-Q3, 2022-09, 2015-2020 "
            "hoặc 2022-01-01..2022-09-30.",
            value=clean(code),
        )
    )


def as_of(period: Period, today: date, requested: date | None = None) -> date:
    """Return the last day that is counted: the requested one, at most today or the period's last.

    It may lie before the first day of the period; then nothing is counted.
    """
    ceiling = min(today, period.last_day)
    return ceiling if requested is None else min(requested, ceiling)


def same_span_last_year(period: Period, as_of: date) -> tuple[date, date] | None:
    """Return first and last day of the span to `as_of` one year earlier; None for over a year.

    29 February becomes 28 February.
    """
    if not period.is_within_a_year:
        return None
    return _year_earlier(period.start), _year_earlier(as_of)


@dataclass(frozen=True)
class MonthSplit:
    """An inclusive span of days as whole months and the pieces of the months that it cuts.

    Whole months run from `first_month` to before `end_month`, both first days of a month and
    equal when there is none; each piece of `cut` is a first and a last day of one month.
    """

    first_month: date
    end_month: date
    cut: tuple[tuple[date, date], ...]


def whole_months(first: date, last: date) -> MonthSplit:
    """Split the days from `first` to `last`; an empty span has no months and no pieces."""
    if last < first:
        return MonthSplit(_month_start(first), _month_start(first), ())
    head_end = first if first.day == 1 else _next_month(first)
    tail_start = _month_start(last + _ONE_DAY)
    if tail_start < head_end:
        return MonthSplit(head_end, head_end, ((first, last),))
    cut: list[tuple[date, date]] = []
    if first < head_end:
        cut.append((first, head_end - _ONE_DAY))
    if tail_start <= last:
        cut.append((tail_start, last))
    return MonthSplit(head_end, tail_start, tuple(cut))


def _calendar_years(first: int, last: int) -> Period:
    start = checked_date(first, 1, 1)
    return Period(start, checked_date(last, 12, 31) + _ONE_DAY)


def _calendar_months(year: int, month: int, count: int) -> Period:
    start = checked_date(year, month, 1)
    following = _month_number(start) + count
    return Period(start, date(following // _YEAR_MONTHS, following % _YEAR_MONTHS + 1, 1))


def _month_number(day: date) -> int:
    return day.year * _YEAR_MONTHS + day.month - 1


def _month_start(day: date) -> date:
    return day.replace(day=1)


def _next_month(day: date) -> date:
    following = _month_number(day) + 1
    return date(following // _YEAR_MONTHS, following % _YEAR_MONTHS + 1, 1)


def _year_later(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year + 1, 3, 1)
    return day.replace(year=day.year + 1)


def _year_earlier(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)
