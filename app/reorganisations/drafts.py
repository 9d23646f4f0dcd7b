"""Building a reorganisation step by step: a draft, its operations, its preview, and then the word.

Carrying one out is long for a page: it is asked for here, and done by a worker.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

from sqlalchemy import delete, func, insert, select, update

from app.audit.commands import Change, record
from app.core.database import db
from app.core.errors import AppError, Conflict, Refused, refused_at
from app.core.messages import message
from app.core.text import clean
from app.reorganisations.checks import faults_alone, faults_of_units
from app.reorganisations.commands import (
    SUBJECT,
    Decided,
    PlanRefused,
    carry_out_draft,
    decided_of,
    foreseen,
    insert_draft,
    set_state,
    take_back_standing,
)
from app.reorganisations.ground import ground_on
from app.reorganisations.models import (
    PersonRoute,
    Reorganisation,
    ReorganisationOperation,
)
from app.reorganisations.queries import (
    APPLIED,
    DRAFT,
    PREVIEWED,
    SCHEDULED,
    ReorganisationRow,
    operations_of,
    reorganisation_by_id,
    standing_reorganisation,
)
from app.reorganisations.rules import Operation, StandingUnit
from app.reorganisations.weighing import ShareBy
from app.tenants.context import Context, whole_tenant

APPLY = "apply"
UNDO = "undo"
"""What a worker may be asked for."""

EDITABLE = (DRAFT, PREVIEWED)


@dataclass(frozen=True, kw_only=True)
class Details:
    """What a reorganisation is decided by."""

    decision_no: str
    issuer: str | None
    effective_on: date
    share_by: ShareBy = ShareBy.CELLS


def begin(context: Context, details: Details, operations: Sequence[Operation] = ()) -> int:
    """Begin a draft; return its number."""
    _refuse_taken_number(context, details.decision_no, None)
    reorganisation_id = insert_draft(context, _decided(details, operations))
    _record(context, reorganisation_id, "begun", asdict(details))
    return reorganisation_id


def change_details(context: Context, reorganisation_id: int, details: Details) -> None:
    """Change what a draft is decided by."""
    _editable(context, reorganisation_id)
    _refuse_taken_number(context, details.decision_no, reorganisation_id)
    _update(
        context,
        reorganisation_id,
        decision_no=details.decision_no,
        issuer=details.issuer,
        effective_on=details.effective_on,
        share_by=details.share_by.value,
    )
    _unpreview(context, reorganisation_id)
    _record(context, reorganisation_id, "changed", asdict(details))


def add_operations(
    context: Context, reorganisation_id: int, operations: Sequence[Operation]
) -> int:
    """Add operations to a draft; they get the rows after those that it has. Return the first."""
    _editable(context, reorganisation_id)
    table = ReorganisationOperation
    last = db.session.execute(
        select(func.coalesce(func.max(table.row), 1)).where(
            table.tenant_id == context.tenant_id, table.reorganisation_id == reorganisation_id
        )
    ).scalar_one()
    numbered = [replace(op, row=last + place) for place, op in enumerate(operations, 1)]
    db.session.execute(
        insert(table),
        [
            {
                "tenant_id": context.tenant_id,
                "reorganisation_id": reorganisation_id,
                **asdict(op),
                "share": op.share.value,
            }
            for op in numbered
        ],
    )
    _unpreview(context, reorganisation_id)
    _record(context, reorganisation_id, "operations_added", {"rows": len(numbered)})
    return numbered[0].row


def add_checked(
    context: Context,
    row: ReorganisationRow,
    wanted: Callable[[Mapping[str, StandingUnit]], list[Operation]],
) -> int:
    """Add what a form wants to a draft; return its first row.

    `PlanRefused` for what is wrong by itself.
    """
    ground = ground_on(context, row.effective_on)
    operations = wanted(ground.standing)
    faults = (*faults_alone(operations, ground), *faults_of_units(operations, ground))
    if faults:
        raise PlanRefused(faults)
    return add_operations(context, row.id, operations)


def remove_operations(context: Context, reorganisation_id: int, rows: Collection[int]) -> None:
    """Take operations out of a draft."""
    _editable(context, reorganisation_id)
    table = ReorganisationOperation
    db.session.execute(
        delete(table).where(
            table.tenant_id == context.tenant_id,
            table.reorganisation_id == reorganisation_id,
            table.row.in_(rows),
        )
    )
    _unpreview(context, reorganisation_id)
    _record(context, reorganisation_id, "operations_removed", {"rows": sorted(rows)})


def route_cells(
    context: Context, reorganisation_id: int, cells: Mapping[str, Operation | None]
) -> None:
    """Say with which heir the cells of a split unit go; with None they go to the default one."""
    standing = {op.old_code: op.row for op in operations_of(context, reorganisation_id)}
    replaced = [standing[code] for code in cells if code in standing]
    if replaced:
        remove_operations(context, reorganisation_id, replaced)
    routed = [op for op in cells.values() if op is not None]
    if routed:
        add_operations(context, reorganisation_id, routed)


def route_people(
    context: Context, reorganisation_id: int, people: Mapping[int, str | None]
) -> None:
    """Say to which heir people of a split cell go; with None they go to the default one."""
    _editable(context, reorganisation_id)
    table = PersonRoute
    db.session.execute(
        delete(table).where(
            table.tenant_id == context.tenant_id,
            table.reorganisation_id == reorganisation_id,
            table.person_id.in_(list(people)),
        )
    )
    rows = [
        {
            "tenant_id": context.tenant_id,
            "reorganisation_id": reorganisation_id,
            "person_id": person_id,
            "new_code": new_code,
        }
        for person_id, new_code in people.items()
        if new_code is not None
    ]
    if rows:
        db.session.execute(insert(table), rows)
    _unpreview(context, reorganisation_id)
    _record(context, reorganisation_id, "people_routed", {"people": len(rows)})


def discard(context: Context, reorganisation_id: int) -> None:
    """Throw a draft away."""
    row = _editable(context, reorganisation_id)
    for table in (PersonRoute, ReorganisationOperation):
        db.session.execute(
            delete(table).where(
                table.tenant_id == context.tenant_id,
                table.reorganisation_id == reorganisation_id,
            )
        )
    db.session.execute(
        delete(Reorganisation).where(
            Reorganisation.tenant_id == context.tenant_id, Reorganisation.id == reorganisation_id
        ),
        execution_options={"synchronize_session": False},
    )
    _record(context, reorganisation_id, "discarded", {"decision_no": row.decision_no})


def preview_draft(context: Context, reorganisation_id: int) -> None:
    """Work out what a draft would do, and keep that with it. Raises `PlanRefused`."""
    row = _editable(context, reorganisation_id)
    decided = decided_of(context, row)
    if not decided.operations:
        raise Refused(message("Chưa có việc nào để sắp xếp."))
    with whole_tenant(context) as everywhere:
        result, follows = foreseen(everywhere, decided)
    set_state(
        context,
        reorganisation_id,
        PREVIEWED,
        result=result,
        consequences=follows.as_json(),
        failure=None,
    )
    _record(context, reorganisation_id, "previewed", {"units_after": result.units_after})


def ask_for(context: Context, reorganisation_id: int, wanted: str) -> None:
    """Ask a worker to apply or undo; Conflict where it is not the time for that."""
    row = reorganisation_by_id(context, reorganisation_id)
    fits = row.state == PREVIEWED if wanted == APPLY else row.state in {APPLIED, SCHEDULED}
    if not fits or row.requested is not None:
        raise Conflict(message("Sắp xếp này vừa đổi tình trạng; hãy tải lại trang."))
    _update(
        context,
        reorganisation_id,
        requested=wanted,
        requested_by=context.actor.id,
        requester=context.actor.name,
        progress=0,
        failure=None,
    )
    _record(context, reorganisation_id, f"{wanted}_asked", {"decision_no": row.decision_no})


def carry_on(context: Context, reorganisation_id: int, tell: Callable[[int], None]) -> None:
    """Do what a worker was asked for; what refuses it is kept with the reorganisation."""
    row = reorganisation_by_id(context, reorganisation_id)
    if row.requested is None:
        return
    try:
        with db.session.begin_nested(), whole_tenant(context) as everywhere:
            if row.requested == APPLY:
                carry_out_draft(everywhere, row.id, decided_of(everywhere, row), tell)
            else:
                take_back_standing(everywhere, row)
    except AppError as error:
        state = DRAFT if row.requested == APPLY else row.state
        set_state(context, row.id, state, failure="\n".join(reasons_of(error)))
        _record(context, row.id, "failed", {"reasons": list(reasons_of(error))})
    _update(context, row.id, requested=None)


def reasons_of(error: AppError) -> tuple[str, ...]:
    """Return what refuses a reorganisation, and where."""
    faults = error.faults if isinstance(error, PlanRefused) else ()
    return (str(error), *(f"{fault.row} {fault.column}: {fault.reason}" for fault in faults))


def _decided(details: Details, operations: Sequence[Operation]) -> Decided:
    return Decided(
        decision_no=details.decision_no,
        effective_on=details.effective_on,
        operations=tuple(operations),
        issuer=details.issuer,
        share_by=details.share_by,
    )


def _refuse_taken_number(context: Context, number: str, own: int | None) -> None:
    standing = standing_reorganisation(context, clean(number))
    if standing is not None and standing.id != own:
        raise refused_at(
            "decision_no",
            message("Quyết định này đã là của một sắp xếp khác đang có hiệu lực."),
        )


def _editable(context: Context, reorganisation_id: int) -> ReorganisationRow:
    db.session.execute(
        select(Reorganisation.id)
        .where(
            Reorganisation.tenant_id == context.tenant_id, Reorganisation.id == reorganisation_id
        )
        .with_for_update()
    )
    row = reorganisation_by_id(context, reorganisation_id)
    if row.state not in EDITABLE or row.requested is not None:
        raise Conflict(message("Sắp xếp này không còn là bản nháp."))
    return row


def _unpreview(context: Context, reorganisation_id: int) -> None:
    _update(context, reorganisation_id, state=DRAFT, result=None, consequences=None, failure=None)


def _update(context: Context, reorganisation_id: int, **values: object) -> None:
    db.session.execute(
        update(Reorganisation)
        .where(
            Reorganisation.tenant_id == context.tenant_id, Reorganisation.id == reorganisation_id
        )
        .values(**values),
        execution_options={"synchronize_session": False},
    )


def _record(
    context: Context, reorganisation_id: int, happened: str, after: Mapping[str, object]
) -> None:
    record(
        context,
        Change(f"reorganisation.{happened}", SUBJECT, reorganisation_id, after=dict(after)),
    )
