"""Where a count will end: the unit's own seasons, and what they say of the rest of the period.

Admissions cluster around Party holidays and the year's end, so an even pace misleads in spring and
in autumn alike. The last three years say which share of a year's people a unit has usually counted
by a date. The rest of this year is estimated from what it has counted so far and from those years
together: the fewer people counted yet, the more the earlier years weigh (a gamma prior on the
year's number, whose predictive distribution for the rest is negative binomial).

Estimates are floating point; nothing that is counted or shown as a result is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

PAST_YEARS = 3
"""How many earlier years seasons are told from."""

FEWEST_PEOPLE = 30
"""Of fewer people in the earlier years together no season can be told."""

COVERED = 0.8
"""How often the number at the end shall lie between the lower and the upper one."""

# By how many people counted in a usual year the earlier years weigh against this one.
_WEIGHT_OF_PAST = 10.0
# By how many people the share of a single year is drawn to that of all years.
_WEIGHT_OF_ALL_YEARS = 10.0
# From here on a negative binomial distribution is as good as normal.
_LARGE_MEAN = 30.0
_UPPER = 1 - (1 - COVERED) / 2


@dataclass(frozen=True)
class PastYear:
    """What a unit counted in an earlier year: up to the same day, and in the whole of it."""

    until_then: float
    whole: int


@dataclass(frozen=True)
class Forecast:
    """How many people a unit will have counted at the end, and between which numbers."""

    expected: int
    lower: int
    upper: int


def usual_share(past: Sequence[PastYear]) -> float | None:
    """Return the share (0 to 1) of a year's people usually counted by now; None when unknown.

    It takes all of the past years, each with somebody in it.
    """
    whole = sum(year.whole for year in past)
    if len(past) < PAST_YEARS or whole < FEWEST_PEOPLE or not all(year.whole for year in past):
        return None
    return sum(year.until_then for year in past) / whole


def seasonal_pace(quota: int, share: float) -> int:
    """Return how many of a quota are usually reached by now, in whole people."""
    return round(quota * share)


def forecast(count: int, past: Sequence[PastYear]) -> Forecast | None:
    """Return where a count will end; None where the past years say too little.

    The lower number is that of the year that had least left by now, the upper that of the year
    that had most, each with the chance of small numbers.
    """
    share = usual_share(past)
    if share is None:
        return None
    usual = sum(year.whole for year in past) / len(past)
    shares = [
        (year.until_then + _WEIGHT_OF_ALL_YEARS * share) / (year.whole + _WEIGHT_OF_ALL_YEARS)
        for year in past
    ]
    expected = count + round(_rest(count, usual, share).mean)
    return Forecast(
        expected=expected,
        lower=min(expected, count + _rest(count, usual, max(shares)).quantile(1 - _UPPER)),
        upper=max(expected, count + _rest(count, usual, min(shares)).quantile(_UPPER)),
    )


@dataclass(frozen=True)
class _Rest:
    """The negative binomial distribution of what is still to be counted."""

    successes: float
    chance: float

    @property
    def mean(self) -> float:
        """The expected number of people."""
        return self.successes * (1 - self.chance) / self.chance

    def quantile(self, level: float) -> int:
        """Return the least number not exceeded with a probability of `level`."""
        if self.mean > _LARGE_MEAN:
            deviation = sqrt(self.mean / self.chance)
            return max(0, round(NormalDist(self.mean, deviation).inv_cdf(level)))
        people, probability = 0, self.chance**self.successes
        reached = probability
        while reached < level:
            probability *= (people + self.successes) / (people + 1) * (1 - self.chance)
            people += 1
            reached += probability
        return people


def _rest(count: int, usual: float, share: float) -> _Rest:
    """Return what is still to come after `count` people, of a year with usually so many."""
    prior = _WEIGHT_OF_PAST / usual
    return _Rest(
        successes=_WEIGHT_OF_PAST + count,
        chance=min((prior + share) / (prior + 1), 1.0),
    )
