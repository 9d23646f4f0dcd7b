"""Quotas in force on a day, and what a unit holds from above."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    Integer,
    Row,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    bindparam,
    case,
    column,
    func,
    select,
    tuple_,
    values,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, Range, distinct_on
from sqlalchemy.orm import aliased

from app.core.database import db
from app.core.periods import Period
from app.core.prepared import PREPARED
from app.quotas.models import Distribution, QuotaLine
from app.quotas.rules import (
    ASSIGNED,
    DRAFT,
    OWN,
    REGISTERED,
    Base,
    BoardKey,
    Kind,
    Quota,
    count_of_percent,
)
from app.tenants.context import Context
from app.units.models import MemberCount

_MOST_LOOKED_UP = 500
"""More units than this are picked from the lines of all of them."""

DateValue = date | SQLColumnExpression[date | None] | BindParameter[date]
Published = Callable[[type[Distribution]], ColumnElement[bool]]


@dataclass(frozen=True)
class QuotaFigure:
    """A quota of a unit with the source it comes from; `count` is the whole number it means."""

    source: str
    kind: str
    count: int
    upper_count: int | None
    percent: Decimal | None
    base: str | None

    @property
    def quota(self) -> Quota:
        """The quota without its source."""
        return Quota(self.kind, self.count, self.upper_count, self.percent, self.base)


@dataclass(frozen=True)
class Holding:
    """Which unit's quota from above is asked for, as values or as columns of another table."""

    unit_id: int | SQLColumnExpression[int | None]
    measure_id: int | SQLColumnExpression[int]
    period: Range[date] | SQLColumnExpression[Range[date]]
    as_of: DateValue


def quotas_in_force(  # noqa: PLR0917 a question in full
    context: Context,
    unit_ids: Collection[int],
    measure_id: int,
    period: Period,
    as_of: date,
    segment_id: int | None = None,
) -> dict[int, tuple[QuotaFigure, ...]]:
    """Return the quotas of units on a day, assigned before own; units without any are absent.

    A percentage of current members means the members of that day; any other percentage keeps the
    number that it came to when it was published. Of two issuers that gave to one unit the one
    that decided last counts.
    """
    asked = {
        "tenant": context.tenant_id,
        "as_of": as_of,
        "segment": segment_id,
        "measure": measure_id,
        "period": as_range(period),
    }
    if len(unit_ids) <= _MOST_LOOKED_UP:
        rows = db.session.execute(_lines_in_force(), {**asked, "units": list(unit_ids)})
        return _figures(rows)
    wanted = frozenset(unit_ids)
    found = _figures(db.session.execute(_all_lines_in_force(), asked))
    return {unit_id: figures for unit_id, figures in found.items() if unit_id in wanted}


def segment_quotas_in_force(  # noqa: PLR0917 a question in full
    context: Context, unit_id: int, measure_id: int, period: Period, as_of: date
) -> dict[int, tuple[QuotaFigure, ...]]:
    """Return a unit's quotas for segments on a day, by the number of the segment."""
    asked = {
        "tenant": context.tenant_id,
        "as_of": as_of,
        "unit": unit_id,
        "measure": measure_id,
        "period": as_range(period),
    }
    return _figures(db.session.execute(_segment_lines_in_force(), asked))


def _figures(rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[int, tuple[QuotaFigure, ...]]:
    """Read lines by what each begins with; the last column is the members of the day."""
    figures: dict[int, list[QuotaFigure]] = defaultdict(list)
    for number, *line, members in rows:
        figures[number].append(_on_members(QuotaFigure(*line), members))
    return {number: tuple(found) for number, found in figures.items()}


def added_up(of_units: Iterable[tuple[QuotaFigure, ...]]) -> tuple[QuotaFigure, ...]:
    """Add quotas of several units up, each source by itself, to plain counts."""
    by_source: dict[str, list[QuotaFigure]] = defaultdict(list)
    for figures in of_units:
        for figure in figures:
            by_source[figure.source].append(figure)
    return tuple(
        found[0]
        if len(found) == 1
        else QuotaFigure(
            source, Kind.COUNT.value, sum(each.count for each in found), None, None, None
        )
        for source, found in sorted(by_source.items())
    )


def held_from_above(
    context: Context, holding: Holding, *, published: Published | None = None
) -> ScalarSelect[int]:
    """Return, in SQL, the number that a unit was assigned and that was in force on a day.

    NULL where nothing was. `published` says which distributions count as published, if others
    than those that are.
    """
    line = aliased(QuotaLine)
    return line_held(context, holding, line, published=published).scalar_subquery()


def registered_by(context: Context, holding: Holding) -> ScalarSelect[int]:
    """Return, in SQL, the number that a unit registered and that was in force on a day."""
    return line_held(context, holding, aliased(QuotaLine), source=REGISTERED).scalar_subquery()


def line_held(
    context: Context,
    holding: Holding,
    line: type[QuotaLine],
    *,
    source: str = ASSIGNED,
    published: Published | None = None,
) -> Select[int]:
    """Select the count of the one line of a unit's total that was in force on a day."""
    giver = aliased(Distribution)
    is_published = published or was_published
    return (
        select(line.count)
        .join(giver, (giver.tenant_id == line.tenant_id) & (giver.id == line.distribution_id))
        .where(
            line.tenant_id == context.tenant_id,
            giver.tenant_id == context.tenant_id,
            line.unit_id == holding.unit_id,
            line.segment_id.is_(None),
            giver.source == source,
            giver.measure_id == holding.measure_id,
            giver.period == holding.period,
            is_published(giver),
            *_none_stands_before(context.tenant_id, giver, holding.as_of, is_published),
        )
        .order_by(*_order(giver, holding.as_of))
        .limit(1)
    )


def held_on(context: Context, key: BoardKey, as_of: date) -> int | None:
    """Return what an issuer was assigned itself and what was in force on a day."""
    holding = Holding(key.issuer_id, key.measure_id, as_range(key.period), as_of)
    return db.session.execute(select(held_from_above(context, holding))).scalar_one()


def held_by(context: Context, holdings: Collection[Holding]) -> dict[int, int | None]:
    """Return what units held, each for a measure and period of its own on a day of its own."""
    asked = values(
        column("unit_id", BigInteger),
        column("measure_id", BigInteger),
        column("period", DATERANGE),
        column("as_of", Date),
        name="asked",
    ).data([(h.unit_id, h.measure_id, h.period, h.as_of) for h in holdings])
    held = held_from_above(context, Holding(*asked.c))
    rows = db.session.execute(select(asked.c.unit_id, held.label("held")))
    return {row.unit_id: row.held for row in rows}


def own_quota(context: Context, key: BoardKey) -> Quota | None:
    """Return the quota that a unit has set itself, as of today."""
    figures = quotas_in_force(context, (key.issuer_id,), key.measure_id, key.period, context.today)
    own = (figure for figure in figures.get(key.issuer_id, ()) if figure.source == OWN)
    return next((figure.quota for figure in own), None)


def was_published(distribution: type[Distribution]) -> ColumnElement[bool]:
    """Hold for every version that was ever published."""
    return distribution.state != DRAFT


def as_range(period: Period) -> Range[date]:
    """Return a period as the database keeps it."""
    return Range(period.start, period.end)


# Read by every page of figures, so put together once; its values come when it runs.
_TENANT = bindparam("tenant", type_=Integer)
_AS_OF = bindparam("as_of", type_=Date)


@cache
def _lines_in_force() -> Select[*tuple[Any, ...]]:
    """Select one line for each unit and source: of the version in force, decided last."""
    return _all_lines_in_force().where(
        QuotaLine.unit_id == func.any(bindparam("units", type_=ARRAY(BigInteger)))
    )


@cache
def _all_lines_in_force() -> Select[*tuple[Any, ...]]:
    """Select the same of every unit of the tenant.

    A list of thousands of units would be searched anew for the lines of each issuer.
    """
    return _one_line_for_each(QuotaLine.unit_id).where(
        QuotaLine.segment_id.is_not_distinct_from(bindparam("segment", type_=BigInteger))
    )


@cache
def _segment_lines_in_force() -> Select[*tuple[Any, ...]]:
    """Select one line of a unit for each segment and source, as above."""
    return _one_line_for_each(QuotaLine.segment_id).where(
        QuotaLine.unit_id == bindparam("unit", type_=BigInteger),
        QuotaLine.segment_id.is_not(None),
    )


def _one_line_for_each(
    key: SQLColumnExpression[Any],
) -> Select[*tuple[Any, ...]]:
    members_today = (
        select(MemberCount.members)
        .where(
            MemberCount.tenant_id == _TENANT,
            MemberCount.unit_id == QuotaLine.unit_id,
            MemberCount.counted_on <= _AS_OF,
        )
        .order_by(MemberCount.counted_on.desc())
        .limit(1)
        .correlate(QuotaLine)
        .scalar_subquery()
    )
    return (
        select(
            key,
            Distribution.source,
            QuotaLine.kind,
            QuotaLine.count,
            QuotaLine.upper_count,
            QuotaLine.percent,
            QuotaLine.base,
            case((QuotaLine.base == Base.CURRENT.value, members_today)),
        )
        .join(
            Distribution,
            (Distribution.tenant_id == QuotaLine.tenant_id)
            & (Distribution.id == QuotaLine.distribution_id),
        )
        .where(
            QuotaLine.tenant_id == _TENANT,
            Distribution.tenant_id == _TENANT,
            was_published(Distribution),
            Distribution.measure_id == bindparam("measure", type_=BigInteger),
            Distribution.period == bindparam("period", type_=DATERANGE),
            *_none_stands_before(_TENANT, Distribution, _AS_OF, was_published),
        )
        .ext(distinct_on(key, Distribution.source))
        .order_by(key, Distribution.source, *_order(Distribution, _AS_OF))
        .execution_options(**PREPARED)
    )


def _none_stands_before(
    tenant: int | BindParameter[int],
    distribution: type[Distribution],
    as_of: DateValue,
    published: Published,
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Hold for the version of its distribution that is in force on a day.

    Two conditions, with and without an issuer, since an index serves `=` and IS NULL but not
    IS NOT DISTINCT FROM.
    """
    other = aliased(Distribution)
    stands_before = (
        select(other.id)
        .where(
            other.tenant_id == tenant,
            other.source == distribution.source,
            other.measure_id == distribution.measure_id,
            other.period == distribution.period,
            published(other),
            tuple_(*_order(other, as_of)) < tuple_(*_order(distribution, as_of)),
        )
        .correlate_except(other)
    )
    of_same_issuer = other.issuer_id == distribution.issuer_id
    of_none = other.issuer_id.is_(None) & distribution.issuer_id.is_(None)
    return ~stands_before.where(of_same_issuer).exists(), ~stands_before.where(of_none).exists()


def _order(
    distribution: type[Distribution], as_of: DateValue
) -> tuple[ColumnElement[bool], ColumnElement[int], ColumnElement[int]]:
    """Order versions as `rules.in_force` picks them: the one in force on a day comes first."""
    is_decided = distribution.decided_on <= as_of
    return (
        ~is_decided,
        func.abs(distribution.decided_on - as_of),
        case((is_decided, -distribution.version), else_=distribution.version),
    )


def _on_members(figure: QuotaFigure, members: int | None) -> QuotaFigure:
    if members is None or figure.percent is None or figure.base != Base.CURRENT:
        return figure
    return replace(figure, count=count_of_percent(figure.percent, members))
