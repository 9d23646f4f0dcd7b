"""Reading reorganisations and who descends from whom."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.reorganisations.consequences import Consequences
from app.reorganisations.models import PersonRoute, Reorganisation, ReorganisationOperation
from app.reorganisations.results import Result
from app.reorganisations.rules import Operation, Share
from app.tenants.context import Context
from app.units.below import children
from app.units.models import Designation, Kind, Placement, Unit
from app.units.queries import top_units, units_by_code
from app.units.rows import UnitRow

DRAFT = "draft"
PREVIEWED = "previewed"
SCHEDULED = "scheduled"
APPLIED = "applied"
UNDONE = "undone"
"""The states of a reorganisation."""


@dataclass(frozen=True)
class ReorganisationRow:
    """A reorganisation without its operations; `result` where it was applied or scheduled."""

    id: int
    decision_no: str
    issuer: str | None
    effective_on: date
    share_by: str
    state: str
    result: Result | None
    failure: str | None
    is_final: bool
    requested: str | None
    progress: int | None
    created_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None


def reorganisations(context: Context) -> tuple[ReorganisationRow, ...]:
    """Return all reorganisations of the tenant, the latest day first."""
    return _rows(context)


def standing_reorganisation(context: Context, decision_no: str) -> ReorganisationRow | None:
    """Return the reorganisation that is applied or waits for its day under a decision number."""
    found = _rows(
        context,
        Reorganisation.decision_no == decision_no,
        Reorganisation.state.in_((SCHEDULED, APPLIED)),
    )
    return found[0] if found else None


def reorganisation_by_id(context: Context, reorganisation_id: int) -> ReorganisationRow:
    """Return a reorganisation of the tenant."""
    found = _rows(context, Reorganisation.id == reorganisation_id)
    if not found:
        raise NotFound(message("Không tìm thấy sắp xếp này."))
    return found[0]


def consequences_of(context: Context, reorganisation_id: int) -> Consequences:
    """Return what a preview found to follow the units; nothing where there was none."""
    kept = db.session.execute(
        select(Reorganisation.consequences).where(
            Reorganisation.tenant_id == context.tenant_id, Reorganisation.id == reorganisation_id
        )
    ).scalar()
    return Consequences((), {}) if kept is None else Consequences.of_json(kept)


def people_routed(context: Context, reorganisation_id: int) -> dict[int, str]:
    """Return the heirs, by code, of those people of split cells who were routed one by one."""
    rows = db.session.execute(
        select(PersonRoute.person_id, PersonRoute.new_code)
        .where(
            PersonRoute.tenant_id == context.tenant_id,
            PersonRoute.reorganisation_id == reorganisation_id,
        )
        .order_by(PersonRoute.person_id)
    )
    return {row.person_id: row.new_code for row in rows}


def names_of_operations(context: Context, operations: Iterable[Operation]) -> dict[str, str]:
    """Return the names of the units that operations name by code alone."""
    named = list(operations)
    codes = {op.old_code for op in named} | {op.new_parent_code for op in named}
    codes |= {op.new_code for op in named}
    known = units_by_code(context, {code for code in codes if code})
    names = {code: unit.name for code, unit in known.items()}
    return names | {op.new_code: op.new_name for op in named if op.new_code and op.new_name}


def known_units(context: Context, on: date) -> tuple[tuple[str, str], ...]:
    """Return the codes and names of the units but cells that stand on a day, by their names."""
    rows = db.session.execute(
        select(Unit.code, Designation.name)
        .join(
            Designation,
            (Designation.tenant_id == Unit.tenant_id) & (Designation.unit_id == Unit.id),
        )
        .join(Kind, (Kind.tenant_id == Unit.tenant_id) & (Kind.id == Designation.kind_id))
        .join(Placement, (Placement.tenant_id == Unit.tenant_id) & (Placement.unit_id == Unit.id))
        .where(
            Unit.tenant_id == context.tenant_id,
            ~Kind.is_cell,
            Designation.valid.contains(on),
            Placement.valid.contains(on),
        )
        .order_by(Unit.sort_key, Unit.code)
    )
    return tuple((row.code, row.name) for row in rows)


def units_to_choose(
    context: Context, under: str | None, chosen: Collection[str], on: date
) -> tuple[tuple[UnitRow, ...], tuple[UnitRow, ...] | None]:
    """Return the units of these codes, and those that stand under one on a day.

    Without `under` those below the topmost unit, or the topmost ones where there are several; None
    for a unit that there is not.
    """
    named = units_by_code(context, {*chosen, *((under,) if under else ())})
    before = tuple(named[code] for code in chosen if code in named)
    tops = () if under else top_units(context)
    if len(tops) > 1:
        return before, tops
    above = named.get(under) if under else next(iter(tops), None)
    return before, None if above is None else children(context, above.id, on, on)


def operations_of(context: Context, reorganisation_id: int) -> tuple[Operation, ...]:
    """Return the operations of a reorganisation in their order."""
    table = ReorganisationOperation
    rows = db.session.execute(
        select(
            table.row,
            table.old_code,
            table.old_name,
            table.new_code,
            table.new_name,
            table.new_parent_code,
            table.share,
            table.is_default_heir,
            table.level,
            table.kind,
        )
        .where(table.tenant_id == context.tenant_id, table.reorganisation_id == reorganisation_id)
        .order_by(table.row)
    )
    return tuple(Operation(**{**_mapping(row), "share": Share(row.share)}) for row in rows)


def _rows(context: Context, *conditions: Any) -> tuple[ReorganisationRow, ...]:  # noqa: ANN401
    rows = db.session.execute(
        select(
            Reorganisation.id,
            Reorganisation.decision_no,
            Reorganisation.issuer,
            Reorganisation.effective_on,
            Reorganisation.share_by,
            Reorganisation.state,
            Reorganisation.result,
            Reorganisation.failure,
            Reorganisation.is_final,
            Reorganisation.requested,
            Reorganisation.progress,
            Reorganisation.created_at,
            Reorganisation.applied_at,
            Reorganisation.undone_at,
        )
        .where(Reorganisation.tenant_id == context.tenant_id, *conditions)
        .order_by(Reorganisation.effective_on.desc(), Reorganisation.id.desc())
    )
    return tuple(
        ReorganisationRow(
            **{
                **_mapping(row),
                "result": None if row.result is None else Result.of_json(row.result),
            }
        )
        for row in rows
    )


def _mapping(row: Any) -> Mapping[str, Any]:  # noqa: ANN401 a row of any columns
    mapping: Mapping[str, Any] = row._mapping  # noqa: SLF001 SQLAlchemy's own name
    return mapping
