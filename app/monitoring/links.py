"""Where the figures of pages lead: to a unit's own figures, and to the people behind a number."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import url_for

from app.core.periods import same_span_last_year
from app.monitoring.queries import LAST_YEAR, AttainmentReport, Question, year_before
from app.rollups.models import Tree
from app.units.rows import UnitRow
from app.web.opaque import seal_id


def child_url(unit: UnitRow, address: Mapping[str, Any]) -> str:
    """Return where a child's own figures are, also those of one that has ended."""
    return url_for("monitoring.attainment", unit_id=unit.id, **address)


def people_url(
    unit: UnitRow,
    asked: AttainmentReport | Question,
    above: UnitRow | None = None,
    *,
    last: date | None = None,
    slot: int | None = None,
) -> str | None:
    """Return where the people stand whom a unit's count counts, up to a day.

    Of a child of `above` those whom it counted as such; one that has ended shows them there.
    """
    shown = unit if unit.path or above is None else above
    if not shown.path:
        return None
    narrowed: _Narrowed = _of_segment(slot)
    if above is not None and asked.tree is Tree.THEN:
        name, other = ("under", above) if shown is unit else ("of", unit)
        narrowed = ((name, seal_id("unit", other.id)), *narrowed)
    span = (asked.period.start, last or asked.as_of)
    return _url(shown.id, asked, span, asked.tree, narrowed)


def last_year_url(
    unit: UnitRow,
    asked: AttainmentReport | Question,
    above: UnitRow | None = None,
    *,
    slot: int | None = None,
) -> str | None:
    """Return where the people stand whom a unit of today had counted a year earlier.

    None where its count is not of mapped units: it has ended, or has left `above` since.
    """
    span = same_span_last_year(asked.period, asked.as_of)
    is_mapped = above is None or year_before(above, unit, asked) == LAST_YEAR
    if span is None or not unit.path or not is_mapped:
        return None
    return _url(unit.id, asked, span, Tree.NOW, _of_segment(slot))


def people_of_today_url(unit_id: int, asked: AttainmentReport | Question) -> str:
    """Return where the people stand whom a unit counts on today's tree."""
    return _url(unit_id, asked, (asked.period.start, asked.as_of), Tree.NOW, ())


_Narrowed = tuple[tuple[str, str], ...]


def _of_segment(slot: int | None) -> _Narrowed:
    return () if slot is None else (("segment", str(slot)),)


def _url(  # noqa: PLR0917 whose people, of what, when, on which tree
    unit_id: int,
    asked: AttainmentReport | Question,
    span: tuple[date, date],
    tree: Tree,
    narrowed: _Narrowed,
) -> str:
    query = _query(asked.measure.counted_step, span, tree, narrowed)
    return f"{url_for('cases.people', unit_id=unit_id)}?{query}"


@lru_cache(maxsize=1024)
def _query(step: str, span: tuple[date, date], tree: Tree, narrowed: _Narrowed) -> str:
    """Write what is asked of the list; dozens of links of a page ask the same."""
    first, last = (day.isoformat() for day in span)
    asked = {"step": step, "first": first, "last": last, "counted": tree.name.lower()}
    return urlencode((*asked.items(), *narrowed))
