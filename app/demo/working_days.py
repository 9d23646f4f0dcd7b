"""The days on which the invented committees meet and sign, and how busy they are."""

from datetime import date, timedelta
from functools import cache

_ONE_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6

# Days off as the Government announced them: Tết, and the Hùng Kings' day with its substitute.
_TET = (
    (date(2014, 1, 28), date(2014, 2, 5)),
    (date(2015, 2, 15), date(2015, 2, 23)),
    (date(2016, 2, 6), date(2016, 2, 14)),
    (date(2017, 1, 26), date(2017, 2, 1)),
    (date(2018, 2, 14), date(2018, 2, 20)),
    (date(2019, 2, 2), date(2019, 2, 10)),
    (date(2020, 1, 23), date(2020, 1, 29)),
    (date(2021, 2, 10), date(2021, 2, 16)),
    (date(2022, 1, 29), date(2022, 2, 6)),
    (date(2023, 1, 20), date(2023, 1, 26)),
    (date(2024, 2, 8), date(2024, 2, 14)),
    (date(2025, 1, 25), date(2025, 2, 2)),
    (date(2026, 2, 14), date(2026, 2, 22)),
    # Not announced yet; the days around the first of the lunar year.
    (date(2027, 2, 4), date(2027, 2, 10)),
)
_HUNG_KINGS = (
    date(2014, 4, 9),
    date(2015, 4, 28),
    date(2016, 4, 18),
    date(2017, 4, 6),
    date(2018, 4, 25),
    date(2019, 4, 15),
    date(2020, 4, 2),
    date(2021, 4, 21),
    date(2022, 4, 11),
    date(2023, 5, 2),
    date(2024, 4, 18),
    date(2025, 4, 7),
    date(2026, 4, 27),
    date(2027, 4, 16),
)
_FIXED = ((1, 1), (4, 30), (5, 1), (9, 2))

# The anniversaries on which members are sworn in: the Party, Hồ Chí Minh, National Day,
# the October Revolution and the People's Army.
ANNIVERSARIES = ((2, 3), (5, 19), (9, 2), (11, 7), (12, 22))

_RUN_UP = (timedelta(days=4), timedelta(days=24))
_MONTH_OF_YEAR_END = 12
_DAYS_OF_SLOW_START = 14


@cache
def is_public_holiday(day: date) -> bool:
    """Whether the country is off work that day, weekends left aside."""
    return (
        (day.month, day.day) in _FIXED
        or day in _HUNG_KINGS
        or any(first <= day <= last for first, last in _TET)
    )


def is_meeting_day(day: date) -> bool:
    """Whether a cell may meet: every day but Sundays and holidays."""
    return day.weekday() != _SUNDAY and not is_public_holiday(day)


def is_working_day(day: date) -> bool:
    """Whether offices are open."""
    return day.weekday() < _SATURDAY and not is_public_holiday(day)


def meeting_day_until(day: date) -> date:
    """Return the last day not after `day` on which a cell may meet."""
    while not is_meeting_day(day):
        day -= _ONE_DAY
    return day


def meeting_day_from(day: date) -> date:
    """Return the first day not before `day` on which a cell may meet."""
    while not is_meeting_day(day):
        day += _ONE_DAY
    return day


def working_day_from(day: date) -> date:
    """Return the first day not before `day` on which offices are open."""
    while not is_working_day(day):
        day += _ONE_DAY
    return day


def working_days(first: date, last: date) -> list[date]:
    """List the working days from the first to the last day, both included."""
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [day for day in days if is_working_day(day)]


def next_anniversary(day: date) -> date:
    """Return the first anniversary after a day."""
    coming = (date(day.year + ahead, *md) for ahead in (0, 1) for md in ANNIVERSARIES)
    return min(anniversary for anniversary in coming if anniversary > day)


def busyness(day: date) -> int:
    """Weigh a day by how many admissions are decided on it, from experience.

    Decisions crowd before the anniversaries, whose ceremonies they are for, and at year end.
    """
    ahead = next_anniversary(day) - day
    if _RUN_UP[0] <= ahead <= _RUN_UP[1]:
        return 6
    if day.month == _MONTH_OF_YEAR_END:
        return 4
    if day.month == 1 and day.day <= _DAYS_OF_SLOW_START:
        return 1
    return 2
