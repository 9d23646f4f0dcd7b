"""How well both forecasts would have foretold past years.

    python benchmarks/backtest.py                   synthetic units, in memory
    python benchmarks/backtest.py --demonstration   the demonstration in DATA_DIR, by statements

On the last day of March, June and September each year is foretold from what was known on that day,
and compared with what it came to. The synthetic province has what the demonstration lacks: people
who gave up, and many years. Seeded, so it is the same each time.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import fmean

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.cases.rules import StepKind
from app.core.periods import Period
from app.core.settings import load_settings
from app.factory import create_app
from app.measures.queries import measure_by_code
from app.monitoring.forecast import Forecast, PastYear, forecast
from app.monitoring.journeys import STAGES, journeys
from app.monitoring.pipeline import StepPeople, foretell
from app.rollups.models import Tree
from app.rollups.queries import Span, counts
from app.runtime.lease import leased_servers
from app.tenants.context import Context, tenant_transaction
from app.units.below import children
from app.units.queries import unit_by_code
from app.units.rows import UnitRow

SEED = 1
FIRST_YEAR = 2010
YEARS = 13
FORETOLD = range(2014, 2023)
DAYS = ((3, 31), (6, 30), (9, 30))
WAYS = ("from cases", "from seasons", "even pace")

# Of each step: the share that goes on, and after how many days at least and on average.
_ONWARD = ((0.75, 60, 140), (0.9, 20, 90), (0.93, 15, 45), (0.97, 15, 35))
# How many are listed in each month, compared with the others.
_SEASONS = (5, 6, 12, 8, 9, 11, 7, 10, 12, 8, 7, 5)


@dataclass(frozen=True)
class Journey:
    """The days of a case's steps, of being counted and of giving up."""

    steps: tuple[date | None, ...]
    counted_on: date | None
    left_on: date | None


@dataclass(frozen=True)
class Guess:
    """What was foretold on a day of a year, and what the year came to."""

    way: str
    month: int
    found: Forecast
    actual: int


def main() -> None:
    """Print the table of one of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demonstration", action="store_true")
    if parser.parse_args().demonstration:
        _print("demonstration, province and districts, 2021", list(_demonstration()))
        return
    for name, size, units in (("province", 2000, 2), ("district", 180, 12), ("commune", 14, 80)):
        guesses = [
            guess
            for unit in range(units)
            for guess in _of_unit(_journeys(Random(f"{SEED} {name} {unit}"), size))
        ]
        _print(
            f"{name}, about {size} a year, {units} units, {FORETOLD[0]} to {FORETOLD[-1]}", guesses
        )


def _print(title: str, guesses: Sequence[Guess]) -> None:
    print(f"\n{title}\n", flush=True)
    print("| On | Way | Foretold | Mean error | Bias | Inside the interval |")
    print("|---|---|---|---|---|---|")
    for month, _day in DAYS:
        for way in WAYS:
            of_way = [g for g in guesses if (g.way, g.month) == (way, month)]
            if not of_way:
                continue
            whole = sum(g.actual for g in of_way)
            error = sum(abs(g.found.expected - g.actual) for g in of_way) / whole
            bias = sum(g.found.expected - g.actual for g in of_way) / whole
            inside = fmean(g.found.lower <= g.actual <= g.found.upper for g in of_way)
            held = "" if way == "even pace" else f"{inside:.0%}"
            print(f"| {month:02} | {way} | {len(of_way)} | {error:.1%} | {bias:+.1%} | {held} |")


def _journeys(rng: Random, size: int) -> list[Journey]:
    """Invent the cases of a unit; years differ in how many are listed and how many go on."""
    found = []
    through = 1.0
    for share, _, _ in _ONWARD:
        through *= share
    for year in range(FIRST_YEAR, FIRST_YEAR + YEARS):
        listed = max(0, round(size / through * rng.gauss(1, 0.08)))
        goes_on = rng.gauss(1, 0.03)
        found += [_journey(rng, year, goes_on) for _ in range(listed)]
    return found


def _journey(rng: Random, year: int, goes_on: float) -> Journey:
    month = rng.choices(range(1, 13), _SEASONS)[0]
    day = date(year, month, rng.randint(1, 28))
    steps: list[date | None] = [day]
    for share, least, average in _ONWARD:
        if rng.random() > share * goes_on:
            gone = day + timedelta(days=round(rng.expovariate(1 / 300)))
            missing = [None] * (len(_ONWARD) - len(steps))
            return Journey((*steps, *missing)[: len(_ONWARD)], None, gone)
        day += timedelta(days=least + round(rng.expovariate(1 / (average - least))))
        steps.append(day)
    return Journey(tuple(steps[:-1]), steps[-1], None)


def _of_unit(journeys_of_unit: Sequence[Journey]) -> Iterator[Guess]:
    for year in FORETOLD:
        found = [j for j in journeys_of_unit if _matters(j, year)]
        actual = _counted(found, date(year, 1, 1), date(year, 12, 31))
        if not actual:
            continue
        for month, last in DAYS:
            on = date(year, month, last)
            count = _counted(found, date(year, 1, 1), on)
            looks = [(on.replace(year=y), date(y, 12, 31)) for y in range(year, year - 4, -1)]
            steps, fresh = _looked_at(found, looks, on)
            past = [
                PastYear(
                    _counted(found, date(y, 1, 1), date(y, month, last)),
                    _counted(found, date(y, 1, 1), date(y, 12, 31)),
                )
                for y in range(year - 1, year - 4, -1)
            ]
            yield from _guesses(count, (steps, fresh), past, on, actual)


def _matters(journey: Journey, year: int) -> bool:
    """Tell whether a case can be seen on any of the days looked at for a year."""
    ended = journey.counted_on or journey.left_on
    begun = journey.steps[0]
    assert begun is not None
    return begun.year <= year and (ended is None or ended.year >= year - 3)


def _guesses(  # noqa: PLR0917 what a guess is made from
    count: int,
    ways: tuple[Sequence[StepPeople], Sequence[int]],
    past: Sequence[PastYear],
    on: date,
    actual: int,
) -> Iterator[Guess]:
    from_cases = foretell(count, *ways)
    if from_cases:
        yield Guess("from cases", on.month, from_cases.forecast, actual)
    if seasonal := forecast(count, past):
        yield Guess("from seasons", on.month, seasonal, actual)
    gone = (on - date(on.year, 1, 1)).days + 1
    even = round(count * 365 / gone)
    yield Guess("even pace", on.month, Forecast(even, even, even), actual)


def _counted(found: Sequence[Journey], first: date, last: date) -> int:
    return sum(j.counted_on is not None and first <= j.counted_on <= last for j in found)


def _looked_at(
    found: Sequence[Journey], looks: Sequence[tuple[date, date]], known_on: date
) -> tuple[list[StepPeople], list[int]]:
    """Do in memory what the statement of `journeys` does in the database."""
    stood = [[0] * len(_ONWARD) for _ in looks]
    counted = [[0] * len(_ONWARD) for _ in looks]
    fresh = [0] * len(looks)
    for journey in found:
        done = journey.counted_on if journey.counted_on and journey.counted_on <= known_on else None
        for look, (day, end) in enumerate(looks):
            if (done and done <= day) or (journey.left_on and journey.left_on <= day):
                continue
            in_time = done is not None and done <= end
            reached = [place for place, on in enumerate(journey.steps) if on and on <= day]
            if reached:
                stood[look][reached[-1]] += 1
                counted[look][reached[-1]] += in_time
            else:
                fresh[look] += in_time
    people = [
        StepPeople(
            stood[0][place],
            tuple(row[place] for row in stood[1:]),
            tuple(row[place] for row in counted[1:]),
        )
        for place in range(len(_ONWARD))
    ]
    return people, fresh[1:]


def _demonstration() -> Iterator[Guess]:
    with leased_servers(load_settings(os.environ)) as settings:
        application = create_app(settings)
        with application.app_context(), tenant_transaction("VINHPHUC") as context:
            top = unit_by_code(context, "P26")
            units = [top, *children(context, top.id, date(2021, 1, 1), date(2021, 12, 31))]
            for unit in units:
                if not unit.is_cell and unit.path:
                    yield from _of_demonstration(context, unit)


def _of_demonstration(context: Context, unit: UnitRow) -> Iterator[Guess]:
    year = Period(date(2021, 1, 1), date(2022, 1, 1))
    measure = measure_by_code(context, "admission")
    counted = StepKind(measure.counted_step)
    for month, last in DAYS:
        on = date(2021, month, last)
        spans = [
            Span("so far", year.start, on, Tree.THEN),
            Span("all", year.start, year.last_day, Tree.THEN),
        ]
        for back in (1, 2, 3):
            first = date(2021 - back, 1, 1)
            spans += [
                Span(f"then {back}", first, on.replace(year=2021 - back), Tree.NOW),
                Span(f"whole {back}", first, date(2021 - back, 12, 31), Tree.NOW),
            ]
        found = counts(context, unit_id=unit.id, measure_id=measure.id, spans=spans)
        past = [PastYear(found.total(f"then {b}"), found.total(f"whole {b}")) for b in (1, 2, 3)]
        ways = journeys(context, unit.path, counted, year, on)
        people = [ways.people[kind] for kind in STAGES if kind in ways.people]
        yield from _guesses(
            found.total("so far"), (people, ways.newcomers), past, on, found.total("all")
        )


if __name__ == "__main__":
    main()
