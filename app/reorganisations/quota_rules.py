"""Quotas after a reorganisation: lines follow their units, issuers take over distributions. Pure.

Lines of merged units are added, lines of split ones shared by weights, exactly; what closed units
were given and did not pass on goes back into the reserve above. See DESIGN.md, section 7,
'Quotas after it'.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.core.periods import Period
from app.quotas.rules import ASSIGNED, DistributionKey, Kind, Line, Quota

Box = tuple[int, int | None]
"""A unit and a segment."""


@dataclass(frozen=True)
class Portion:
    """An heir of a unit, and the weight by which it takes a share of the unit's numbers."""

    heir_id: int
    weight: int


@dataclass(frozen=True)
class Flow:
    """Who takes over from whom, by the numbers of units.

    `portions` names units that end or give parts away; nobody takes over from a closed one, which
    has no portions, but `receivers` says who stands where it stood. `parents_before` and
    `parents_after` are those of the units that stand then.
    """

    portions: Mapping[int, tuple[Portion, ...]]
    receivers: Mapping[int, int | None]
    parents_before: Mapping[int, int | None]
    parents_after: Mapping[int, int | None]

    def portions_of(self, unit_id: int) -> tuple[Portion, ...]:
        """Return who takes over from a unit; itself where it goes on whole."""
        return self.portions.get(unit_id, (Portion(unit_id, 1),))

    def issuer_after(self, issuer_id: int | None, unit_id: int, heir_id: int) -> int | None:
        """Return who gives an heir what an issuer gave to a unit."""
        if issuer_id == self.parents_before.get(unit_id, issuer_id):
            return self.parents_after.get(heir_id)
        return self.receivers.get(issuer_id, issuer_id) if issuer_id is not None else None


@dataclass(frozen=True)
class Standing:
    """A published version: of which distribution, with which lines, what was held and kept."""

    key: DistributionKey
    decided_on: date
    assigned: int | None
    reserve: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Succeeding:
    """A version that comes about: its lines, what its issuer holds and what it keeps."""

    key: DistributionKey
    decided_on: date
    assigned: int | None
    reserve: int
    lines: tuple[Line, ...]


def shares(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share a number by weights in whole parts that add up to it: largest remainders, first first.

    Without any weight the first takes all.
    """
    whole = sum(weights)
    if not whole:
        return (total, *(0 for _ in weights[1:]))
    floors = [total * weight // whole for weight in weights]
    rest = total - sum(floors)
    by_remainder = sorted(
        range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place)
    )
    extra = set(by_remainder[:rest])
    return tuple(floor + (place in extra) for place, floor in enumerate(floors))


def versions_after(standing: Iterable[Standing], flow: Flow) -> tuple[Succeeding, ...]:
    """Return the versions that a reorganisation brings about; what stays as it is has none."""
    boards: dict[tuple[int, Period], list[Standing]] = defaultdict(list)
    stated: dict[tuple[str, int, Period], list[Standing]] = defaultdict(list)
    for version in standing:
        key = version.key
        if key.source == ASSIGNED:
            boards[key.measure_id, key.period].append(version)
        else:
            stated[key.source, key.measure_id, key.period].append(version)
    return (
        *(found for versions in boards.values() for found in _boards_after(versions, flow)),
        *(found for versions in stated.values() for found in _stated_after(versions, flow)),
    )


def merged(quotas: Sequence[Quota]) -> Quota:
    """Add quotas up; what they agree on stays, of different kinds a plain count is left."""
    if len(quotas) == 1:
        return quotas[0]
    count = sum(quota.count for quota in quotas)
    first = quotas[0]
    if all(
        (each.kind, each.percent, each.base) == (first.kind, first.percent, first.base)
        for each in quotas
    ):
        uppers = [quota.upper_count for quota in quotas]
        upper = None if None in uppers else sum(each or 0 for each in uppers)
        return Quota(first.kind, count, upper, first.percent, first.base)
    return Quota(Kind.COUNT.value, count)


def _portion(quota: Quota, place: int, weights: Sequence[int]) -> Quota:
    """Return one heir's part of a quota; a percentage stays one, of the heir's own members."""
    upper = quota.upper_count
    return replace(
        quota,
        count=shares(quota.count, weights)[place],
        upper_count=None if upper is None else shares(upper, weights)[place],
    )


def _passed_on(lines: Iterable[Line], flow: Flow) -> Iterable[tuple[Line, int, Quota]]:
    """Yield for each line who takes it over, and how much of it."""
    for line in lines:
        portions = flow.portions_of(line.unit_id)
        weights = [portion.weight for portion in portions]
        for place, portion in enumerate(portions):
            quota = line.quota if len(portions) == 1 else _portion(line.quota, place, weights)
            if quota.count or len(portions) == 1 or portion.weight:
                yield line, portion.heir_id, quota


def _boards_after(versions: Sequence[Standing], flow: Flow) -> Iterable[Succeeding]:
    """Work out the distributions of one measure and period."""
    taken: dict[int | None, dict[Box, list[Quota]]] = defaultdict(lambda: defaultdict(list))
    days: dict[int | None, list[date]] = defaultdict(list)
    for version in versions:
        for line, heir_id, quota in _passed_on(version.lines, flow):
            issuer = flow.issuer_after(version.key.issuer_id, line.unit_id, heir_id)
            taken[issuer][heir_id, line.segment_id].append(quota)
            days[issuer].append(version.decided_on)
    lines = {issuer: _lines(boxes) for issuer, boxes in taken.items()}
    held = {
        line.unit_id: line.quota.count
        for given in lines.values()
        for line in given
        if line.segment_id is None
    }
    before = {version.key.issuer_id: version for version in versions}
    predecessors = _predecessors(before, flow)
    heirs = {portion.heir_id for portions in flow.portions.values() for portion in portions}
    for issuer in {**predecessors, **lines}:
        own = before.get(issuer)
        if issuer is not None and issuer not in flow.parents_after:
            continue
        given = lines.get(issuer, ())
        taken_over = predecessors.get(issuer, [])
        is_same = own is not None and _same(own.lines, given) and taken_over == [own]
        if is_same and issuer not in heirs:
            continue
        distributed = sum(line.quota.count for line in given if line.segment_id is None)
        assigned = _assigned(issuer, held.get(issuer or 0), distributed, taken_over)
        yield Succeeding(
            key=replace(versions[0].key, issuer_id=issuer),
            decided_on=max([*days[issuer], *(each.decided_on for each in taken_over)]),
            assigned=assigned,
            reserve=assigned - distributed if issuer is not None else 0,
            lines=given,
        )


def _assigned(
    issuer: int | None, held: int | None, distributed: int, taken_over: Iterable[Standing]
) -> int:
    """Return what an issuer has to give: what it holds, else what it gives and its reserves."""
    if issuer is None:
        return distributed
    if held is not None:
        return held
    return distributed + sum(version.reserve for version in taken_over)


def _predecessors(
    before: Mapping[int | None, Standing], flow: Flow
) -> dict[int | None, list[Standing]]:
    """Gather the distributions that an issuer takes over: its own, those of ended units."""
    found: dict[int | None, list[Standing]] = defaultdict(list)
    for issuer, version in before.items():
        after = issuer if issuer is None else flow.receivers.get(issuer, issuer)
        found[after].append(version)
    return found


def _stated_after(versions: Sequence[Standing], flow: Flow) -> Iterable[Succeeding]:
    """Work out what units state for themselves: heirs state what their predecessors did."""
    taken: dict[int, dict[Box, list[Quota]]] = defaultdict(lambda: defaultdict(list))
    days: dict[int, list[date]] = defaultdict(list)
    before = {version.key.issuer_id: version for version in versions}
    for version in versions:
        for line, heir_id, quota in _passed_on(version.lines, flow):
            taken[heir_id][heir_id, line.segment_id].append(quota)
            days[heir_id].append(version.decided_on)
    for issuer, boxes in taken.items():
        lines = _lines(boxes)
        own = before.get(issuer)
        if own is None or not _same(own.lines, lines):
            key = replace(versions[0].key, issuer_id=issuer)
            yield Succeeding(key, max(days[issuer]), None, 0, lines)


def _lines(boxes: Mapping[Box, Sequence[Quota]]) -> tuple[Line, ...]:
    return tuple(
        Line(unit_id, segment_id, merged(quotas)) for (unit_id, segment_id), quotas in boxes.items()
    )


def _same(some: Iterable[Line], others: Iterable[Line]) -> bool:
    return frozenset(some) == frozenset(others)
