"""What a unit's row says, and the statements that every reading of units starts from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    SQLColumnExpression,
    Text,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute

from app.core.database import db
from app.core.text import sort_key
from app.tenants.context import WHOLE_TENANT, Context
from app.units.models import (
    Designation,
    Kind,
    Level,
    Unit,
)
from app.web.languages import ENGLISH, language


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


# What every page reads is put together once for each language; its values come when it runs.
TENANT = bindparam("tenant", type_=Integer)
SCOPE_FIRST = bindparam("scope_first", type_=Text)
SCOPE_LAST = bindparam("scope_last", type_=Text)
ON = bindparam("on", type_=Date)
UNTIL = bindparam("until", type_=Date)


def statement_values(context: Context, **others: object) -> dict[str, object]:
    """Return the values of these statements: the tenant, the scope, and what else is asked."""
    return {
        "tenant": context.tenant_id,
        "scope_first": context.scope.first,
        "scope_last": context.scope.last,
        **others,
    }


@cache
def select_units(language: str) -> Select[Any]:
    """Select the units of the scope as they are today."""
    return select_everywhere(language).where(Unit.path >= SCOPE_FIRST, Unit.path < SCOPE_LAST)


def units_where(context: Context, *conditions: ColumnElement[bool]) -> list[UnitRow]:
    """Return the units of the scope as they are today."""
    statement = select_units(language()).where(*conditions)
    return [unit_row(row) for row in db.session.execute(statement, statement_values(context))]


@cache
def select_everywhere(language: str) -> Select[Any]:
    """Select the units of the tenant as they are today."""
    return (
        select(Unit.id, Unit.code, Unit.name, Unit.path, Unit.sort_key, *labels_of_unit(language))
        .join(Level, and_(Level.tenant_id == Unit.tenant_id, Level.id == Unit.level_id))
        .join(Kind, and_(Kind.tenant_id == Unit.tenant_id, Kind.id == Unit.kind_id))
        .where(
            Unit.tenant_id == TENANT,
            Level.tenant_id == TENANT,
            Kind.tenant_id == TENANT,
        )
    )


@cache
def select_dated(language: str) -> Select[Any]:
    """Select units as they were called on a day."""
    return select_designated(language).where(Designation.valid.contains(ON))


@cache
def select_designated(language: str) -> Select[Any]:
    """Select units by each of their names, with today's beside it."""
    return (
        select(
            Unit.id,
            Unit.code,
            Designation.name,
            func.coalesce(Unit.path, "").label("path"),
            Unit.sort_key,
            *labels_of_unit(language),
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
            Unit.tenant_id == TENANT,
            Designation.tenant_id == TENANT,
            Level.tenant_id == TENANT,
            Kind.tenant_id == TENANT,
        )
    )


def labels_of_unit(language: str) -> tuple[SQLColumnExpression[Any], ...]:
    """Return the columns of level and kind, their names in a language."""
    return (
        Level.code.label("level"),
        name_of(Level, language).label("level_name"),
        Kind.code.label("kind"),
        name_of(Kind, language).label("kind_name"),
        Kind.is_cell,
        Kind.is_residential,
    )


def name_of(table: type[Level | Kind], language: str) -> InstrumentedAttribute[str]:
    """Return the column that holds the name in a language."""
    return table.name_en if language == ENGLISH else table.name_vi


def was_in_scope(context: Context) -> ColumnElement[bool]:
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


def unit_row(row: Row[Any]) -> UnitRow:
    """Return the unit that a row of these statements says."""
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


def dated_unit_row(row: Row[Any]) -> UnitRow:
    """Return the unit that a row says by a name of its own day, sorted by that name."""
    unit = unit_row(row)
    # Only today's name has a stored key.
    return unit if row.name == row.name_today else replace(unit, sort_key=sort_key(row.name))


def in_order(units: Iterable[UnitRow]) -> tuple[UnitRow, ...]:
    """Put cells after all others, each in the order of their names."""
    return tuple(sorted(units, key=lambda unit: (unit.is_cell, unit.sort_key, unit.code)))


def labels_of(path: str) -> list[int]:
    """Return the units that a path runs through, root first."""
    return [int(label) for label in path.rstrip(".").split(".")]
