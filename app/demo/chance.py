"""Chance that falls the same way on every run: one stream of numbers for each topic.

Streams keep a change in one part of the demonstration from reshuffling all the others.
"""

from collections.abc import Mapping
from random import Random
from typing import TypeVar

Choice = TypeVar("Choice")

_PERCENT = 100


def stream(*topic: str) -> Random:
    """Return the numbers that belong to a topic, from their beginning."""
    return Random("/".join(topic))  # noqa: S311 - invents people, protects nothing


def weighted(rng: Random, weights: Mapping[Choice, int]) -> Choice:
    """Draw one key, each as often as its weight says."""
    return rng.choices(list(weights), list(weights.values()))[0]


def happens(rng: Random, percent: int) -> bool:
    """Say yes in `percent` of 100 cases."""
    return rng.randrange(_PERCENT) < percent
