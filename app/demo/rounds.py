"""Rounds of the demonstration: this year's, finished, and next year's, under way.

They go through the same commands that committees use, each on the day on which it would have been
done, so nothing of the finished round waits for anybody and nothing of the other one is late.
"""

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from app.core.periods import Period, parse_period
from app.demo.chance import happens, stream
from app.demo.names import full_name
from app.measures.queries import MeasureRow, measure_by_code
from app.quotas.in_force import quotas_in_force
from app.quotas.queries import versions
from app.quotas.rules import ASSIGNED, BoardKey, Seen
from app.rounds.commands import Answer, Signature, answer_round, open_round, sign_commitment
from app.rounds.queries import round_of
from app.rounds.rules import Dues
from app.tenants.context import Context
from app.units.below import children
from app.units.rows import UnitRow

_PERCENT_THAT_ANSWERED = 60
# What a unit proposes, in percent of what it is given; and how many sources it has found for it.
_PROPOSED = (85, 104)
_FOUND = (108, 140)

CAUSES = (
    "Nguồn quần chúng ưu tú đã rà soát đến từng chi bộ",
    "Nguồn từ học sinh lớp 12 và đoàn viên thôn, tổ dân phố",
    "Kết quả khảo sát nguồn và số người đã học lớp nhận thức về Đảng",
)
NOTE = "Ưu tiên nguồn ở thôn, tổ dân phố và doanh nghiệp ngoài khu vực nhà nước."
_TITLES = ("Bí thư", "Phó Bí thư Thường trực")


@dataclass(frozen=True)
class _Calendar:
    """On which days a round was held."""

    opened_on: date
    dues: Dues
    signed_on: date


def hold_rounds(context: Context, issuer: UnitRow) -> None:
    """Hold the rounds of admissions of this year and the next one among the children of a unit."""
    measure = measure_by_code(context, "admission")
    this_year, next_year = context.today.year, context.today.year + 1
    _hold(context, issuer, measure, this_year)
    for unit in _answering(context, issuer, measure, next_year):
        given = _given(context, unit, measure, parse_period(str(this_year)))
        _answer(context, issuer, unit, measure, next_year, given)


def _hold(context: Context, issuer: UnitRow, measure: MeasureRow, year: int) -> None:
    """Hold a round from its opening to the last commitment."""
    period = parse_period(str(year))
    key = BoardKey(issuer.id, measure.id, period)
    calendar = _calendar(year)
    open_round(replace(context, today=calendar.opened_on), key, calendar.dues, NOTE)
    version = versions(context, key).latest
    signing = replace(context, today=calendar.signed_on)
    for unit in _below(context, issuer, period):
        given = _given(context, unit, measure, period)
        _answer(replace(context, today=calendar.dues.survey_on), issuer, unit, measure, year, given)
        if version is not None and given is not None:
            sign_commitment(signing, unit.id, key, version.version, _signature(signing, unit))


def _answering(context: Context, issuer: UnitRow, measure: MeasureRow, year: int) -> list[UnitRow]:
    """Open next year's round a week ago; return who has answered it by now."""
    period = parse_period(str(year))
    calendar = _calendar(year)
    opening = replace(context, today=min(calendar.opened_on, context.today))
    open_round(opening, BoardKey(issuer.id, measure.id, period), calendar.dues, NOTE)
    return [
        unit
        for unit in _below(context, issuer, period)
        if happens(stream(context.tenant_code, "answers", unit.code), _PERCENT_THAT_ANSWERED)
    ]


def _answer(  # noqa: PLR0917 who answers what, with what in mind
    context: Context,
    issuer: UnitRow,
    unit: UnitRow,
    measure: MeasureRow,
    year: int,
    given: int | None,
) -> None:
    found = round_of(context, BoardKey(issuer.id, measure.id, parse_period(str(year))))
    if found is None:
        raise ValueError("a round is answered after it was opened")
    rng = stream(context.tenant_code, "registration", str(year), unit.code)
    proposed = _part(rng, given or 0, _PROPOSED)
    answer = Answer(_part(rng, proposed, _FOUND), proposed, rng.choice(CAUSES))
    answer_round(context, unit.id, found, Seen(0, 0), answer)


def _signature(context: Context, unit: UnitRow) -> Signature:
    rng = stream(context.tenant_code, "signatory", unit.code)
    name = full_name(rng, rng.choice(("female", "male")), "Kinh")
    return Signature(name, rng.choice(_TITLES), context.today)


def _calendar(year: int) -> _Calendar:
    """Return the days of a round: it opens in October before the year and ends in January."""
    return _Calendar(
        opened_on=date(year - 1, 10, 24),
        dues=Dues(date(year - 1, 11, 20), date(year - 1, 11, 30), date(year, 1, 20)),
        signed_on=date(year, 1, 12),
    )


def _below(context: Context, issuer: UnitRow, period: Period) -> tuple[UnitRow, ...]:
    return children(context, issuer.id, period.start, period.last_day)


def _given(context: Context, unit: UnitRow, measure: MeasureRow, period: Period) -> int | None:
    figures = quotas_in_force(context, (unit.id,), measure.id, period, context.today)
    return next((f.count for f in figures.get(unit.id, ()) if f.source == ASSIGNED), None)


def _part(rng: Random, number: int, percent: tuple[int, int]) -> int:
    return number * rng.randint(*percent) // 100
