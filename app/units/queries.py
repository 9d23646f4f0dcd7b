"""Reading the tree: units by number, code, place and date, and their member counts.

Everything is kept inside the context's scope, as the tree is today; what lies outside does not
exist for the reader.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Row,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    Text,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, Range, distinct_on
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.core.prepared import PREPARED
from app.core.text import clean, search_key, sort_key
from app.tenants.context import WHOLE_TENANT, Context, Scope
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
from app.units.rules import CODE_JOINT, next_code
from app.web.languages import ENGLISH, language

_LAST_LABEL = r"[0-9]+\.$"
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class UnitRow:
    """A unit as it is called and placed; level and kind are codes, their names the reader's."""

    id: int
    code: str
    name: str
    level: str
    level_name: str
    kind: str
    kind_name: str
    is_cell: bool
    is_residential: bool
    path: str
    sort_key: str

    def is_child_of(self, unit: "UnitRow") -> bool:
        """Tell whether it stands directly under another unit in today's tree."""
        return bool(unit.path) and self.path == f"{unit.path}{self.id}."


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


@dataclass(frozen=True)
class Choice:
    """A level or kind that may be chosen."""

    code: str
    name: str


@dataclass(frozen=True)
class Suggestion:
    """What a new unit under another one most likely is; level and kind are codes."""

    code: str
    level: str
    kind: str


def unit_in_scope(context: Context, unit_id: int) -> UnitRow:
    """Return a unit of the scope; NotFound for any other number."""
    found = _units(context, Unit.id == unit_id)
    if not found:
        raise NotFound(message("Không tìm thấy tổ chức này."))
    return found[0]


def unit_with_ancestors(context: Context, unit_id: int) -> tuple[UnitRow, tuple[UnitRow, ...]]:
    """Return a unit of the scope and those of the scope above it, root first, by one statement."""
    values = _values(context, unit=unit_id)
    found = [_unit_row(row) for row in db.session.execute(_select_way(language()), values)]
    if not found or found[-1].id != unit_id:
        raise NotFound(message("Không tìm thấy tổ chức này."))
    return found[-1], tuple(found[:-1])


def unit_with_family(
    context: Context, unit_id: int, first: date, last: date
) -> tuple[UnitRow, tuple[UnitRow, ...], tuple[UnitRow, ...]]:
    """Return a unit with those above it and its children from first to last, by one statement.

    As `unit_with_ancestors` and `children` do. One that has ended is found, too, with those that it
    counts under today.
    """
    days = Range(first, last, bounds="[]")
    values = _values(context, on=last, unit=unit_id, days=days)
    above: list[UnitRow] = []
    below: list[UnitRow] = []
    for row in db.session.execute(_select_family(language()), values):
        unit = _dated_unit_row(row)
        (above if row.is_above else below).append(unit)
    above.sort(key=lambda unit: len(unit.path))
    if not above or above[-1].id != unit_id:
        return *_ended_with_ancestors(context, unit_id), _in_order(below)
    return above[-1], tuple(above[:-1]), _in_order(below)


@cache
def _select_family(language: str) -> CompoundSelect[Any]:
    """Select a unit and those above it as they are today, and its children as they were."""
    above = _select_way(language).order_by(None)
    return union_all(
        above.add_columns(Unit.name.label("name_today"), true().label("is_above")),
        _select_children(language).add_columns(false().label("is_above")),
    )


Asked = Callable[[], Mapping[str, ScalarSelect[Any]]]
"""What is read along with a unit: selects of single values by name, the same at every call."""


def nothing_more() -> Mapping[str, ScalarSelect[Any]]:
    """Ask for a unit alone."""
    return {}


def unit_with_ancestors_and(
    context: Context, unit_id: int, asked: Asked, **values: object
) -> tuple[UnitRow, tuple[UnitRow, ...], Mapping[str, Any]]:
    """Return a unit as above and, by the same statement, values that stand by themselves.

    One that has ended is found, too, and those that it counts under today; its path is empty: what
    is asked of everybody below it finds nobody. What is asked may name the `tenant`, the `unit` and
    whatever `values` are given.
    """
    given = _values(context, unit=unit_id, **values)
    found = db.session.execute(_select_way_and(language(), asked), given).all()
    if not found or found[-1].id != unit_id:
        ended, above = _ended_with_ancestors(context, unit_id)
        return ended, above, _values_alone(asked(), given)
    way = [_unit_row(row) for row in found]
    along = found[-1]._mapping  # noqa: SLF001 SQLAlchemy's own name of a row's values
    return way[-1], tuple(way[:-1]), {name: along[name] for name in asked()}


@cache
def _select_way_and(language: str, asked: Asked) -> Select[Any]:
    is_unit = Unit.id == bindparam("unit", type_=BigInteger)
    along = (case((is_unit, value)).label(name) for name, value in asked().items())
    return _select_way(language).add_columns(*along)


def _ended_with_ancestors(context: Context, unit_id: int) -> tuple[UnitRow, tuple[UnitRow, ...]]:
    """Return an ended unit of the scope, which is where its heir is, and all down to its heir."""
    row = db.session.execute(
        select(
            Unit.id,
            Unit.code,
            Unit.name,
            literal("").label("path"),
            Unit.sort_key,
            Unit.heir_path,
            *_labels_of_unit(language()),
        )
        .join(Level, and_(Level.tenant_id == Unit.tenant_id, Level.id == Unit.level_id))
        .join(Kind, and_(Kind.tenant_id == Unit.tenant_id, Kind.id == Unit.kind_id))
        .where(
            Unit.tenant_id == context.tenant_id,
            Level.tenant_id == context.tenant_id,
            Kind.tenant_id == context.tenant_id,
            Unit.id == unit_id,
            Unit.path.is_(None),
            Unit.heir_path >= context.scope.first,
            Unit.heir_path < context.scope.last,
        )
    ).one_or_none()
    if row is None:
        raise NotFound(message("Không tìm thấy tổ chức này."))
    labels = [int(label) for label in row.heir_path.rstrip(".").split(".")]
    above = sorted(_units(context, Unit.id.in_(labels)), key=lambda unit: len(unit.path))
    return _unit_row(row), tuple(above)


def _values_alone(
    asked: Mapping[str, ScalarSelect[Any]], given: Mapping[str, object]
) -> Mapping[str, Any]:
    if not asked:
        return {}
    statement = select(*(value.label(name) for name, value in asked.items()))
    found = db.session.execute(statement, given).one()
    return dict(found._mapping)  # noqa: SLF001 SQLAlchemy's own name of a row's values


@cache
def _select_way(language: str) -> Select[Any]:
    """Select the units that the path of a unit runs through, root first."""
    path = (
        select(Unit.path)
        .where(Unit.tenant_id == _TENANT, Unit.id == bindparam("unit", type_=BigInteger))
        .scalar_subquery()
    )
    labels = cast(func.string_to_array(func.rtrim(path, "."), "."), ARRAY(BigInteger))
    # Hidden from the index of paths: a plan made for any scope would walk through a wide one.
    place = Unit.path.concat("")
    return (
        _select_everywhere(language)
        .where(Unit.id == func.any(labels), place >= _SCOPE_FIRST, place < _SCOPE_LAST)
        .order_by(func.length(Unit.path))
        .execution_options(**PREPARED)
    )


def unit_by_code(context: Context, code: str) -> UnitRow:
    """Return the unit of the scope with this code."""
    found = units_by_code(context, (code,))
    if code not in found:
        raise NotFound(message("Không có tổ chức nào mang mã “%(code)s”.", code=clean(code)))
    return found[code]


def unit_ever_by_code(context: Context, code: str) -> UnitRow:
    """Return the unit with this code, one that has ended too; its path is empty then.

    A code that a unit had once leads to it, where no other unit has it now.
    """
    wanted = clean(code)
    known = select(Unit.id).where(Unit.tenant_id == context.tenant_id, Unit.code == wanted)
    former = (
        select(FormerCode.unit_id)
        .where(FormerCode.tenant_id == context.tenant_id, FormerCode.code == wanted)
        .order_by(FormerCode.until_on.desc())
        .limit(1)
    )
    unit_id = db.session.scalars(known).first() or db.session.scalars(former).first()
    statement = (
        select(
            Unit.id,
            Unit.code,
            Unit.name,
            func.coalesce(Unit.path, "").label("path"),
            Unit.sort_key,
            *_labels_of_unit(language()),
        )
        .join(Level, and_(Level.tenant_id == Unit.tenant_id, Level.id == Unit.level_id))
        .join(Kind, and_(Kind.tenant_id == Unit.tenant_id, Kind.id == Unit.kind_id))
        .where(
            Unit.tenant_id == context.tenant_id,
            Level.tenant_id == context.tenant_id,
            Kind.tenant_id == context.tenant_id,
            Unit.id == unit_id,
            _was_in_scope(context),
        )
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound(message("Không có tổ chức nào mang mã “%(code)s”.", code=wanted))
    return _unit_row(row)


def units_by_code(context: Context, codes: Collection[str]) -> dict[str, UnitRow]:
    """Return the units of the scope with these codes; what is not there is absent."""
    return {unit.code: unit for unit in _units(context, Unit.code.in_(codes))}


def units_by_number(context: Context, unit_ids: Collection[int]) -> dict[int, UnitRow]:
    """Return units of the tenant by their numbers, outside the scope too; for crediting them."""
    everywhere = replace(context, scope=WHOLE_TENANT)
    return {unit.id: unit for unit in _units(everywhere, Unit.id.in_(unit_ids))}


def refuse_out_of_scope(context: Context, unit_ids: Collection[int]) -> None:
    """Raise NotFound unless all units are, or were, of the scope."""
    if not unit_ids:
        return
    known = db.session.scalar(
        select(func.count(Unit.id)).where(
            Unit.tenant_id == context.tenant_id, Unit.id.in_(unit_ids), _was_in_scope(context)
        )
    )
    if known != len(set(unit_ids)):
        raise NotFound(message("Không tìm thấy tổ chức này."))


def top_units(context: Context) -> tuple[UnitRow, ...]:
    """Return the topmost units of the scope: the unit acted for, or the roots."""
    path_above = func.regexp_replace(Unit.path, _LAST_LABEL, "")
    first, last = context.scope.first, context.scope.last
    return _in_order(_units(context, or_(path_above < first, path_above >= last)))


def trails(context: Context, units: Iterable[UnitRow]) -> dict[int, tuple[UnitRow, ...]]:
    """Return for each unit those of the scope above it, root first, by one statement for all."""
    labels = {unit.id: _labels(unit.path)[:-1] for unit in units}
    wanted = {label for line in labels.values() for label in line}
    above = {row.id: row for row in _units(context, Unit.id.in_(wanted))}
    return {
        unit_id: tuple(above[label] for label in line if label in above)
        for unit_id, line in labels.items()
    }


def current_children(context: Context, unit_id: int) -> tuple[UnitRow, ...]:
    """Return the units under a unit today."""
    return children(context, unit_id, context.today, context.today)


def children(
    context: Context, unit_id: int, first: date, last: date, *, named_on: date | None = None
) -> tuple[UnitRow, ...]:
    """Return every unit that was a child of a unit on any day from first to last.

    They are named as of the last day, or of another one, and bear today's path, which is empty
    for a unit that has ended. A child that has left the scope since is among them, for the unit's
    figures contain what it did here: callers have checked the unit itself.
    """
    days = Range(first, last, bounds="[]")
    values = _values(context, on=named_on or last, unit=unit_id, days=days)
    rows = db.session.execute(_select_children(language()), values)
    return _in_order(_dated_unit_row(row) for row in rows)


@cache
def _select_children(language: str) -> Select[Any]:
    is_child = (
        select(Placement.id)
        .where(
            Placement.tenant_id == _TENANT,
            Placement.unit_id == Unit.id,
            Placement.parent_id == bindparam("unit", type_=BigInteger),
            Placement.valid.overlaps(bindparam("days", type_=DATERANGE)),
        )
        .exists()
    )
    return _dated_select(language).where(is_child).execution_options(**PREPARED)


def children_then_and_today(
    context: Context, unit_id: int, first: date, last: date, *, named_on: date
) -> tuple[UnitRow, ...]:
    """Return the children of a unit over some days, and those that are its children today.

    One that did not stand yet on the day of naming has the first name it had since.
    """
    values = _values_of_below(context, unit_id, (first, last), named_on, context.today)
    rows = db.session.execute(_select_below(language(), has_grandchildren=False), values)
    return _in_order(_dated_unit_row(row) for row in rows)


def two_levels(  # noqa: PLR0917 a question in full
    context: Context, unit_id: int, first: date, last: date, named_on: date, also_on: date
) -> tuple[tuple[int, UnitRow], ...]:
    """Return a unit's children over some days and their children, each with its parent's number.

    Those of another day are among them. They are named as `children_then_and_today` says.
    """
    values = _values_of_below(context, unit_id, (first, last), named_on, also_on)
    rows = db.session.execute(_select_below(language(), has_grandchildren=True), values)
    return tuple((row.parent_id, _dated_unit_row(row)) for row in rows)


def _values_of_below(  # noqa: PLR0917 a question in full
    context: Context, unit_id: int, days: tuple[date, date], named_on: date, also_on: date
) -> dict[str, object]:
    return _values(
        context,
        on=named_on,
        unit=unit_id,
        days=Range(*days, bounds="[]"),
        also_on=also_on,
        until=max(named_on, also_on, days[1]),
    )


@cache
def _select_below(language: str, *, has_grandchildren: bool) -> Select[Any]:
    def stands(placement: type[Placement]) -> ColumnElement[bool]:
        return or_(
            placement.valid.overlaps(bindparam("days", type_=DATERANGE)),
            placement.valid.contains(bindparam("also_on", type_=Date)),
        )

    upper = aliased(Placement)
    unit_id = bindparam("unit", type_=BigInteger)
    below = (
        select(upper.unit_id)
        .where(upper.tenant_id == _TENANT, upper.parent_id == unit_id, stands(upper))
        .correlate(None)
    )
    parents = Placement.parent_id == unit_id
    return (
        _designated_select(language)
        .add_columns(Placement.parent_id)
        .join(Placement, and_(Placement.tenant_id == Unit.tenant_id, Placement.unit_id == Unit.id))
        .where(
            Placement.tenant_id == _TENANT,
            stands(Placement),
            or_(parents, Placement.parent_id.in_(below)) if has_grandchildren else parents,
            func.lower_inf(Designation.valid) | (func.lower(Designation.valid) <= _UNTIL),
            func.upper_inf(Designation.valid) | (func.upper(Designation.valid) > _ON),
        )
        .ext(distinct_on(Unit.id, Placement.parent_id))
        .order_by(
            Unit.id,
            Placement.parent_id,
            Designation.valid.contains(_ON).desc(),
            func.lower(Designation.valid).nulls_first(),
        )
        .execution_options(**PREPARED)
    )


def cells_under(context: Context, path: str) -> tuple[UnitRow, ...]:
    """Return today's cells of the scope at and below a path."""
    inside = Scope.under(path)
    return _in_order(
        _units(context, Kind.is_cell.is_(True), Unit.path >= inside.first, Unit.path < inside.last)
    )


def search(context: Context, text: str, limit: int) -> tuple[UnitRow, ...]:
    """Return the units of the scope whose name or code contains every word of a text.

    Case and diacritics are ignored. Units whose name begins with the text come first, then the
    higher ones. A whole code finds its unit alone. Nothing is found by a text without letters and
    digits.
    """
    wanted = search_key(text)
    if not wanted:
        return ()
    code = clean(text)
    named = _units(context, Unit.code.in_((code, code.upper())))
    if named:
        return tuple(named)
    # A tenant has some thousand units, so reading all their keys costs a few milliseconds.
    statement = (
        _select_units(language())
        .where(*(Unit.search_key.contains(word) for word in wanted.split()))
        .order_by(Unit.search_key.startswith(wanted).desc(), Level.rank, Unit.sort_key, Unit.code)
        .limit(limit)
    )
    return tuple(_unit_row(row) for row in db.session.execute(statement, _values(context)))


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
        _dated_select(language())
        .add_columns(Position.path.label("path_then"))
        .join(Position, and_(Position.tenant_id == Unit.tenant_id, Position.unit_id == Unit.id))
        .where(
            Position.tenant_id == context.tenant_id,
            Position.valid.contains(on),
            _was_in_scope(context),
        )
    )
    rows = db.session.execute(statement, _values(context, on=on)).all()
    former = codes_on(context, on)
    units = {
        row.id: replace(unit, code=former.get(row.id, unit.code))
        for row in rows
        for unit in (_dated_unit_row(row),)
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


def number_of_children() -> ScalarSelect[int]:
    """Select how many units stand under a `unit` on a `day`, to be read with the unit itself."""
    return (
        select(func.count())
        .select_from(Placement)
        .where(
            Placement.tenant_id == _TENANT,
            Placement.parent_id == bindparam("unit", type_=BigInteger),
            Placement.valid.contains(bindparam("day", type_=Date)),
        )
        .scalar_subquery()
    )


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
            _name_of(Level, language()).label("level_name"),
            _name_of(Kind, language()).label("kind_name"),
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


def level_choices(context: Context) -> tuple[Choice, ...]:
    """Return the tenant's levels, the highest first."""
    return _choices(context, Level)


def kind_choices(context: Context) -> tuple[Choice, ...]:
    """Return the tenant's kinds in their own order."""
    return _choices(context, Kind)


def suggestion_below(context: Context, unit: UnitRow) -> Suggestion:
    """Return what a new unit under a unit most likely is: like its brothers, numbered on.

    Where it has none, one level lower, of that level's usual kind.
    """
    prefix = f"{unit.code}{CODE_JOINT}"
    taken = db.session.scalars(
        select(Unit.code).where(
            Unit.tenant_id == context.tenant_id, Unit.code.startswith(prefix, autoescape=True)
        )
    )
    code = next_code(prefix, taken)
    brothers = current_children(context, unit.id)
    if brothers:
        return Suggestion(code, brothers[-1].level, brothers[-1].kind)
    lower = db.session.execute(_levels_below(context, unit)).first()
    return Suggestion(
        code, lower.level if lower else unit.level, lower.kind if lower else unit.kind
    )


def _levels_below(context: Context, unit: UnitRow) -> Select[str, str]:
    own_rank = (
        select(Level.rank)
        .where(Level.tenant_id == context.tenant_id, Level.code == unit.level)
        .scalar_subquery()
    )
    return (
        select(Level.code.label("level"), Kind.code.label("kind"))
        .join(
            Kind,
            and_(Kind.tenant_id == Level.tenant_id, Kind.default_for_level_id == Level.id),
        )
        .where(
            Level.tenant_id == context.tenant_id,
            Kind.tenant_id == context.tenant_id,
            Level.rank > own_rank,
        )
        .order_by(Level.rank)
    )


def _choices(context: Context, table: type[Level | Kind]) -> tuple[Choice, ...]:
    statement = (
        select(table.code, _name_of(table, language()).label("name"))
        .where(table.tenant_id == context.tenant_id)
        .order_by(table.rank, table.code)
    )
    return tuple(Choice(row.code, row.name) for row in db.session.execute(statement))


def _units(context: Context, *conditions: ColumnElement[bool]) -> list[UnitRow]:
    """Return the units of the scope as they are today."""
    statement = _select_units(language()).where(*conditions)
    return [_unit_row(row) for row in db.session.execute(statement, _values(context))]


# What every page reads is put together once for each language; its values come when it runs.
_TENANT = bindparam("tenant", type_=Integer)
_SCOPE_FIRST = bindparam("scope_first", type_=Text)
_SCOPE_LAST = bindparam("scope_last", type_=Text)
_ON = bindparam("on", type_=Date)
_UNTIL = bindparam("until", type_=Date)


def _values(context: Context, **others: object) -> dict[str, object]:
    return {
        "tenant": context.tenant_id,
        "scope_first": context.scope.first,
        "scope_last": context.scope.last,
        **others,
    }


@cache
def _select_units(language: str) -> Select[Any]:
    return _select_everywhere(language).where(Unit.path >= _SCOPE_FIRST, Unit.path < _SCOPE_LAST)


@cache
def _select_everywhere(language: str) -> Select[Any]:
    return (
        select(Unit.id, Unit.code, Unit.name, Unit.path, Unit.sort_key, *_labels_of_unit(language))
        .join(Level, and_(Level.tenant_id == Unit.tenant_id, Level.id == Unit.level_id))
        .join(Kind, and_(Kind.tenant_id == Unit.tenant_id, Kind.id == Unit.kind_id))
        .where(
            Unit.tenant_id == _TENANT,
            Level.tenant_id == _TENANT,
            Kind.tenant_id == _TENANT,
        )
    )


@cache
def _dated_select(language: str) -> Select[Any]:
    return _designated_select(language).where(Designation.valid.contains(_ON))


@cache
def _designated_select(language: str) -> Select[Any]:
    return (
        select(
            Unit.id,
            Unit.code,
            Designation.name,
            func.coalesce(Unit.path, "").label("path"),
            Unit.sort_key,
            *_labels_of_unit(language),
            Unit.name.label("name_today"),
        )
        .join(
            Designation,
            and_(Designation.tenant_id == Unit.tenant_id, Designation.unit_id == Unit.id),
        )
        .join(
            Level,
            and_(Level.tenant_id == Designation.tenant_id, Level.id == Designation.level_id),
        )
        .join(Kind, and_(Kind.tenant_id == Designation.tenant_id, Kind.id == Designation.kind_id))
        .where(
            Unit.tenant_id == _TENANT,
            Designation.tenant_id == _TENANT,
            Level.tenant_id == _TENANT,
            Kind.tenant_id == _TENANT,
        )
    )


def _labels_of_unit(language: str) -> tuple[SQLColumnExpression[Any], ...]:
    return (
        Level.code.label("level"),
        _name_of(Level, language).label("level_name"),
        Kind.code.label("kind"),
        _name_of(Kind, language).label("kind_name"),
        Kind.is_cell,
        Kind.is_residential,
    )


def _name_of(table: type[Level | Kind], language: str) -> InstrumentedAttribute[str]:
    """Return the column that holds the name in a language."""
    return table.name_en if language == ENGLISH else table.name_vi


def _was_in_scope(context: Context) -> ColumnElement[bool]:
    """Hold for the units of the scope, those that have ended too: they are where their heirs are.

    What ended without an heir belongs to those who see the whole tenant.
    """
    if context.scope == WHOLE_TENANT:
        return true()
    first, last = context.scope.first, context.scope.last
    return or_(
        and_(Unit.path >= first, Unit.path < last),
        and_(Unit.path.is_(None), Unit.heir_path >= first, Unit.heir_path < last),
    )


def _unit_row(row: Row[Any]) -> UnitRow:
    return UnitRow(
        id=row.id,
        code=row.code,
        name=row.name,
        level=row.level,
        level_name=row.level_name,
        kind=row.kind,
        kind_name=row.kind_name,
        is_cell=row.is_cell,
        is_residential=row.is_residential,
        path=row.path,
        sort_key=row.sort_key,
    )


def _dated_unit_row(row: Row[Any]) -> UnitRow:
    unit = _unit_row(row)
    # Only today's name has a stored key.
    return unit if row.name == row.name_today else replace(unit, sort_key=sort_key(row.name))


def _in_order(units: Iterable[UnitRow]) -> tuple[UnitRow, ...]:
    """Put cells after all others, each in the order of their names."""
    return tuple(sorted(units, key=lambda unit: (unit.is_cell, unit.sort_key, unit.code)))


def _labels(path: str) -> list[int]:
    """Return the units that a path runs through, root first."""
    return [int(label) for label in path.rstrip(".").split(".")]


def _parent_among(units: Mapping[int, UnitRow], path: str) -> int | None:
    """Return the last but one unit of a path where it is one of these."""
    parent_id = next(reversed(_labels(path)[:-1]), None)
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
    for unit in _in_order(units.values()):
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
