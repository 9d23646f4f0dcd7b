"""Invented people: who they are, from where they live and what they live on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from app.demo.chance import happens, weighted
from app.demo.livelihoods import Livelihood, livelihoods_of
from app.demo.names import full_name
from app.demo.steps import years_later
from app.demo.tables import UnitRow

# How often people come to the Party, up to and with an age: mostly from 20 to 35.
_WEIGHT_UP_TO_AGE = ((19, 5), (24, 9), (30, 10), (35, 7), (40, 4), (50, 2), (59, 1))
_MOST_DAYS_SINCE_BIRTHDAY = 360

_LAST_AGE_OF_YOUTH = 30
_PERCENT_OF_YOUTH_IN_THE_UNION = 88

_RELIGIONS = {"Không": 965, "Công giáo": 19, "Phật giáo": 16}
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is in the procedure, as a file of cases describes people."""

    full_name: str
    date_of_birth: date
    sex: str
    ethnicity: str
    religion: str
    education: str
    qualification: str
    occupation: str
    segments: tuple[str, ...]
    introduced_by: str


def invent_person(
    rng: Random,
    cell: UnitRow,
    parent: UnitRow,
    *,
    minorities: Mapping[str, int],
    considered_on: date,
) -> Person:
    """Invent someone of a cell, of an age at which the cell may consider admitting them.

    `minorities` says how many of 100 people belong to which; the rest are Kinh.
    """
    livelihood = _livelihood(rng, cell, parent)
    age = _age(rng, livelihood)
    sex = "female" if happens(rng, livelihood.women_percent) else "male"
    ethnicity = weighted(rng, {**minorities, "Kinh": _WHOLE - sum(minorities.values())})
    education, qualification = _schooling(rng, livelihood)
    in_union = age <= _LAST_AGE_OF_YOUTH and happens(rng, _PERCENT_OF_YOUTH_IN_THE_UNION)
    birthday = years_later(considered_on, -age)
    return Person(
        full_name=full_name(rng, sex, ethnicity),
        date_of_birth=birthday - timedelta(days=rng.randint(1, _MOST_DAYS_SINCE_BIRTHDAY)),
        sex=sex,
        ethnicity=ethnicity,
        religion=weighted(rng, _RELIGIONS),
        education=education,
        qualification=qualification,
        occupation=livelihood.occupation,
        segments=(*livelihood.segments, *(["youth_union"] if in_union else [])),
        introduced_by=_introducer(rng, livelihood, sex=sex, in_union=in_union),
    )


def _livelihood(rng: Random, cell: UnitRow, parent: UnitRow) -> Livelihood:
    livelihoods, weights = zip(*livelihoods_of(cell, parent), strict=True)
    chosen: Livelihood = rng.choices(livelihoods, weights)[0]
    return chosen


def _age(rng: Random, livelihood: Livelihood) -> int:
    return rng.choices(*_weighted_ages(*livelihood.ages))[0]


@cache
def _weighted_ages(youngest: int, oldest: int) -> tuple[range, list[int]]:
    ages = range(youngest, oldest + 1)
    return ages, [next(w for up_to, w in _WEIGHT_UP_TO_AGE if age <= up_to) for age in ages]


def _schooling(rng: Random, livelihood: Livelihood) -> tuple[str, str]:
    """Draw the general schooling and the qualification, which needs upper secondary."""
    if happens(rng, livelihood.lower_secondary_percent):
        return "lower_secondary", "none"
    return "upper_secondary", weighted(rng, livelihood.qualifications)


def _introducer(rng: Random, livelihood: Livelihood, *, sex: str, in_union: bool) -> str:
    """Draw who introduces; the Women's Union introduces women, the youth union its members."""
    if in_union and happens(rng, _PERCENT_OF_YOUTH_IN_THE_UNION):
        return "youth_union"
    excluded = {"women"} if sex == "male" else set()
    if not in_union:
        excluded.add("youth_union")
    introducers = livelihood.introducers.items()
    return weighted(rng, {code: weight for code, weight in introducers if code not in excluded})
