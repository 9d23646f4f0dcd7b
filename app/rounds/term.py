"""A term: its quota, the shares taken for its years, what is done and what remains per year."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, text

from app.core.database import db
from app.core.periods import Period
from app.quotas.commands import lock_issuers, refuse_if_any, require_acting_for
from app.quotas.rules import (
    ASSIGNED,
    OWN,
    TERM_SHARE,
    TERM_YEARS,
    BoardKey,
    Decision,
    Kind,
    Seen,
    WrittenQuota,
)
from app.quotas.stated import state_quota
from app.rollups.models import Tree
from app.rollups.queries import Span, counts
from app.rounds.rules import TermStanding, TermYear, share_problems, term_standing
from app.tenants.context import Context
from app.units.relatives import Life, life_as_json


@dataclass(frozen=True)
class Term:
    """A term of a unit for a measure. `source` says whose number its quota is.

    A unit that began inside the term also takes in, on today's tree, what it was made of.
    `choices` are the terms for which the unit has a quota; `seen` what an editor of the shares
    has before them, by year.
    """

    period: Period
    is_on_todays_tree: bool
    source: str | None
    years: tuple[TermYear, ...]
    standing: TermStanding
    choices: tuple[Period, ...]
    seen: Mapping[int, Seen]


def term_of(context: Context, unit_id: int, measure_id: int, asked: Period | None = None) -> Term:
    """Return a term of a unit: the one asked for, else the one that today lies in, else the last.

    A term is any period of more than a year for which the unit has a quota; without one it is
    the five years from congress to congress that today lies in.
    """
    rows = db.session.execute(
        _LINES, {"tenant": context.tenant_id, "unit": unit_id, "measure": measure_id}
    ).all()
    numbers = {
        (Period(row.period.lower, row.period.upper), row.source): (row.quota, row.version)
        for row in rows
    }
    choices = tuple(
        sorted({p for p, _ in numbers if not p.is_within_a_year}, key=lambda p: p.start)
    )
    period = asked or _chosen(choices, context.today)
    tree = _tree(context, unit_id, period)
    spans = [
        Span(str(year), max(date(year, 1, 1), period.start), last, tree)
        for year in period.years
        for last in (min(date(year, 12, 31), period.last_day, context.today),)
        if last >= max(date(year, 1, 1), period.start)
    ]
    counted = (
        counts(context, unit_id=unit_id, measure_id=measure_id, spans=spans) if spans else None
    )
    years = tuple(
        _year(year, numbers, counted.total(str(year)) if counted and _has(spans, year) else 0)
        for year in period.years
    )
    source = next((source for source in (ASSIGNED, OWN) if (period, source) in numbers), None)
    quota = numbers[period, source][0] if source else None
    return Term(
        period=period,
        is_on_todays_tree=tree is Tree.NOW,
        source=source,
        years=years,
        standing=term_standing(quota, years, context.today),
        choices=choices,
        seen={
            year.year: Seen(numbers.get((year.period, TERM_SHARE), (0, 0))[1], 0) for year in years
        },
    )


def take_shares(  # noqa: PLR0917 of which term, by whom seen how
    context: Context,
    key: BoardKey,
    shares: Mapping[int, int | None],
    seen: Mapping[int, Seen],
    decision: Decision,
) -> int:
    """Take the shares of a term for its years by one document; return how many years changed.

    An empty share leaves its year as it is. They add up to the term's quota, or a cause says why
    not. Conflict when a year's share was taken otherwise since the form was shown.
    """
    require_acting_for(context, key.issuer_id)
    if key.period.is_within_a_year:
        raise ValueError(f"{key.period} is no term")
    lock_issuers(context, (key.issuer_id,))
    term = term_of(context, key.issuer_id, key.measure_id, key.period)
    standing = {year.year: year.share for year in term.years}
    after = {year: shares.get(year, standing[year]) for year in standing}
    refuse_if_any(*share_problems(term.standing.quota, after, decision.cause))
    changed = [
        year for year, share in after.items() if share is not None and share != standing[year]
    ]
    for year in changed:
        state_quota(
            context,
            BoardKey(key.issuer_id, key.measure_id, _calendar(year)),
            TERM_SHARE,
            seen.get(year, Seen(0, 0)),
            WrittenQuota(Kind.COUNT, after[year]),
            decision,
        )
    return len(changed)


_LINES = text(
    """
    SELECT DISTINCT ON (d.period, d.source) d.period, d.source, l.count AS quota, d.version
    FROM quota_line l
    JOIN distribution d ON d.tenant_id = l.tenant_id AND d.id = l.distribution_id
    WHERE l.tenant_id = :tenant AND d.tenant_id = :tenant
      AND l.unit_id = :unit AND l.segment_id IS NULL
      AND d.measure_id = :measure AND d.state = 'published'
    ORDER BY d.period, d.source, d.decided_on DESC, d.version DESC
    """
)


def _tree(context: Context, unit_id: int, period: Period) -> Tree:
    values = {"tenant": context.tenant_id, "unit": unit_id}
    life = Life.of_json(db.session.execute(select(life_as_json()), values).scalar_one())
    has_begun_inside = life.began_on is not None and life.began_on > period.start
    return Tree.NOW if has_begun_inside and life.ended_on is None else Tree.THEN


def _chosen(choices: tuple[Period, ...], today: date) -> Period:
    running = [period for period in choices if period.start <= today <= period.last_day]
    if running or choices:
        return (running or choices)[-1]
    first = today.year - today.year % TERM_YEARS
    return Period(date(first, 1, 1), date(first + TERM_YEARS, 1, 1))


def _year(year: int, numbers: Mapping[tuple[Period, str], tuple[int, int]], done: int) -> TermYear:
    period = _calendar(year)
    share, assigned = (numbers.get((period, source)) for source in (TERM_SHARE, ASSIGNED))
    return TermYear(
        year=year,
        period=period,
        share=share[0] if share else None,
        assigned=assigned[0] if assigned else None,
        done=done,
    )


def _calendar(year: int) -> Period:
    return Period(date(year, 1, 1), date(year + 1, 1, 1))


def _has(spans: list[Span], year: int) -> bool:
    return any(span.name == str(year) for span in spans)
