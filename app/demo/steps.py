"""The dates of an invented case, each in its lawful place, none after the clock."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random

from app.demo.chance import happens
from app.demo.working_days import (
    meeting_day_from,
    meeting_day_until,
    next_anniversary,
    working_day_from,
)

_LEAP_DAY = (2, 29)

# How many days the step before lies back, at least and at most. The decision falls within 60
# working days of the cell's resolution (Quy định 29-QĐ/TW, 4.3.1), the ceremony within 30 working
# days of the decision (4.1).
_DAYS_SINCE_STEP_BEFORE: Mapping[str, tuple[int, int]] = {
    "decision_on": (12, 55),
    "cell_resolution_on": (12, 45),
    "introduced_on": (20, 200),
    "certificate_on": (35, 150),
}
_WAY_BACK = ("decision_on", "cell_resolution_on", "introduced_on", "certificate_on", "listed_on")

_DAYS_UNTIL_NEXT_STEP = (1, 20)
_DAYS_TO_CEREMONY = (4, 26)
_DAYS_TO_ORDINARY_CEREMONY = (5, 18)
_DAYS_TO_REMOVAL = (150, 350)

# Cells have 30 working days to consider a recognition, the committee 30 more to decide on it.
_RECOGNITION_MAY_BE_PENDING = timedelta(days=75)
_PERCENT_PENDING = 50
_PERCENT_REMOVED = 1


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of one case; None is a step not taken."""

    listed_on: date
    certificate_on: date | None = None
    introduced_on: date | None = None
    cell_resolution_on: date | None = None
    decision_on: date | None = None
    ceremony_on: date | None = None
    recognised_on: date | None = None
    removed_on: date | None = None

    @property
    def considered_on(self) -> date:
        """The cell's meeting, on which the law looks at the age, or the last step before it."""
        return (
            self.cell_resolution_on or self.introduced_on or self.certificate_on or self.listed_on
        )


def years_later(day: date, years: int) -> date:
    """Return the same day some years later (or earlier), 28 February for 29 February."""
    if (day.month, day.day) == _LEAP_DAY:
        day = day.replace(day=28)
    return day.replace(year=day.year + years)


def steps_until(rng: Random, last_step: str, on: date) -> Steps:
    """Invent what went before a case's last step so far, from `listed_on` to `decision_on`."""
    dates = {last_step: on}
    for step, step_before in pairwise(_WAY_BACK[_WAY_BACK.index(last_step) :]):
        days = rng.randint(*_DAYS_SINCE_STEP_BEFORE[step])
        dates[step_before] = meeting_day_until(dates[step] - timedelta(days=days))
    return Steps(**dates)


def steps_of_admission(rng: Random, decided_on: date, clock: date) -> Steps:
    """Invent a whole admission, with what has followed it by the clock."""
    return followed(rng, steps_until(rng, "decision_on", decided_on), decided_on, clock)


def led_to_decision(rng: Random, steps: Steps, after: date) -> Steps:
    """Invent the steps that a case still lacks to its decision, all of them after a day."""
    before = steps.considered_on
    for step in reversed(_WAY_BACK[:-1]):
        if getattr(steps, step) is None:
            usual = before + timedelta(days=rng.randint(*_DAYS_SINCE_STEP_BEFORE[step]))
            soonest = after + timedelta(days=rng.randint(*_DAYS_UNTIL_NEXT_STEP))
            before = working_day_from(max(usual, soonest))
            steps = replace(steps, **{step: before})
    return steps


def followed(
    rng: Random, steps: Steps, decided_on: date, clock: date, *, after: date = date.min
) -> Steps:
    """Invent what followed a decision by the clock; a ceremony that is still to come, `after`."""
    ceremony_on = steps.ceremony_on or max(_ceremony(rng, decided_on), after)
    if ceremony_on > clock:
        return steps
    steps = replace(steps, ceremony_on=ceremony_on)
    year_over_on = years_later(ceremony_on, 1)
    if year_over_on > clock:
        return steps
    if happens(rng, _PERCENT_REMOVED):
        days = rng.randint(*_DAYS_TO_REMOVAL)
        return replace(steps, removed_on=meeting_day_until(ceremony_on + timedelta(days=days)))
    is_recent = year_over_on + _RECOGNITION_MAY_BE_PENDING > clock
    if is_recent and happens(rng, _PERCENT_PENDING):
        return steps
    # However late the papers, one is a full member from the day the year was over (4.2.2).
    return replace(steps, recognised_on=year_over_on)


def _ceremony(rng: Random, decided_on: date) -> date:
    """Choose an anniversary that is near enough to swear in for, else an ordinary day."""
    first, last = (decided_on + timedelta(days=days) for days in _DAYS_TO_CEREMONY)
    anniversary = next_anniversary(first)
    if anniversary > last:
        days = rng.randint(*_DAYS_TO_ORDINARY_CEREMONY)
        return meeting_day_from(decided_on + timedelta(days=days))
    before = meeting_day_until(anniversary)
    return before if before > decided_on else meeting_day_from(anniversary)
