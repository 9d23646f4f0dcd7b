"""P10: dividing one total over 2,000 units with floors, caps and holds.

Stands by itself, without servers: `python benchmarks/allocation.py`.
"""

import random
import statistics
import sys
import time
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.quotas.allocation import Claim, Why, allocate

UNITS = 2_000
ROUNDS = 30


def dividing() -> None:
    """Measure a mixed board, and one made so that every box meets its bounds one by one."""
    print(f"\nP10 allocating over {UNITS} units, ms")
    print(f"    {'board':<34} {'median':>8} {'worst':>8} {'bounds that bind':>18}")
    for name, total, claims in (
        ("mixed weights, floors, caps, holds", 15_000, _mixed()),
        ("every level bends at another box", 2_500_000, _bending()),
    ):
        times = []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            shares = allocate(total, claims)
            times.append((time.perf_counter() - begun) * 1000)
        exact = sum(share.number for share in shares) == total
        binding = sum(share.why in {Why.FLOOR, Why.CAP} for share in shares)
        print(
            f"    {name:<34} {statistics.median(times):8.1f} {max(times):8.1f} {binding:18}"
            f"{'' if exact else '  NOT EXACT'}"
        )


def _mixed() -> list[Claim]:
    """Weights as a mix of two criteria has them: fractions of two sums."""
    chance = random.Random(1)
    return [
        Claim(
            key=f"U{number:04}",
            weight=Fraction(chance.randint(0, 900), 97_001) + Fraction(chance.randint(0, 9), 7_919),
            floor=chance.choice((0, 0, 1, 3)),
            cap=chance.choice((None, None, 15, 40)),
            held=chance.choice((None,) * 9 + (7,)),
        )
        for number in range(UNITS)
    ]


def _bending() -> list[Claim]:
    return [
        Claim(f"U{number:04}", weight=number, floor=UNITS - number, cap=2 * UNITS - number)
        for number in range(1, UNITS)
    ]


if __name__ == "__main__":
    dividing()
