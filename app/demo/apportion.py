"""Sharing a whole number out by weights, exactly."""

from collections.abc import Sequence


def share(
    total: int,
    weights: Sequence[int],
    *,
    floors: Sequence[int] | None = None,
    caps: Sequence[int] | None = None,
) -> list[int]:
    """Split `total` in proportion to `weights`, by largest remainder, within floors and caps.

    Each unit of the total goes to whoever is furthest below the exact share and below the cap;
    the earlier place wins a tie. Without floors and caps that is the method of largest remainder.
    """
    parts = list(floors) if floors is not None else [0] * len(weights)
    limits = list(caps) if caps is not None else [max(total, *parts)] * len(weights)
    if sum(parts) > total or sum(limits) < total or any(map(int.__gt__, parts, limits)):
        raise ValueError(f"{total} does not fit between floors {parts} and caps {limits}")
    whole = sum(weights)
    for _ in range(total - sum(parts)):
        open_places = (place for place, limit in enumerate(limits) if parts[place] < limit)
        neediest = max(open_places, key=lambda p: total * weights[p] - parts[p] * whole)
        parts[neediest] += 1
    return parts
