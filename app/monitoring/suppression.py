"""Which counts of a sensitive group may be shown to who may not see people. Pure.

See docs/decisions/small-counts.md. A place is a unit in a quarter: so many people in all, so many
of them of the group. It is safe where at least LEAST are of the group and at least LEAST are not:
who can subtract the group from the total knows the others too. Of a place without anybody nothing
can be learnt.

From the top down, the children of a unit that is shown are shown all together or not at all.
Which of them stand by themselves, and which are only part of the rest, follows from the totals,
which everybody sees; so what is shown, and that something is not, tells nothing but sums of safe
places.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

LEAST = 5
"""Fewer people than this are not shown."""


@dataclass(frozen=True)
class Place:
    """How many were counted somewhere in all, and how many of them belong to the group."""

    total: int
    part: int

    def __sub__(self, other: "Place") -> "Place":
        return Place(self.total - other.total, self.part - other.part)

    def is_safe(self, least: int = LEAST) -> bool:
        """Tell whether neither the group nor the others are few."""
        return self.total == 0 or min(self.part, self.total - self.part) >= least


@dataclass(frozen=True)
class Family:
    """A unit and those children that stood under it, and nowhere else, for the whole quarter."""

    unit: Place
    children: Mapping[int, Place]


def shown_children(family: Family, least: int = LEAST) -> frozenset[int]:
    """Return which children of a unit that is shown are shown as well."""
    nobody = {number for number, place in family.children.items() if place.total == 0}
    apart = _apart(family, least)
    left = family.unit
    for number in apart:
        left -= family.children[number]
    are_safe = left.is_safe(least) and all(family.children[one].is_safe(least) for one in apart)
    return frozenset(nobody | apart) if are_safe else frozenset(nobody)


def _apart(family: Family, least: int) -> set[int]:
    """Return the children large enough to stand by themselves, told from totals alone.

    Those too small to be safe ever are the rest, together with what is of no child; where all of
    that is still too small, the smallest of the others join it.
    """
    by_size = sorted(
        (place.total, number)
        for number, place in family.children.items()
        if place.total >= 2 * least
    )
    rest = family.unit.total - sum(total for total, _ in by_size)
    while by_size and 0 < rest < 2 * least:
        total, _ = by_size.pop(0)
        rest += total
    return {number for _, number in by_size}


def is_shown(way: Sequence[int], families: Mapping[int, Family], least: int = LEAST) -> bool:
    """Tell whether the last unit of a way from the top is shown in a quarter.

    `families` holds those of all units of the way, but for the last one that of the top alone is
    needed.
    """
    top = families.get(way[0])
    if top is None or not top.unit.is_safe(least):
        return False
    return all(
        above in families and below in shown_children(families[above], least)
        for above, below in pairwise(way)
    )
