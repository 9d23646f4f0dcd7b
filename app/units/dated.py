"""Reading the tree of a day, and what a unit was over time: places, names, member counts.

Everything is kept inside the context's scope, as the tree is today.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import (
    and_,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import Range, distinct_on

from app.core.database import db
from app.tenants.context import Context
from app.units.below import children
from app.units.models import (
    Designation,
    FormerCode,
    Kind,
    Level,
    MemberCount,
    Placement,
    Position,
    Unit,
)
from app.units.queries import top_units
from app.units.rows import (
    UnitRow,
    dated_unit_row,
    in_order,
    labels_of,
    name_of,
    select_dated,
    statement_values,
    was_in_scope,
)
from app.web.languages import language

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class TreeRow:
    """A unit in the tree of a day; `depth` is 0 for the topmost units of the scope."""

    unit: UnitRow
    parent_code: str | None
    depth: int
    members: int | None


@dataclass(frozen=True)
class ChildRow:
    """A unit under its parent on a day, for browsing; `children` counts what stands below it."""

    unit: UnitRow
    children: int
    members: int | None


@dataclass(frozen=True)
class ParentPeriod:
    """Under which parent a unit stands from a first to a last day; None is without limit.

    The name is None for a root, the number for a parent outside the scope as well.
    """

    parent_id: int | None
    name: str | None
    first: date | None
    last: date | None


@dataclass(frozen=True)
class NamePeriod:
    """What a unit is called and what it is from a first to a last day; None is without limit."""

    name: str
    level_name: str
    kind_name: str
    first: date | None
    last: date | None


@dataclass(frozen=True)
class CountedMembers:
    """How many members a unit has from a day on."""

    counted_on: date
    members: int


def members_on(context: Context, unit_ids: Collection[int], on: date) -> dict[int, int]:
    """Return the latest member count not after a day; a unit never counted is absent."""
    statement = (
        select(MemberCount.unit_id, MemberCount.members)
        .where(
            MemberCount.tenant_id == context.tenant_id,
            MemberCount.unit_id.in_(unit_ids),
            MemberCount.counted_on <= on,
        )
        .ext(distinct_on(MemberCount.unit_id))
        .order_by(MemberCount.unit_id, MemberCount.counted_on.desc())
    )
    return {row.unit_id: row.members for row in db.session.execute(statement)}


def member_counts(context: Context, unit_id: int) -> tuple[CountedMembers, ...]:
    """Return all member counts of a unit, the latest first."""
    statement = (
        select(MemberCount.counted_on, MemberCount.members)
        .where(MemberCount.tenant_id == context.tenant_id, MemberCount.unit_id == unit_id)
        .order_by(MemberCount.counted_on.desc())
    )
    return tuple(
        CountedMembers(row.counted_on, row.members) for row in db.session.execute(statement)
    )


def tree_as_of(context: Context, on: date) -> tuple[TreeRow, ...]:
    """Return the units of the scope as they stood and were called on a day, parents first.

    Brothers are in the order of their names, cells last. The scope is today's, and an
    ended unit lies in it where its heir does; a unit whose parent of that day lies outside it is
    a topmost one. Codes are those of the day.
    """
    statement = (
        select_dated(language())
        .add_columns(Position.path.label("path_then"))
        .join(Position, and_(Position.tenant_id == Unit.tenant_id, Position.unit_id == Unit.id))
        .where(
            Position.tenant_id == context.tenant_id,
            Position.valid.contains(on),
            was_in_scope(context),
        )
    )
    rows = db.session.execute(statement, statement_values(context, on=on)).all()
    former = codes_on(context, on)
    units = {
        row.id: replace(unit, code=former.get(row.id, unit.code))
        for row in rows
        for unit in (dated_unit_row(row),)
    }
    parents = {row.id: _parent_among(units, row.path_then) for row in rows}
    return tuple(_in_tree_order(units, parents, members_on(context, units, on)))


def codes_on(context: Context, on: date) -> dict[int, str]:
    """Return the codes that units had on a day and no longer have; all others have their own."""
    statement = (
        select(FormerCode.unit_id, FormerCode.code)
        .where(FormerCode.tenant_id == context.tenant_id, FormerCode.until_on > on)
        .ext(distinct_on(FormerCode.unit_id))
        .order_by(FormerCode.unit_id, FormerCode.until_on)
    )
    return {row.unit_id: row.code for row in db.session.execute(statement)}


def level_below(context: Context, unit_id: int, on: date) -> tuple[ChildRow, ...]:
    """Return the units of the scope that stood under a unit on a day, with what is below each."""
    units = [unit for unit in children(context, unit_id, on, on) if context.scope.holds(unit.path)]
    return _with_numbers(context, units, on)


def top_level(context: Context, on: date) -> tuple[ChildRow, ...]:
    """Return the topmost units of the scope, with what was below each on a day."""
    return _with_numbers(context, top_units(context), on)


def parents_over_time(context: Context, unit_id: int) -> tuple[ParentPeriod, ...]:
    """Return the parents of a unit, the latest first; None is a time as a root."""
    statement = (
        select(
            Placement.valid,
            Unit.id,
            Unit.name,
            func.coalesce(Unit.path, Unit.heir_path).label("path"),
        )
        .outerjoin(
            Unit, and_(Unit.tenant_id == Placement.tenant_id, Unit.id == Placement.parent_id)
        )
        .where(Placement.tenant_id == context.tenant_id, Placement.unit_id == unit_id)
        .order_by(func.lower(Placement.valid).desc().nulls_last())
    )
    return tuple(
        ParentPeriod(
            parent_id=row.id if context.scope.holds(row.path) else None,
            name=row.name,
            first=row.valid.lower,
            last=_last_day(row.valid),
        )
        for row in db.session.execute(statement)
    )


def names_over_time(context: Context, unit_id: int) -> tuple[NamePeriod, ...]:
    """Return what a unit is called and what it is, the latest first."""
    statement = (
        select(
            Designation.valid,
            Designation.name,
            name_of(Level, language()).label("level_name"),
            name_of(Kind, language()).label("kind_name"),
        )
        .join(
            Level,
            and_(Level.tenant_id == Designation.tenant_id, Level.id == Designation.level_id),
        )
        .join(Kind, and_(Kind.tenant_id == Designation.tenant_id, Kind.id == Designation.kind_id))
        .where(
            Designation.tenant_id == context.tenant_id,
            Level.tenant_id == context.tenant_id,
            Kind.tenant_id == context.tenant_id,
            Designation.unit_id == unit_id,
        )
        .order_by(func.lower(Designation.valid).desc().nulls_last())
    )
    return tuple(
        NamePeriod(
            name=row.name,
            level_name=row.level_name,
            kind_name=row.kind_name,
            first=row.valid.lower,
            last=_last_day(row.valid),
        )
        for row in db.session.execute(statement)
    )


def _parent_among(units: Mapping[int, UnitRow], path: str) -> int | None:
    """Return the last but one unit of a path where it is one of these."""
    parent_id = next(reversed(labels_of(path)[:-1]), None)
    return parent_id if parent_id in units else None


def _last_day(valid: Range[date]) -> date | None:
    return None if valid.upper is None else valid.upper - _ONE_DAY


def _with_numbers(context: Context, units: Sequence[UnitRow], on: date) -> tuple[ChildRow, ...]:
    ids = [unit.id for unit in units]
    statement = (
        select(Placement.parent_id, func.count().label("children"))
        .where(
            Placement.tenant_id == context.tenant_id,
            Placement.parent_id.in_(ids),
            Placement.valid.contains(on),
        )
        .group_by(Placement.parent_id)
    )
    below = {row.parent_id: row.children for row in db.session.execute(statement)}
    members = members_on(context, ids, on)
    return tuple(ChildRow(unit, below.get(unit.id, 0), members.get(unit.id)) for unit in units)


def _in_tree_order(
    units: Mapping[int, UnitRow],
    parents: Mapping[int, int | None],
    members: Mapping[int, int],
) -> Iterator[TreeRow]:
    below: dict[int | None, list[UnitRow]] = defaultdict(list)
    for unit in in_order(units.values()):
        below[parents[unit.id]].append(unit)
    waiting = [(unit, 0) for unit in reversed(below[None])]
    while waiting:
        unit, depth = waiting.pop()
        parent_id = parents[unit.id]
        yield TreeRow(
            unit=unit,
            parent_code=None if parent_id is None else units[parent_id].code,
            depth=depth,
            members=members.get(unit.id),
        )
        waiting += [(child, depth + 1) for child in reversed(below[unit.id])]
