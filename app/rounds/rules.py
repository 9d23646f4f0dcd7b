"""Due days of a round, what a transfer does to a distribution, and the years of a term."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.core.errors import Problem, Refused, refused_at
from app.core.messages import message
from app.core.periods import Period
from app.quotas.rules import Kind, Line, Quota

PROPOSED = "proposed"
AGREED = "agreed"
DONE = "done"
DECLINED = "declined"
"""The states of a transfer."""

_MOVABLE = (Kind.COUNT.value, Kind.MINIMUM.value)


@dataclass(frozen=True)
class Dues:
    """Until when a round asks for surveys, registrations and commitments, each day included."""

    survey_on: date
    registration_on: date
    commitment_on: date


@dataclass(frozen=True)
class TermYear:
    """A year of a term: the share taken for it, what was assigned, and what has been done."""

    year: int
    period: Period
    share: int | None
    assigned: int | None
    done: int


@dataclass(frozen=True)
class TermStanding:
    """How far a term has come. `per_year` is what is left for each year from `from_year` on."""

    quota: int | None
    done: int
    left: int | None
    from_year: int | None
    per_year: Mapping[int, int]


def due_problems(dues: Dues, today: date) -> tuple[Problem, ...]:
    """Return what is wrong with the days of a round: they follow each other, from today on."""
    problems = []
    if dues.survey_on < today:
        problems.append(Problem("survey_due_on", message("Hạn này đã qua.")))
    if dues.registration_on < dues.survey_on:
        problems.append(
            Problem("registration_due_on", message("Hạn đăng ký trước hạn khảo sát nguồn."))
        )
    if dues.commitment_on < dues.registration_on:
        problems.append(
            Problem("commitment_due_on", message("Hạn ký cam kết trước hạn đăng ký chỉ tiêu."))
        )
    return tuple(problems)


def moved(lines: Sequence[Line], giver_id: int, taker_id: int, count: int) -> tuple[Line, ...]:
    """Return the lines after one unit gave part of its total to another; the sum stays.

    A side whose quota is a range or a percentage is refused: what is left of one is a decision.
    A unit without a quota receives a count.
    """
    totals = {line.unit_id: line for line in lines if line.segment_id is None}
    giver, taker = totals.get(giver_id), totals.get(taker_id)
    if giver is None:
        raise refused_at("count", message("Bên giao chưa được giao chỉ tiêu này."))
    if taker is None:
        taker = Line(taker_id, None, Quota(Kind.COUNT.value, 0))
    if any(side.quota.kind not in _MOVABLE for side in (giver, taker)):
        raise Refused(
            message("Chỉ tiêu theo khoảng hoặc tỷ lệ không điều chuyển được; hãy giao lại.")
        )
    if giver.quota.count < count:
        raise refused_at(
            "count",
            message("Bên giao chỉ có %(quota)s để chuyển.", quota=giver.quota.count),
        )
    changed = {giver_id: _raised(giver, -count), taker_id: _raised(taker, count)}
    kept = (line for line in lines if line.segment_id is not None or line.unit_id not in changed)
    return (*changed.values(), *kept)


def below_attained_problems(
    remaining: int, attained: int, because: str | None
) -> tuple[Problem, ...]:
    """Return what keeps a giver from going below what it has already attained: a reason."""
    if remaining >= attained or because:
        return ()
    return (
        Problem(
            "below_attained_because",
            message("Chỉ tiêu còn lại thấp hơn kết quả đã đạt, nên phải ghi lý do."),
        ),
    )


def spread(total: int, years: Sequence[int]) -> dict[int, int]:
    """Share a number evenly over years, exactly; what does not divide goes to the first ones."""
    each, rest = divmod(total, len(years)) if years else (0, 0)
    return {year: each + (place < rest) for place, year in enumerate(years)}


def term_standing(quota: int | None, years: Sequence[TermYear], today: date) -> TermStanding:
    """Weigh what a term asks for against what is done; this year counts as one that is left.

    What is done this year is taken off what is left, so the shares are of what still has to come.
    """
    done = sum(year.done for year in years)
    ahead = [year.year for year in years if year.year >= today.year]
    left = None if quota is None else max(quota - done, 0)
    return TermStanding(
        quota=quota,
        done=done,
        left=left,
        from_year=ahead[0] if ahead else None,
        per_year={} if left is None else spread(left, ahead),
    )


def suggested_shares(quota: int | None, years: Sequence[TermYear], today: date) -> dict[int, int]:
    """Return the shares to propose: past years what was done in them, the rest spread evenly."""
    past = {year.year: year.done for year in years if year.year < today.year}
    ahead = [year.year for year in years if year.year >= today.year]
    if quota is None:
        return {}
    return past | spread(max(quota - sum(past.values()), 0), ahead)


def share_problems(
    quota: int | None, shares: Mapping[int, int | None], cause: str | None
) -> tuple[Problem, ...]:
    """Return what keeps shares of a term from being taken: another sum than its quota says why."""
    taken = sum(share for share in shares.values() if share is not None)
    if quota is None:
        return (Problem("", message("Chưa có chỉ tiêu của nhiệm kỳ để chia theo năm.")),)
    if taken == quota or cause:
        return ()
    return (
        Problem(
            "cause",
            message(
                "Các năm cộng lại là %(taken)s, chỉ tiêu nhiệm kỳ là %(quota)s: phải ghi lý do.",
                taken=taken,
                quota=quota,
            ),
        ),
    )


def _raised(line: Line, by: int) -> Line:
    return replace(line, quota=replace(line.quota, count=line.quota.count + by))
