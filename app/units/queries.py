"""Reading units by number, code and place, and the ways that lead to them.

Everything is kept inside the context's scope, as the tree is today; what lies outside does not
exist for the reader.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    ScalarSelect,
    Select,
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
from sqlalchemy.dialects.postgresql import ARRAY, Range

from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.core.prepared import PREPARED
from app.core.text import clean, search_key
from app.tenants.context import WHOLE_TENANT, Context
from app.units.below import select_children
from app.units.models import (
    FormerCode,
    Kind,
    Level,
    Unit,
)
from app.units.rows import (
    SCOPE_FIRST,
    SCOPE_LAST,
    TENANT,
    UnitRow,
    dated_unit_row,
    in_order,
    labels_of,
    labels_of_unit,
    select_everywhere,
    select_units,
    statement_values,
    unit_row,
    units_where,
    was_in_scope,
)
from app.web.languages import language

_LAST_LABEL = r"[0-9]+\.$"


def unit_in_scope(context: Context, unit_id: int) -> UnitRow:
    """Return a unit of the scope; NotFound for any other number."""
    found = units_where(context, Unit.id == unit_id)
    if not found:
        raise NotFound(message("Không tìm thấy tổ chức này."))
    return found[0]


def unit_with_ancestors(context: Context, unit_id: int) -> tuple[UnitRow, tuple[UnitRow, ...]]:
    """Return a unit of the scope and those of the scope above it, root first, by one statement."""
    values = statement_values(context, unit=unit_id)
    found = [unit_row(row) for row in db.session.execute(_select_way(language()), values)]
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
    values = statement_values(context, on=last, unit=unit_id, days=days)
    above: list[UnitRow] = []
    below: list[UnitRow] = []
    for row in db.session.execute(_select_family(language()), values):
        unit = dated_unit_row(row)
        (above if row.is_above else below).append(unit)
    above.sort(key=lambda unit: len(unit.path))
    if not above or above[-1].id != unit_id:
        return *_ended_with_ancestors(context, unit_id), in_order(below)
    return above[-1], tuple(above[:-1]), in_order(below)


@cache
def _select_family(language: str) -> CompoundSelect[Any]:
    """Select a unit and those above it as they are today, and its children as they were."""
    above = _select_way(language).order_by(None)
    return union_all(
        above.add_columns(Unit.name.label("name_today"), true().label("is_above")),
        select_children(language).add_columns(false().label("is_above")),
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
    given = statement_values(context, unit=unit_id, **values)
    found = db.session.execute(_select_way_and(language(), asked), given).all()
    if not found or found[-1].id != unit_id:
        ended, above = _ended_with_ancestors(context, unit_id)
        return ended, above, _values_alone(asked(), given)
    way = [unit_row(row) for row in found]
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
            *labels_of_unit(language()),
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
    above = sorted(units_where(context, Unit.id.in_(labels)), key=lambda unit: len(unit.path))
    return unit_row(row), tuple(above)


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
        .where(Unit.tenant_id == TENANT, Unit.id == bindparam("unit", type_=BigInteger))
        .scalar_subquery()
    )
    labels = cast(func.string_to_array(func.rtrim(path, "."), "."), ARRAY(BigInteger))
    # Hidden from the index of paths: a plan made for any scope would walk through a wide one.
    place = Unit.path.concat("")
    return (
        select_everywhere(language)
        .where(Unit.id == func.any(labels), place >= SCOPE_FIRST, place < SCOPE_LAST)
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
            *labels_of_unit(language()),
        )
        .join(Level, and_(Level.tenant_id == Unit.tenant_id, Level.id == Unit.level_id))
        .join(Kind, and_(Kind.tenant_id == Unit.tenant_id, Kind.id == Unit.kind_id))
        .where(
            Unit.tenant_id == context.tenant_id,
            Level.tenant_id == context.tenant_id,
            Kind.tenant_id == context.tenant_id,
            Unit.id == unit_id,
            was_in_scope(context),
        )
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound(message("Không có tổ chức nào mang mã “%(code)s”.", code=wanted))
    return unit_row(row)


def units_by_code(context: Context, codes: Collection[str]) -> dict[str, UnitRow]:
    """Return the units of the scope with these codes; what is not there is absent."""
    return {unit.code: unit for unit in units_where(context, Unit.code.in_(codes))}


def units_by_number(context: Context, unit_ids: Collection[int]) -> dict[int, UnitRow]:
    """Return units of the tenant by their numbers, outside the scope too; for crediting them."""
    everywhere = replace(context, scope=WHOLE_TENANT)
    return {unit.id: unit for unit in units_where(everywhere, Unit.id.in_(unit_ids))}


def refuse_out_of_scope(context: Context, unit_ids: Collection[int]) -> None:
    """Raise NotFound unless all units are, or were, of the scope."""
    if not unit_ids:
        return
    known = db.session.scalar(
        select(func.count(Unit.id)).where(
            Unit.tenant_id == context.tenant_id, Unit.id.in_(unit_ids), was_in_scope(context)
        )
    )
    if known != len(set(unit_ids)):
        raise NotFound(message("Không tìm thấy tổ chức này."))


def top_units(context: Context) -> tuple[UnitRow, ...]:
    """Return the topmost units of the scope: the unit acted for, or the roots."""
    path_above = func.regexp_replace(Unit.path, _LAST_LABEL, "")
    first, last = context.scope.first, context.scope.last
    return in_order(units_where(context, or_(path_above < first, path_above >= last)))


def trails(context: Context, units: Iterable[UnitRow]) -> dict[int, tuple[UnitRow, ...]]:
    """Return for each unit those of the scope above it, root first, by one statement for all."""
    labels = {unit.id: labels_of(unit.path)[:-1] for unit in units}
    wanted = {label for line in labels.values() for label in line}
    above = {row.id: row for row in units_where(context, Unit.id.in_(wanted))}
    return {
        unit_id: tuple(above[label] for label in line if label in above)
        for unit_id, line in labels.items()
    }


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
    named = units_where(context, Unit.code.in_((code, code.upper())))
    if named:
        return tuple(named)
    # A tenant has some thousand units, so reading all their keys costs a few milliseconds.
    statement = (
        select_units(language())
        .where(*(Unit.search_key.contains(word) for word in wanted.split()))
        .order_by(Unit.search_key.startswith(wanted).desc(), Level.rank, Unit.sort_key, Unit.code)
        .limit(limit)
    )
    return tuple(unit_row(row) for row in db.session.execute(statement, statement_values(context)))
