"""Dividing a whole number among boxes in proportion to their weights, exactly.

Pure: weights, bounds and a total come in, whole numbers and the reason of each go out. There are
two steps. The exact shares are a common multiple of the weights, each cut off at its floor and its
cap, such that they add up to the total: what a bound takes from one box is borne by all others in
proportion. Largest remainder then makes them whole. Bounds are whole, so a share that a bound cut
off has no remainder and rounding never leaves the bounds; where none binds, this is plain largest
remainder.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from app.core.errors import Problem, Refused
from app.core.messages import Message, message

Weight = int | Fraction


class Why(StrEnum):
    """Why a box got its number."""

    EXACT = "exact"
    ROUNDED_UP = "rounded_up"
    ROUNDED_DOWN = "rounded_down"
    FLOOR = "floor"
    CAP = "cap"
    HELD = "held"
    NO_WEIGHT = "no_weight"


@dataclass(frozen=True)
class Claim:
    """What a box brings: a weight that is not negative, and its bounds, both kept.

    `key` tells boxes apart and settles ties, so it must not change from run to run. A box that
    holds a number keeps it, whatever its weight and bounds.
    """

    key: str
    weight: Weight
    floor: int = 0
    cap: int | None = None
    held: int | None = None


@dataclass(frozen=True)
class Share:
    """What a box gets; `exact` is its share before it was made whole."""

    key: str
    number: int
    exact: Fraction
    why: Why


class _Box(NamedTuple):
    """A claim with a whole weight and the bounds that count; no cap is None."""

    weight: int
    floor: int
    cap: int | None


def allocate(total: int, claims: Sequence[Claim]) -> tuple[Share, ...]:
    """Return the share of each claim, in their order; the numbers add up to the total.

    The same claims get the same numbers in whatever order they come. Of two boxes with equal
    bounds the one with the larger weight never gets less. Equal remainders go to the larger
    weight, then to the smaller key. Refused says in words and figures why a total cannot be
    divided.
    """
    _refuse_impossible_boxes(claims)
    boxes = _boxes(claims)
    _refuse_impossible_total(total, claims, boxes)
    level = _level(total, boxes)
    exact = [_share(box, level) for box in boxes]
    wholes = [numerator // level.denominator for numerator in exact]
    remainders = [numerator % level.denominator for numerator in exact]
    first_served = sorted(
        range(len(claims)),
        key=lambda place: (-remainders[place], -boxes[place].weight, claims[place].key),
    )
    for place in first_served[: total - sum(wholes)]:
        wholes[place] += 1
    return tuple(
        Share(
            claim.key,
            number,
            Fraction(numerator, level.denominator),
            _why(claim, box, level, is_up=number * level.denominator - numerator),
        )
        for claim, box, number, numerator in zip(claims, boxes, wholes, exact, strict=True)
    )


def _boxes(claims: Iterable[Claim]) -> list[_Box]:
    """Return the claims with whole weights, held ones between equal bounds."""
    claims = tuple(claims)
    common = lcm(*(claim.weight.denominator for claim in claims))
    return [
        _Box(
            claim.weight.numerator * (common // claim.weight.denominator),
            claim.floor if claim.held is None else claim.held,
            claim.cap if claim.held is None else claim.held,
        )
        for claim in claims
    ]


class _Level(NamedTuple):
    """How much a weight of one gets, as a fraction."""

    numerator: int
    denominator: int


class _Event(NamedTuple):
    """From which level on a box leaves its floor (`slope` > 0) or stands at its cap (< 0)."""

    level: _Level
    slope: int
    constant: int


def _level(total: int, boxes: Sequence[_Box]) -> _Level:
    """Return the level at which the shares add up to the total.

    The sum of shares rises with the level along straight pieces; `constant` + `slope` x level is
    the piece that is being walked.
    """
    constant = sum(box.floor for box in boxes)
    slope = 0
    reached = _Level(0, 1)
    for event in _events(boxes):
        reached = event.level
        if (
            constant * reached.denominator + slope * reached.numerator
            >= total * reached.denominator
        ):
            break
        constant += event.constant
        slope += event.slope
    return _Level(total - constant, slope) if slope else reached


def _events(boxes: Sequence[_Box]) -> list[_Event]:
    """Return where the sum of shares bends, lowest level first."""
    events = [
        _Event(_Level(bound, box.weight), sign * box.weight, -sign * bound)
        for box in boxes
        if box.weight and box.floor != box.cap
        for bound, sign in ((box.floor, 1), (box.cap, -1))
        if bound is not None
    ]
    # Two different fractions whose denominators are at most w lie at least 1/w² apart, so they
    # keep their order as whole multiples of something smaller; comparing those is exact and quick.
    heaviest = max((box.weight for box in boxes), default=0)
    shift = 2 * heaviest.bit_length()
    events.sort(key=lambda event: (event.level.numerator << shift) // event.level.denominator)
    return events


def _share(box: _Box, level: _Level) -> int:
    """Return the exact share of a box, as a numerator over the level's denominator."""
    share = max(box.weight * level.numerator, box.floor * level.denominator)
    return share if box.cap is None else min(share, box.cap * level.denominator)


def _why(claim: Claim, box: _Box, level: _Level, *, is_up: int) -> Why:
    """Return why a box got its number; `is_up` has the sign of what rounding added."""
    if claim.held is not None:
        return Why.HELD
    wanted = box.weight * level.numerator
    if wanted < box.floor * level.denominator:
        return Why.FLOOR
    if box.cap is not None and wanted > box.cap * level.denominator:
        return Why.CAP
    if not box.weight:
        return Why.NO_WEIGHT
    if is_up == 0:
        return Why.EXACT
    return Why.ROUNDED_UP if is_up > 0 else Why.ROUNDED_DOWN


def _refuse_impossible_boxes(claims: Sequence[Claim]) -> None:
    if len({claim.key for claim in claims}) < len(claims):
        raise ValueError("two claims have one key")
    if any(claim.weight < 0 for claim in claims):
        raise ValueError("a weight is negative")
    problems = tuple(
        Problem(
            claim.key,
            message("Sàn %(floor)s cao hơn trần %(cap)s.", floor=claim.floor, cap=claim.cap),
        )
        for claim in claims
        if claim.held is None and claim.cap is not None and claim.floor > claim.cap
    )
    if problems:
        raise Refused(message("Có ô mà sàn cao hơn trần."), problems)


def _refuse_impossible_total(total: int, claims: Sequence[Claim], boxes: Sequence[_Box]) -> None:
    least = sum(box.floor for box in boxes)
    held = sum(claim.held for claim in claims if claim.held is not None)
    if least > total:
        raise Refused(_too_little(total, held, least - held))
    # A box without weight gets its floor and nothing more.
    most = [box.cap if box.weight else box.floor for box in boxes]
    known = [number for number in most if number is not None]
    if len(known) == len(most) and sum(known) < total:
        raise Refused(_too_much(total, held, sum(known) - held, boxes))


def _too_little(total: int, held: int, floors: int) -> Message:
    if floors == 0:
        return message(
            "Các ô đã giữ cộng lại là %(held)s, quá tổng cần phân %(total)s là %(excess)s.",
            held=held,
            total=total,
            excess=held - total,
        )
    return message(
        "Không đủ để phân: các mức sàn cần %(floors)s, các ô đã giữ %(held)s, mà tổng chỉ có "
        "%(total)s; thiếu %(missing)s.",
        floors=floors,
        held=held,
        total=total,
        missing=floors + held - total,
    )


def _too_much(total: int, held: int, others: int, boxes: Sequence[_Box]) -> Message:
    if not any(box.weight for box in boxes if box.floor != box.cap):
        return message(
            "Không có gì để phân theo: trọng số của mọi ô không giữ đều bằng 0, trong khi còn "
            "%(left)s chưa phân.",
            left=total - held - others,
        )
    return message(
        "Không phân hết được: các ô không giữ nhận tối đa %(others)s, các ô đã giữ %(held)s, mà "
        "tổng là %(total)s; thừa %(left)s.",
        others=others,
        held=held,
        total=total,
        left=total - held - others,
    )
