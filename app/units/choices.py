"""What a unit may be: levels and kinds to choose from, and what a new one most likely is."""

from dataclasses import dataclass

from sqlalchemy import (
    Select,
    and_,
    select,
)

from app.core.database import db
from app.tenants.context import Context
from app.units.below import current_children
from app.units.models import (
    Kind,
    Level,
    Unit,
)
from app.units.rows import UnitRow, name_of
from app.units.rules import CODE_JOINT, next_code
from app.web.languages import language


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
        select(table.code, name_of(table, language()).label("name"))
        .where(table.tenant_id == context.tenant_id)
        .order_by(table.rank, table.code)
    )
    return tuple(Choice(row.code, row.name) for row in db.session.execute(statement))
