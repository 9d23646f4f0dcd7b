"""Reading the units below others: children on days, two levels at once, all cells."""

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import DATERANGE, Range, distinct_on
from sqlalchemy.orm import aliased

from app.core.database import db
from app.core.prepared import PREPARED
from app.tenants.context import Context, Scope
from app.units.models import (
    Designation,
    Kind,
    Placement,
    Unit,
)
from app.units.rows import (
    ON,
    TENANT,
    UNTIL,
    UnitRow,
    dated_unit_row,
    in_order,
    select_dated,
    select_designated,
    statement_values,
    units_where,
)
from app.web.languages import language


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
    values = statement_values(context, on=named_on or last, unit=unit_id, days=days)
    rows = db.session.execute(select_children(language()), values)
    return in_order(dated_unit_row(row) for row in rows)


@cache
def select_children(language: str) -> Select[Any]:
    """Select the children that a unit had on any of some days, as they were called on a day."""
    is_child = (
        select(Placement.id)
        .where(
            Placement.tenant_id == TENANT,
            Placement.unit_id == Unit.id,
            Placement.parent_id == bindparam("unit", type_=BigInteger),
            Placement.valid.overlaps(bindparam("days", type_=DATERANGE)),
        )
        .exists()
    )
    return select_dated(language).where(is_child).execution_options(**PREPARED)


def children_then_and_today(
    context: Context, unit_id: int, first: date, last: date, *, named_on: date
) -> tuple[UnitRow, ...]:
    """Return the children of a unit over some days, and those that are its children today.

    One that did not stand yet on the day of naming has the first name it had since.
    """
    values = _values_of_below(context, unit_id, (first, last), named_on, context.today)
    rows = db.session.execute(_select_below(language(), has_grandchildren=False), values)
    return in_order(dated_unit_row(row) for row in rows)


def two_levels(  # noqa: PLR0917 a question in full
    context: Context, unit_id: int, first: date, last: date, named_on: date, also_on: date
) -> tuple[tuple[int, UnitRow], ...]:
    """Return a unit's children over some days and their children, each with its parent's number.

    Those of another day are among them. They are named as `children_then_and_today` says.
    """
    values = _values_of_below(context, unit_id, (first, last), named_on, also_on)
    rows = db.session.execute(_select_below(language(), has_grandchildren=True), values)
    return tuple((row.parent_id, dated_unit_row(row)) for row in rows)


def _values_of_below(  # noqa: PLR0917 a question in full
    context: Context, unit_id: int, days: tuple[date, date], named_on: date, also_on: date
) -> dict[str, object]:
    return statement_values(
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
        .where(upper.tenant_id == TENANT, upper.parent_id == unit_id, stands(upper))
        .correlate(None)
    )
    parents = Placement.parent_id == unit_id
    return (
        select_designated(language)
        .add_columns(Placement.parent_id)
        .join(Placement, and_(Placement.tenant_id == Unit.tenant_id, Placement.unit_id == Unit.id))
        .where(
            Placement.tenant_id == TENANT,
            stands(Placement),
            or_(parents, Placement.parent_id.in_(below)) if has_grandchildren else parents,
            func.lower_inf(Designation.valid) | (func.lower(Designation.valid) <= UNTIL),
            func.upper_inf(Designation.valid) | (func.upper(Designation.valid) > ON),
        )
        .ext(distinct_on(Unit.id, Placement.parent_id))
        .order_by(
            Unit.id,
            Placement.parent_id,
            Designation.valid.contains(ON).desc(),
            func.lower(Designation.valid).nulls_first(),
        )
        .execution_options(**PREPARED)
    )


def cells_under(context: Context, path: str) -> tuple[UnitRow, ...]:
    """Return today's cells of the scope at and below a path."""
    inside = Scope.under(path)
    return in_order(
        units_where(
            context, Kind.is_cell.is_(True), Unit.path >= inside.first, Unit.path < inside.last
        )
    )


def number_of_children() -> ScalarSelect[int]:
    """Select how many units stand under a `unit` on a `day`, to be read with the unit itself."""
    return (
        select(func.count())
        .select_from(Placement)
        .where(
            Placement.tenant_id == TENANT,
            Placement.parent_id == bindparam("unit", type_=BigInteger),
            Placement.valid.contains(bindparam("day", type_=Date)),
        )
        .scalar_subquery()
    )
