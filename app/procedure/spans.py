"""Spans of the law: months, ages counted by month, and working days. Pure.

The library `holidays` knows when the country is off. A month after 31 January is the last of
February; a year after 29 February is 28 February.
"""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache

from holidays import HolidayBase, country_holidays

from app.core.dates import FIRST_YEAR

_ONE_DAY = timedelta(days=1)
_MONTHS = 12
_DAYS_REMEMBERED = 4096


@dataclass(frozen=True)
class WorkCalendar:
    """The days on which offices are open.

    `recorded` holds what a tenant has recorded otherwise: True for a day that is worked although
    the country is off, False for a day off.
    """

    recorded: Mapping[date, bool] = field(default_factory=dict)

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices are open: as recorded, else as the country works."""
        recorded = self.recorded.get(day)
        return _works_in_vietnam(day) if recorded is None else recorded

    def working_days_after(self, day: date, count: int) -> date:
        """Return the last day of a term of so many working days that begins after `day`.

        The day itself is not counted. A term of no days ends on the day itself.
        """
        while count > 0 and day < date.max:
            day += _ONE_DAY
            count -= self.is_working_day(day)
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """Count the working days after the first day up to the last, which is included."""
        days = (first + timedelta(days=ahead) for ahead in range(1, (last - first).days + 1))
        return sum(map(self.is_working_day, days))


def months_later(day: date, months: int) -> date:
    """Return the same day some months later (or earlier), the month's last where it has none."""
    index = day.year * _MONTHS + day.month - 1 + months
    year, month = divmod(index, _MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def age_in_months(born_on: date, day: date) -> int:
    """Return an age counted by month: from the month of birth to that of the day.

    294-QĐ/TW 1.1.1 counts "by month", so the day within the month makes no difference.
    """
    return (day.year - born_on.year) * _MONTHS + day.month - born_on.month


def full_months(first: date, last: date) -> int:
    """Return how many months have passed between two days, both known to the day."""
    months = age_in_months(first, last)
    return months if months_later(first, months) <= last else months - 1


def last_start(due: Callable[[date], date], bound: date) -> date | None:
    """Return the last day on which a term could begin to be due by `bound`; None if none could.

    `due` never falls while its day rises, and never lies before it.
    """
    earliest = date(FIRST_YEAR, 1, 1).toordinal()
    days = range(earliest, bound.toordinal() + 1)
    late = bisect_left(days, x=True, key=lambda ordinal: due(date.fromordinal(ordinal)) > bound)
    return date.fromordinal(earliest + late - 1) if late else None


@lru_cache(maxsize=_DAYS_REMEMBERED)
def _works_in_vietnam(day: date) -> bool:
    working: bool = _vietnam().is_working_day(day)
    return working


@cache
def _vietnam() -> HolidayBase:
    """Return the holidays with their substitute days and the Saturdays worked for them.

    The library works a year out when it is first asked about.
    """
    return country_holidays("VN")
