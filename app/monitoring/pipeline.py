"""Where a count will end, told from who is on the way: steps, past conversion, durations. Pure.

On the same day of earlier years so many stood at each step, and so many of them were counted by
the end of the period. Today's people are expected to do as those did. Whoever had not even begun
by that day and was counted all the same is added as newcomers. Estimates are floating point;
nothing that is counted is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean

from app.monitoring.forecast import Forecast

FEWEST_YEARS = 2
"""From fewer earlier years nothing is foretold."""

FEWEST_COUNTED = 20
"""Nor from fewer people counted in the rest of those years together."""

# By how many people the share of a step is drawn to that of all steps.
_WEIGHT_OF_ALL_STEPS = 5.0
# Student's distribution at 90%, so that four in five lie between (`forecast.COVERED`), by the years
# known less one: few years make a wide interval.
_T = {1: 3.078, 2: 1.886, 3: 1.638, 4: 1.533}
_T_OF_MORE = 1.44


@dataclass(frozen=True)
class StepPeople:
    """Who stands at a step: today, and in each earlier year with how many were counted in time."""

    now: int
    stood: tuple[int, ...]
    counted: tuple[int, ...]

    @property
    def has_past(self) -> bool:
        """Whether anybody stood here in an earlier year."""
        return sum(self.stood) > 0


@dataclass(frozen=True)
class PipelineForecast:
    """Where the count will end, the share of each step that is expected, and the newcomers."""

    forecast: Forecast
    shares: tuple[float, ...]
    newcomers: float


def foretell(
    count: int, steps: Sequence[StepPeople], newcomers: Sequence[int]
) -> PipelineForecast | None:
    """Return where a count will end; None where earlier years say too little.

    `newcomers` are, by earlier year, those who were counted without having stood at any step.
    """
    years = [year for year in range(len(newcomers)) if any(step.stood[year] for step in steps)]
    counted = sum(sum(step.counted) for step in steps) + sum(newcomers)
    if len(years) < FEWEST_YEARS or counted < FEWEST_COUNTED:
        return None
    shares = _shares(steps, years)
    fresh = fmean(newcomers[year] for year in years)
    rest = sum(step.now * share for step, share in zip(steps, shares, strict=True)) + fresh
    spread = _spread(steps, newcomers, years)
    deviation = sqrt(_variance([step.now for step in steps], steps, shares, fresh, years) * spread)
    reach = _T.get(len(years) - 1, _T_OF_MORE) * deviation
    return PipelineForecast(
        Forecast(
            expected=count + round(rest),
            lower=count + max(0, round(rest - reach)),
            upper=count + round(rest + reach),
        ),
        tuple(shares),
        fresh,
    )


def _shares(steps: Sequence[StepPeople], years: Sequence[int]) -> list[float]:
    """Return which share of each step is counted in time; a rare step is drawn to all of them."""
    stood = sum(step.stood[year] for step in steps for year in years)
    counted = sum(step.counted[year] for step in steps for year in years)
    of_all = counted / stood if stood else 0.0
    return [
        (sum(step.counted[year] for year in years) + _WEIGHT_OF_ALL_STEPS * of_all)
        / (sum(step.stood[year] for year in years) + _WEIGHT_OF_ALL_STEPS)
        for step in steps
    ]


def _variance(  # noqa: PLR0917 what a variance is made of
    people: Sequence[int],
    steps: Sequence[StepPeople],
    shares: Sequence[float],
    fresh: float,
    years: Sequence[int],
) -> float:
    """Return the variance of the rest: chance, and shares that are known from few people only."""
    chance = sum(
        now * share * (1 - share) * (1 + now / (sum(step.stood[year] for year in years) + 1))
        for now, step, share in zip(people, steps, shares, strict=True)
    )
    return chance + fresh * (1 + 1 / len(years)) + 1.0


def _spread(steps: Sequence[StepPeople], newcomers: Sequence[int], years: Sequence[int]) -> float:
    """Return how much more than chance the years differ: each foretold from the others."""
    misses = []
    for year in years:
        others = [other for other in years if other != year]
        shares = _shares(steps, others)
        fresh = fmean(newcomers[other] for other in others)
        people = [step.stood[year] for step in steps]
        expected = sum(now * share for now, share in zip(people, shares, strict=True)) + fresh
        actual = sum(step.counted[year] for step in steps) + newcomers[year]
        misses.append((actual - expected) ** 2 / _variance(people, steps, shares, fresh, others))
    return max(1.0, fmean(misses))
