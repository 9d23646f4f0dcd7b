"""The attainment page: the report's figures arranged for the reader, with the address of each."""

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import url_for

from app.cases.rules import StepKind
from app.core.messages import Message
from app.core.numbers import percentage
from app.core.periods import Period
from app.monitoring.asking import Asked
from app.monitoring.forecast import (
    Forecast,
    PastYear,
    forecast,
    seasonal_pace,
    usual_share,
)
from app.monitoring.links import child_url, last_year_url, people_url
from app.monitoring.queries import (
    LAST_YEAR_THEN,
    PAST,
    THIS_YEAR,
    Attainment,
    AttainmentReport,
    year_before,
)
from app.monitoring.rules import (
    CHILDREN_AS_THEY_STOOD,
    Quarter,
    Standing,
    against_pace,
    against_quarter,
    counting_rule,
    life_words,
    mapped_words,
    pace,
    pace_percent,
    quarters,
    sentence,
    start_words,
)
from app.procedure.starts import last_days
from app.quotas.in_force import QuotaFigure
from app.quotas.pages import quota_text
from app.quotas.rules import source_in_words
from app.rollups.models import Tree
from app.web.charts import (
    CumulativeChart,
    MonthFigure,
    ProgressBar,
    cumulative_chart,
    progress_bar,
)
from app.web.formats import NOTHING
from app.web.i18n import render_message
from app.web.languages import gettext

LONGEST_CHART_MONTHS = 72

ORDERS = ("gap", "name", "quota", "count", "percent", "last_year")
"""By what the children can be sorted; the first is how they stand unless asked otherwise."""


@dataclass(frozen=True)
class ChildRow:
    """One child as a row: its figures, its bar, and how many it is behind an even pace.

    `code` tells children of one name apart, as cells of communes that became one are.
    """

    attainment: Attainment
    code: str | None
    url: str | None
    bar: ProgressBar
    behind: int | None
    behind_text: str
    is_behind: bool
    people_url: str | None
    last_year_url: str | None


@dataclass(frozen=True)
class AttainedQuota:
    """One of a unit's quotas with the count's percentage of it."""

    source: str
    figure: QuotaFigure
    words: str
    percent: Decimal | None
    missing: int
    is_rated: bool


@dataclass(frozen=True)
class Column:
    """A column's head; one with an address sorts the table by it."""

    label: str
    is_number: bool = False
    url: str | None = None
    sorted: str | None = None
    width: str | None = None


@dataclass(frozen=True)
class QuarterRow:
    """A quarter with how the unit stands at its end, in words."""

    quarter: Quarter
    standing: str
    people_url: str | None


@dataclass(frozen=True)
class AttainmentPage:
    """What the template shows."""

    report: AttainmentReport
    people_url: str | None
    last_year_url: str | None
    standing: str
    remarks: tuple[str, ...]
    counting_rule: str
    quotas: tuple[AttainedQuota, ...]
    rated_source: str | None
    pace: int | None
    forecast: Forecast | None
    chart: CumulativeChart | None
    quarters: tuple[QuarterRow, ...]
    columns: tuple[Column, ...]
    children: tuple[ChildRow, ...]


def attainment_page(report: AttainmentReport, about: Asked, order: str) -> AttainmentPage:
    """Arrange a report on what was asked."""
    address = about.address
    quota = report.unit.quota
    paced = None if quota is None else pace(quota, report.period, report.as_of)
    past = past_years(report)
    share = usual_share(past)
    standing = Standing(
        count=report.unit.count,
        quota=quota,
        percent=report.unit.percent,
        mapped_count=report.mapped_count,
        last_year=report.unit.last_year,
        year_before=None if report.last_year_as_of is None else report.last_year_as_of.year,
        behind=None if paced is None else paced - report.unit.count,
        behind_season=(
            None
            if quota is None or share is None
            else seasonal_pace(quota, share) - report.unit.count
        ),
    )
    names = Counter(child.unit.name for child in report.children)
    rows = [
        _child_row(child, report, address, is_alone=names[child.unit.name] == 1)
        for child in report.children
    ]
    return AttainmentPage(
        report=report,
        people_url=people_url(report.unit.unit, report),
        last_year_url=last_year_url(report.unit.unit, report),
        standing=", ".join(render_message(clause) for clause in sentence(standing)) + ".",
        remarks=tuple(render_message(remark) for remark in _remarks(report, about)),
        counting_rule=render_message(counting_rule(report.measure.counted_step)),
        quotas=attained_quotas(report.unit),
        rated_source=_rated_source(report.unit),
        pace=paced,
        forecast=forecast(report.unit.count, past) if is_running(report) else None,
        chart=_chart(report),
        quarters=_quarters(report),
        columns=_columns(report, address, order),
        children=tuple(sorted(rows, key=_SORT_KEYS[order])),
    )


def _stood(about: Asked, on: date | None) -> bool:
    """Tell whether the unit had begun by a day."""
    began_on = about.life.began_on
    return began_on is None or on is None or began_on <= on


def _remarks(report: AttainmentReport, about: Asked) -> Iterator[Message]:
    """Say what the figures stand on, and by when one must begin to be counted in the period."""
    then = report.counts.total(LAST_YEAR_THEN) if report.last_year_as_of else None
    yield from mapped_words(
        count=report.unit.count,
        mapped_count=report.mapped_count,
        is_today=report.tree is Tree.NOW,
        last_year=report.unit.last_year,
        last_year_then=then,
        stood_last_year=_stood(about, report.last_year_as_of),
    )
    if report.tree is Tree.THEN:
        yield from life_words(about.life, report.period.start, report.as_of)
    if report.last_year_as_of and any(
        year_before(report.unit.unit, child.unit, about.question) == LAST_YEAR_THEN
        for child in report.children
    ):
        yield CHILDREN_AS_THEY_STOOD
    if about.today <= report.period.last_day:
        counted = StepKind(report.measure.counted_step)
        yield from start_words(
            last_days(counted, report.period.last_day, about.law), about.question.as_of
        )


def _rated_source(unit: Attainment) -> str | None:
    return render_message(source_in_words(unit.rated.source)) if unit.rated else None


def attained_quotas(unit: Attainment) -> tuple[AttainedQuota, ...]:
    """Return a unit's quotas from every source, each with what is done of it."""
    return tuple(_attained_quota(figure, unit) for figure in unit.quotas)


def _attained_quota(figure: QuotaFigure, unit: Attainment) -> AttainedQuota:
    return AttainedQuota(
        source=_capitalised(render_message(source_in_words(figure.source))),
        figure=figure,
        words=quota_text(figure.quota),
        percent=percentage(unit.count, figure.count),
        missing=max(figure.count - unit.count, 0),
        is_rated=figure is unit.rated,
    )


def _capitalised(words: str) -> str:
    return words[:1].upper() + words[1:]


def _columns(
    report: AttainmentReport, address: Mapping[str, Any], order: str
) -> tuple[Column, ...]:
    def head(name: str, label: str) -> Column:
        return Column(
            label=label,
            is_number=name != "name",
            url=url_for(
                "monitoring.attainment", unit_id=report.unit.unit.id, **address, order=name
            ),
            sorted=_DIRECTIONS.get(name, "descending") if name == order else None,
        )

    return (
        head("name", gettext("Tổ chức")),
        head("quota", gettext("Chỉ tiêu")),
        head("count", gettext("Đã thực hiện")),
        head("percent", gettext("Tỷ lệ")),
        Column(gettext("Tiến độ"), width="bar"),
        head("gap", gettext("So với tiến độ")),
        head("last_year", gettext("Cùng kỳ")),
    )


_DIRECTIONS = {"name": "ascending"}


def _child_row(
    child: Attainment, report: AttainmentReport, address: Mapping[str, Any], *, is_alone: bool
) -> ChildRow:
    quota = child.quota
    behind = None if quota is None else pace(quota, report.period, report.as_of) - child.count
    words = against_pace(behind)
    return ChildRow(
        attainment=child,
        code=None if is_alone else child.unit.code,
        url=child_url(child.unit, address),
        bar=progress_bar(
            child.percent,
            pace_percent(report.period, report.as_of) if quota else None,
        ),
        behind=behind,
        behind_text=NOTHING if words is None else render_message(words),
        is_behind=behind is not None and behind > 0,
        people_url=people_url(child.unit, report, report.unit.unit) if child.count else None,
        last_year_url=(
            last_year_url(child.unit, report, report.unit.unit) if child.last_year else None
        ),
    )


def descending(value: int | Decimal | None) -> tuple[bool, int | Decimal]:
    """Sort the greatest first and what has no figure last."""
    return (value is None, -(value or 0))


_SORT_KEYS: dict[str, Callable[[ChildRow], Any]] = {
    "gap": lambda row: (*descending(row.behind), row.attainment.unit.sort_key),
    "name": lambda row: row.attainment.unit.sort_key,
    "quota": lambda row: (*descending(row.attainment.quota), row.attainment.unit.sort_key),
    "count": lambda row: (*descending(row.attainment.count), row.attainment.unit.sort_key),
    "percent": lambda row: (*descending(row.attainment.percent), row.attainment.unit.sort_key),
    "last_year": lambda row: (*descending(row.attainment.last_year), row.attainment.unit.sort_key),
}


def _chart(report: AttainmentReport) -> CumulativeChart | None:
    """Draw the running total; none for a period that cuts months, is too long or has not begun."""
    if not is_chartable(report.period, report.as_of):
        return None
    months = list(months_of(report.period))
    return cumulative_chart(list(_running_totals(report, months)), report.unit.quota, report.as_of)


def is_chartable(period: Period, as_of: date) -> bool:
    """Tell whether a period is one of whole months, not too many, and has begun."""
    cuts_months = period.start.day != 1 or period.end.day != 1
    many = len(list(months_of(period))) > LONGEST_CHART_MONTHS
    return not cuts_months and not many and period.start <= as_of


def is_running(report: AttainmentReport) -> bool:
    """Tell whether the period has begun and not ended by the day counted to."""
    return report.period.start <= report.as_of < report.period.last_day


def past_years(report: AttainmentReport) -> list[PastYear]:
    """Return the unit's earlier years; within the month that a date cuts people come evenly.

    There are none without a year to compare with. Last year's count up to the date is exact.
    """
    months = list(months_of(report.period))
    if report.last_year_as_of is None or report.period.start.day != 1:
        return []
    past = []
    for earlier, span in enumerate(PAST, start=1):
        counted = {
            month: report.counts.of_month(span, month.replace(year=month.year - earlier))
            for month in months
        }
        until_then = sum(_share_gone(month, report.as_of) * counted[month] for month in months)
        past.append(PastYear(until_then, sum(counted.values())))
    return [replace(past[0], until_then=float(report.unit.last_year or 0)), *past[1:]]


def _share_gone(month: date, as_of: date) -> float:
    days = monthrange(month.year, month.month)[1]
    return min(max(((as_of - month).days + 1) / days, 0.0), 1.0)


def quarters_of(report: AttainmentReport) -> tuple[Quarter, ...]:
    """Return the quarters of a calendar year with a quota; of another period there are none."""
    quota, period = report.unit.quota, report.period
    if quota is None or period != Period(date(period.start.year, 1, 1), _next_new_year(period)):
        return ()
    counted = {month: report.counts.of_month(THIS_YEAR, month) for month in months_of(period)}
    return quarters(quota, period, counted, report.as_of)


def _quarters(report: AttainmentReport) -> tuple[QuarterRow, ...]:
    return tuple(
        QuarterRow(
            quarter,
            NOTHING if words is None else render_message(words),
            people_url(report.unit.unit, report, last=_end_of(quarter, report))
            if quarter.counted
            else None,
        )
        for quarter in quarters_of(report)
        for words in (against_quarter(quarter),)
    )


def _end_of(quarter: Quarter, report: AttainmentReport) -> date:
    """Return the day up to which a quarter is counted."""
    year, month = report.period.start.year, 3 * quarter.number
    return min(date(year, month, monthrange(year, month)[1]), report.as_of)


def _next_new_year(period: Period) -> date:
    return date(period.start.year + 1, 1, 1)


def _running_totals(report: AttainmentReport, months: list[date]) -> Iterator[MonthFigure]:
    """Go through the months; in that of the day counted to, last year is up to the same day."""
    counts = report.counts
    admitted = last_year = 0
    counted_to = report.as_of.replace(day=1)
    for month in months:
        admitted += counts.of_month(THIS_YEAR, month)
        if report.last_year_as_of is not None:
            before = month.replace(year=month.year - 1)
            last_year += counts.of_month(PAST[0], before)
        known = None if report.last_year_as_of is None else last_year
        yield MonthFigure(
            month=month,
            admitted=admitted if month <= report.as_of else None,
            last_year=report.unit.last_year if month == counted_to else known,
        )


def months_of(period: Period) -> Iterator[date]:
    """Go through the first days of a period's months."""
    month = period.start.replace(day=1)
    while month < period.end:
        yield month
        month += timedelta(days=monthrange(month.year, month.month)[1])
