"""Who descends from whom: the heirs of a unit today, and whom it stood for on an earlier day."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    ScalarSelect,
    bindparam,
    exists,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute

from app.core.database import db
from app.core.periods import Period
from app.reorganisations.rules import Share
from app.tenants.context import Context
from app.units.models import Lineage, Placement
from app.units.relatives import Relative, relatives


@dataclass(frozen=True)
class Forebears:
    """Whom a unit stood for on a day: itself, where it stood already, and who became it since.

    `is_exact` is false where one of them was split: a part of its numbers is not known.
    """

    unit_ids: frozenset[int]
    is_exact: bool


@dataclass(frozen=True)
class _Edge:
    predecessor_id: int
    share: Share
    has_begun_with_it: bool


def heirs_today(context: Context, unit_id: int) -> tuple[Relative, ...]:
    """Return the units of today that a unit which has ended became."""
    found: dict[int, Relative] = {}
    waiting = [unit_id]
    while waiting:
        for heir in relatives(context, waiting.pop()).successors:
            if heir.stands:
                found[heir.unit_id] = heir
            else:
                waiting.append(heir.unit_id)
    return tuple(sorted(found.values(), key=lambda heir: heir.code))


def has_begun_inside(context: Context, unit_id: int, period: Period) -> bool:
    """Tell whether a reorganisation began a unit inside a period."""
    return bool(db.session.scalar(select(begun_inside(context, literal(unit_id), period))))


def begun_inside(
    context: Context, unit_id: ColumnElement[int] | InstrumentedAttribute[int], period: Period
) -> ColumnElement[bool]:
    """Return the condition that a reorganisation began a unit inside a period."""
    first = (
        select(func.min(func.lower(Placement.valid)))
        .where(Placement.tenant_id == context.tenant_id, Placement.unit_id == unit_id)
        .scalar_subquery()
    )
    return exists().where(
        Lineage.tenant_id == context.tenant_id,
        Lineage.successor_id == unit_id,
        Lineage.share != Share.CLOSE.value,
        Lineage.effective_on >= period.start,
        Lineage.effective_on < period.end,
        Lineage.effective_on == first,
    )


@dataclass(frozen=True)
class Descent:
    """How units came from others in reorganisations of one day and later."""

    lines: tuple["_Line", ...]

    def has_begun_inside(self, unit_id: int, period: Period) -> bool:
        """Tell whether a reorganisation began a unit inside a period."""
        return any(
            line.edge.has_begun_with_it and period.contains(line.effective_on)
            for line in self.lines
            if line.unit_id == unit_id
        )

    def forebears(self, unit_ids: Collection[int], on: date) -> dict[int, Forebears]:
        """Return for units whom each stood for on a day; one that was only itself is absent."""
        edges: dict[int, list[_Edge]] = defaultdict(list)
        for line in self.lines:
            if line.effective_on > on:
                edges[line.unit_id].append(line.edge)
        return {unit_id: _forebears_of(unit_id, edges) for unit_id in unit_ids if unit_id in edges}


@dataclass(frozen=True)
class _Line:
    unit_id: int
    effective_on: date
    edge: _Edge


@cache
def descent_as_json() -> ScalarSelect[Any]:
    """Select the descent of a `tenant`'s units `since` a day, to be read along with others."""
    tenant = bindparam("tenant", type_=Integer)
    began = (
        select(func.min(func.lower(Placement.valid)))
        .where(Placement.tenant_id == tenant, Placement.unit_id == Lineage.successor_id)
        .correlate(Lineage)
        .scalar_subquery()
    )
    line = func.jsonb_build_array(
        Lineage.successor_id,
        Lineage.predecessor_id,
        Lineage.share,
        Lineage.effective_on,
        func.coalesce(began == Lineage.effective_on, False),
    )
    return (
        select(func.coalesce(func.jsonb_agg(line), text("'[]'::jsonb")))
        .where(
            Lineage.tenant_id == tenant,
            Lineage.effective_on >= bindparam("since", type_=Date),
            Lineage.share != Share.CLOSE.value,
        )
        .correlate(None)
        .scalar_subquery()
    )


def descent_of_json(rows: Collection[list[Any]]) -> Descent:
    """Return the descent that `descent_as_json` has selected."""
    return Descent(
        tuple(
            _Line(
                successor,
                date.fromisoformat(effective_on),
                _Edge(predecessor, Share(share), has_begun_with_it=has_begun),
            )
            for successor, predecessor, share, effective_on, has_begun in rows
        )
    )


def forebears(context: Context, unit_ids: Collection[int], on: date) -> dict[int, Forebears]:
    """Return for units whom each stood for on a day; one that was only itself is absent."""
    edges = _edges_after(context, on)
    return {unit_id: _forebears_of(unit_id, edges) for unit_id in unit_ids if unit_id in edges}


def _forebears_of(unit_id: int, edges: Mapping[int, Collection[_Edge]]) -> Forebears:
    found: set[int] = set()
    seen = {unit_id}
    waiting = [unit_id]
    is_exact = True
    while waiting:
        at = waiting.pop()
        above = edges.get(at, ())
        if not any(edge.has_begun_with_it for edge in above):
            found.add(at)
        for edge in above:
            is_exact = is_exact and edge.share is Share.WHOLE
            if edge.predecessor_id not in seen:
                seen.add(edge.predecessor_id)
                waiting.append(edge.predecessor_id)
    return Forebears(frozenset(found), is_exact)


def _edges_after(context: Context, on: date) -> Mapping[int, Collection[_Edge]]:
    """Return how units came from others after a day, by the later unit."""
    first = (
        select(func.min(func.lower(Placement.valid)))
        .where(Placement.tenant_id == context.tenant_id, Placement.unit_id == Lineage.successor_id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Lineage.successor_id,
            Lineage.predecessor_id,
            Lineage.share,
            func.coalesce(first == Lineage.effective_on, False).label("has_begun_with_it"),
        ).where(
            Lineage.tenant_id == context.tenant_id,
            Lineage.effective_on > on,
            Lineage.share != Share.CLOSE.value,
        )
    )
    edges: dict[int, list[_Edge]] = defaultdict(list)
    for row in rows:
        edges[row.successor_id].append(
            _Edge(row.predecessor_id, Share(row.share), row.has_begun_with_it)
        )
    return edges
