"""What a total is divided by: figures of the children, made into weights. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from app.core.errors import Refused
from app.core.messages import Message, message


@dataclass(frozen=True)
class Reference:
    """What is known of a child. None is unknown; a count that is known to be nothing is 0.

    `last_year_quota` and `last_year_result` are of the same span a year earlier, the result of the
    whole span and on mapped units; None for a period of more than a year. `members` are those of
    the base day, `sources` those in hand today, in how many `cells` (one that is known to have no
    members is left out), `registered` what the child proposes itself, `so_far` what was counted in
    the period up to today.
    """

    last_year_quota: int | None = None
    last_year_result: int | None = None
    members: int | None = None
    sources: int = 0
    cells: int = 0
    registered: int | None = None
    so_far: int = 0


class Criterion(StrEnum):
    """By which figure of the children a total is divided."""

    MEMBERS = "members"
    LAST_RESULT = "last_result"
    LAST_QUOTA = "last_quota"
    SOURCES = "sources"
    REGISTERED = "registered"
    EQUALLY = "equally"


CRITERION_NAMES: Mapping[Criterion, Message] = {
    Criterion.MEMBERS: message("Số đảng viên"),
    Criterion.LAST_RESULT: message("Kết quả năm trước"),
    Criterion.LAST_QUOTA: message("Chỉ tiêu năm trước"),
    Criterion.SOURCES: message("Số nguồn hiện có"),
    Criterion.REGISTERED: message("Số cấp dưới đăng ký"),
    Criterion.EQUALLY: message("Chia đều"),
}

Parts = Mapping[Criterion, int]
"""In what proportion criteria are mixed, such as 2 to 1; those that are absent do not count."""


def figure(reference: Reference, criterion: Criterion) -> int | None:
    """Return what a child brings by one criterion; None where it is not known."""
    figures: Mapping[Criterion, int | None] = {
        Criterion.MEMBERS: reference.members,
        Criterion.LAST_RESULT: reference.last_year_result,
        Criterion.LAST_QUOTA: reference.last_year_quota,
        Criterion.SOURCES: reference.sources,
        Criterion.REGISTERED: reference.registered,
        Criterion.EQUALLY: 1,
    }
    return figures[criterion]


def weights(known: Sequence[Reference], parts: Parts) -> tuple[Fraction, ...]:
    """Return the weight of each child: its part of every criterion's sum, mixed.

    What is not known weighs nothing. Refused when nothing is to be divided by, or when a criterion
    of the mix is 0 for everybody.
    """
    asked = {criterion: part for criterion, part in parts.items() if part}
    if not asked:
        raise Refused(message("Hãy chọn ít nhất một căn cứ để phân."))
    sums = {criterion: grand_total(known, criterion) for criterion in asked}
    for criterion, found in sums.items():
        if known and not found:
            raise Refused(
                message(
                    "Không phân theo “%(criterion)s” được: mọi tổ chức đều là 0 hoặc chưa có số.",
                    criterion=CRITERION_NAMES[criterion],
                )
            )
    return tuple(
        sum(
            (
                Fraction(part * (figure(reference, criterion) or 0), sums[criterion])
                for criterion, part in asked.items()
            ),
            Fraction(0),
        )
        for reference in known
    )


def grand_total(known: Sequence[Reference], criterion: Criterion) -> int:
    """Return the sum of a figure over the children that it is known of."""
    return sum(figure(reference, criterion) or 0 for reference in known)


def grown(number: int, percent: Decimal) -> int:
    """Return a number that has grown by a percentage, or shrunk by a negative one, half up."""
    exact = number * (100 + percent) / 100
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
