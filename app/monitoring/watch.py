"""Watch lists: who needs attention below a unit, each list by a few statements.

All lists are of today's tree; counts are those of the question's measure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import text

from app.cases.rules import Clock
from app.cases.sources import sources_by_path
from app.core.database import db
from app.core.numbers import percentage
from app.monitoring.asking import Asked
from app.procedure.todo import due_by_path
from app.quotas.in_force import quotas_in_force
from app.quotas.rules import rating_quota
from app.rollups.queries import totals_below
from app.tenants.context import PATH_END, Context, Scope

GRASSROOTS_LEVEL = "commune"
"""The level of grassroots committees; a cell under none of them is a grassroots one too."""


class Watch(StrEnum):
    """A list of units that need attention."""

    LOW = "low"
    QUIET = "quiet"
    EMPTY = "empty"
    NO_SOURCES = "no_sources"
    CERTIFICATES = "certificates"
    OVERDUE = "overdue"
    GRASSROOTS = "grassroots"


@dataclass(frozen=True)
class WatchedUnit:
    """A unit of today's tree; `members` is its last count, None where it was never counted."""

    id: int
    name: str
    path: str
    sort_key: str
    level: str
    is_cell: bool
    is_residential: bool
    members: int | None
    stands_since: date | None


@dataclass(frozen=True)
class Watched:
    """A unit on a list: what it has, of what, and when, as the list says."""

    unit: WatchedUnit
    above: str | None
    count: int | None = None
    whole: int | None = None


@dataclass(frozen=True)
class WatchList:
    """The units on a list, among how many, and of how many of them nothing is known."""

    units: tuple[Watched, ...]
    looked_at: int
    unknown: int = 0


Found = tuple[WatchedUnit, ...]


def watch_list(context: Context, about: Asked, which: Watch, level: str = "") -> WatchList:
    """Return a list; with a level only its units."""
    everybody = _units_below(context, about.unit.path)
    units = tuple(unit for unit in everybody if unit.id != about.unit.id or unit.is_cell)
    names = {unit.path: unit.name for unit in everybody}
    found = _LISTS[which](context, about, tuple(u for u in units if level in {"", u.level}))
    named = tuple(
        Watched(row.unit, names.get(_path_above(row.unit.path)), row.count, row.whole)
        for row in found.units
    )
    return WatchList(named, found.looked_at, found.unknown)


def _low(context: Context, about: Asked, units: Found) -> WatchList:
    """Find who has nobody, or less than some percent of the quota, the lowest first."""
    question = about.question
    counted = _counted(context, about, question.period.start, question.as_of)
    quotas = quotas_in_force(
        context,
        [unit.id for unit in units],
        question.measure.id,
        question.period,
        question.as_of,
    )
    rated = {
        unit_id: figure.count
        for unit_id, figures in quotas.items()
        if (figure := rating_quota(figures, context.rating_source)) and figure.count
    }
    low = [
        Watched(unit, None, counted.get(unit.id, 0), rated[unit.id])
        for unit in units
        if unit.id in rated
        and (percentage(counted.get(unit.id, 0), rated[unit.id]) or 0)
        < about.thresholds.watch_percent
    ]
    ordered = sorted(low, key=lambda row: (row.count, -(row.whole or 0), row.unit.sort_key))
    return WatchList(tuple(ordered), len(rated))


def _quiet(context: Context, about: Asked, units: Found) -> WatchList:
    """Find the cells that stood all the time and counted nobody in it."""
    first = about.quiet_since
    counted = _counted(context, about, first, about.question.as_of)
    cells = [
        unit
        for unit in units
        if unit.is_cell and (unit.stands_since is None or unit.stands_since <= first)
    ]
    quiet = [Watched(cell, None) for cell in cells if not counted.get(cell.id)]
    return WatchList(tuple(quiet), len(cells))


def _empty(_context: Context, _about: Asked, units: Found) -> WatchList:
    """Find the hamlets without a member, and how many were never counted."""
    hamlets = [unit for unit in units if unit.is_residential]
    empty = tuple(Watched(unit, None, 0) for unit in hamlets if unit.members == 0)
    return WatchList(empty, len(hamlets), sum(unit.members is None for unit in hamlets))


def _no_sources(context: Context, about: Asked, units: Found) -> WatchList:
    """Find the units below which nobody is listed today."""
    rows = db.session.execute(sources_by_path(context, Scope.under(about.unit.path)))
    has_sources = {label for row in rows for label in row.path.rstrip(".").split(".")}
    bare = [Watched(unit, None, 0) for unit in units if str(unit.id) not in has_sources]
    return WatchList(tuple(bare), len(units))


def _certificates(context: Context, about: Asked, units: Found) -> WatchList:
    """Find the cells with certificates that are about to expire."""
    until = context.today + timedelta(days=about.thresholds.watch_days)
    return _due(context, about, units, until, Clock.CERTIFICATE)


def _overdue(context: Context, about: Asked, units: Found) -> WatchList:
    """Find the cells with cases whose term has run out."""
    return _due(context, about, units, context.today - timedelta(days=1), None)


def _due(  # noqa: PLR0917 a question in full
    context: Context, about: Asked, units: Found, until: date, clock: Clock | None
) -> WatchList:
    found = due_by_path(context, about.unit.path, about.law, until, clock)
    cells = [unit for unit in units if unit.is_cell]
    due = [
        Watched(cell, None, found[cell.path].overdue, found[cell.path].soon)
        for cell in cells
        if cell.path in found
    ]
    ordered = sorted(due, key=lambda row: (-(row.count or 0), -(row.whole or 0), row.unit.sort_key))
    return WatchList(tuple(ordered), len(cells))


def _grassroots(context: Context, about: Asked, units: Found) -> WatchList:
    """Find the grassroots organisations that have counted nobody in the period."""
    question = about.question
    counted = _counted(context, about, question.period.start, question.as_of)
    committees = {unit.path for unit in units if unit.level == GRASSROOTS_LEVEL}
    organisations = [unit for unit in units if _is_grassroots(unit, committees)]
    without = [Watched(unit, None, 0) for unit in organisations if not counted.get(unit.id)]
    return WatchList(tuple(without), len(organisations))


def _is_grassroots(unit: WatchedUnit, committees: set[str]) -> bool:
    if unit.level == GRASSROOTS_LEVEL:
        return True
    labels = unit.path.rstrip(".").split(".")
    above = (".".join(labels[:depth]) + "." for depth in range(1, len(labels)))
    return unit.is_cell and not any(path in committees for path in above)


_LISTS: Mapping[Watch, Callable[[Context, Asked, Found], WatchList]] = {
    Watch.LOW: _low,
    Watch.QUIET: _quiet,
    Watch.EMPTY: _empty,
    Watch.NO_SOURCES: _no_sources,
    Watch.CERTIFICATES: _certificates,
    Watch.OVERDUE: _overdue,
    Watch.GRASSROOTS: _grassroots,
}


def _counted(context: Context, about: Asked, first: date, last: date) -> Mapping[int, int]:
    return totals_below(
        context,
        path=about.unit.path,
        measure_id=about.question.measure.id,
        first=first,
        last=last,
    )


def _path_above(path: str) -> str:
    return path[: path.rstrip(".").rfind(".") + 1]


def _units_below(context: Context, path: str) -> Found:
    """Return the units at and below a path, cells last, with their last member counts."""
    rows = db.session.execute(
        _UNITS,
        {
            "tenant": context.tenant_id,
            "first_path": path,
            "last_path": path + PATH_END,
            "today": context.today,
        },
    )
    return tuple(WatchedUnit(*row) for row in rows)


_UNITS = text("""
    WITH last_count AS (
        SELECT DISTINCT ON (m.unit_id) m.unit_id, m.members
        FROM member_count m
        WHERE m.tenant_id = :tenant AND m.counted_on <= :today
        ORDER BY m.unit_id, m.counted_on DESC
    ),
    standing AS (
        SELECT p.unit_id,
               nullif(min(coalesce(lower(p.valid), '-infinity'::date)), '-infinity'::date) AS since
        FROM placement p
        WHERE p.tenant_id = :tenant
        GROUP BY p.unit_id
    )
    SELECT u.id, u.name, u.path, u.sort_key, l.code, k.is_cell, k.is_residential,
           c.members, s.since AS stands_since
    FROM unit u
    JOIN level l ON l.tenant_id = :tenant AND l.id = u.level_id
    JOIN kind k ON k.tenant_id = :tenant AND k.id = u.kind_id
    LEFT JOIN last_count c ON c.unit_id = u.id
    LEFT JOIN standing s ON s.unit_id = u.id
    WHERE u.tenant_id = :tenant AND u.path >= :first_path AND u.path < :last_path
    ORDER BY k.is_cell, u.sort_key, u.code
    """)
