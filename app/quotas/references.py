"""What a committee weighs beside each box of its board, by two statements for all children."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Select,
    cast,
    column,
    func,
    literal,
    select,
    union_all,
    values,
)
from sqlalchemy.dialects.postgresql import distinct_on

from app.cases.sources import sources_by_path
from app.core.database import db
from app.core.periods import Period, as_of, same_span_last_year
from app.measures.queries import SegmentRow
from app.quotas.criteria import Reference
from app.quotas.in_force import Holding, as_range, held_from_above, registered_by
from app.quotas.rules import Base, BoardKey, base_date
from app.rollups.models import Tree
from app.rollups.queries import Counts, Span, counts
from app.tenants.context import Context, Scope
from app.units.models import MemberCount
from app.units.rows import UnitRow

_SO_FAR = "so_far"
_LAST_YEAR = "last_year"
_LAST_YEAR_THEN = "last_year_then"
_ONE_DAY = timedelta(days=1)
_QUOTA, _REGISTERED, _MEMBERS = "quota", "registered", "members"
_SOURCES, _CELLS = "sources", "cells"


@dataclass(frozen=True)
class Known:
    """What is known of each child, by its number, and what the unit itself has done so far."""

    of_children: Mapping[int, Reference]
    so_far: int


def references(
    context: Context,
    unit: UnitRow,
    key: BoardKey,
    below: Sequence[UnitRow],
    *,
    base: Base = Base.YEAR_START,
    segment: SegmentRow | None = None,
) -> Known:
    """Return what is known of each child of a board's unit.

    With a `segment` results and sources are of that segment alone, quotas and members of all. The
    caller has checked that the unit is the actor's to read.
    """
    counted = _counted(context, unit, key, below, segment=segment)
    compares = _year_before(key.period) is not None
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for row in _read(context, unit, key, below, base=base, segment=segment):
        if row.figure is not None:
            found[row.name][row.unit_id] = row.figure
    of_children = {
        child.id: Reference(
            last_year_quota=found[_QUOTA].get(child.id),
            last_year_result=counted.of_child(_year_of(unit, child), child.id)
            if compares
            else None,
            members=found[_MEMBERS].get(child.id),
            sources=found[_SOURCES].get(child.id, 0),
            cells=found[_CELLS].get(child.id, 0),
            registered=found[_REGISTERED].get(child.id),
            so_far=counted.of_child(_SO_FAR, child.id),
        )
        for child in below
    }
    return Known(of_children, counted.total(_SO_FAR))


def _year_of(unit: UnitRow, child: UnitRow) -> str:
    """Return the span of a child's year before: on mapped units, while it stands under the unit.

    Who has ended or moved since has there nothing left; what it had itself stays.
    """
    return _LAST_YEAR if child.is_child_of(unit) else _LAST_YEAR_THEN


def _counted(
    context: Context,
    unit: UnitRow,
    key: BoardKey,
    below: Sequence[UnitRow],
    *,
    segment: SegmentRow | None,
) -> Counts:
    last_day = as_of(key.period, context.today)
    spans = [Span(_SO_FAR, key.period.start, last_day, Tree.THEN)]
    before = _year_before(key.period)
    if before is not None:
        spans.append(Span(_LAST_YEAR, before.start, before.last_day, Tree.NOW))
        if not all(child.is_child_of(unit) for child in below):
            spans.append(Span(_LAST_YEAR_THEN, before.start, before.last_day, Tree.THEN))
    return counts(
        context,
        unit_id=key.issuer_id,
        measure_id=key.measure_id,
        spans=spans,
        slot=segment.slot if segment else None,
    )


def _read(
    context: Context,
    unit: UnitRow,
    key: BoardKey,
    below: Sequence[UnitRow],
    *,
    base: Base,
    segment: SegmentRow | None,
) -> Sequence[Row[str, int, int | None]]:
    """Read all that is no count of the books, each figure with its name and the child's number."""
    parts = [_members(context, key, below, base)]
    if below:
        parts += _quotas(context, key, below)
    if unit.path:
        parts += _sources(context, unit, key, base=base, segment=segment)
    return db.session.execute(union_all(*parts)).all()


def _members(
    context: Context, key: BoardKey, below: Sequence[UnitRow], base: Base
) -> Select[str, int, int]:
    latest = (
        select(MemberCount.unit_id, MemberCount.members)
        .where(
            MemberCount.tenant_id == context.tenant_id,
            MemberCount.unit_id.in_([child.id for child in below]),
            MemberCount.counted_on <= base_date(base, key.period, context.today),
        )
        .ext(distinct_on(MemberCount.unit_id))
        .order_by(MemberCount.unit_id, MemberCount.counted_on.desc())
        .subquery()
    )
    return select(
        literal(_MEMBERS).label("name"), latest.c.unit_id, latest.c.members.label("figure")
    )


def _quotas(
    context: Context, key: BoardKey, below: Sequence[UnitRow]
) -> list[Select[str, int, int]]:
    """Read what children register for the period, and what they were given a year before."""
    asked = values(column("unit_id", BigInteger), name="asked").data([(c.id,) for c in below])
    unit_id = asked.c.unit_id
    now = Holding(unit_id, key.measure_id, as_range(key.period), context.today)
    parts = [select(literal(_REGISTERED), unit_id, registered_by(context, now))]
    before = _year_before(key.period)
    if before is not None:
        then = Holding(unit_id, key.measure_id, as_range(before), before.last_day)
        parts.append(select(literal(_QUOTA), unit_id, held_from_above(context, then)))
    return parts


def _sources(
    context: Context, unit: UnitRow, key: BoardKey, *, base: Base, segment: SegmentRow | None
) -> list[Select[str, int, int]]:
    """Add the sources of cells, and the cells that hold any, up to the children above them."""
    by_path = sources_by_path(
        context, Scope.under(unit.path), segment.slot if segment else None
    ).subquery()
    members = (
        select(MemberCount.members)
        .where(
            MemberCount.tenant_id == context.tenant_id,
            MemberCount.unit_id == _label(by_path.c.path, -2),
            MemberCount.counted_on <= base_date(base, key.period, context.today),
        )
        .order_by(MemberCount.counted_on.desc())
        .limit(1)
        .scalar_subquery()
    )
    child = _label(func.substr(by_path.c.path, len(unit.path) + 1), 1)
    by_child = (
        select(
            child.label("unit_id"),
            cast(func.sum(by_path.c.sources), Integer).label("sources"),
            cast(
                func.count().filter(members.is_distinct_from(0)),
                Integer,
            ).label("cells"),
        )
        .where(by_path.c.path > unit.path)
        .group_by(child)
        .cte("by_child")
    )
    return [
        select(literal(_SOURCES), by_child.c.unit_id, by_child.c.sources),
        select(literal(_CELLS), by_child.c.unit_id, by_child.c.cells),
    ]


def _label(path: ColumnElement[str], place: int) -> ColumnElement[int]:
    """Return a unit of a path by its place; the last stands at -2, before the empty end."""
    return cast(func.split_part(path, ".", place), BigInteger)


def _year_before(period: Period) -> Period | None:
    span = same_span_last_year(period, period.last_day)
    return None if span is None else Period(span[0], span[1] + _ONE_DAY)
