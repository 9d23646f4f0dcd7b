"""Previewing, applying and undoing reorganisations: each is one transaction, or nothing.

Whoever applies or undoes holds the tree and then all units (docs/architecture.md, 'Order of
locks'): a clerk who saves meanwhile waits, and then writes below the new tree.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

from sqlalchemy import insert, select, text, update

from app.audit.commands import Change, record
from app.core import clock
from app.core.database import db
from app.core.errors import AppError, Conflict, NotFound, Refused
from app.core.events import publish
from app.core.messages import message
from app.core.text import clean
from app.reorganisations.carrying_out import carry_out, take_back
from app.reorganisations.consequences import (
    Consequences,
    consequences,
    counts_by_unit,
    open_questions,
)
from app.reorganisations.dependants import named
from app.reorganisations.ground import Situation, planned_totals, situation, totals
from app.reorganisations.keeping import Keeper
from app.reorganisations.models import Reorganisation, ReorganisationOperation
from app.reorganisations.planning import plan
from app.reorganisations.queries import (
    APPLIED,
    DRAFT,
    SCHEDULED,
    UNDONE,
    ReorganisationRow,
    operations_of,
    people_routed,
    standing_reorganisation,
)
from app.reorganisations.results import Result, Undone, result_of
from app.reorganisations.rules import Fault, Operation, Plan
from app.reorganisations.weighing import ShareBy
from app.tenants.context import Context, whole_tenant
from app.units.events import UnitsReorganised, UnitsTakenBack
from app.units.models import TreeState, Unit
from app.units.positions import lock_tree
from app.units.records import recorded_tree

SUBJECT = "reorganisation"
"""What the trail calls a reorganisation."""


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A reorganisation as it was decided.

    `share_by` says by what the numbers of split units are shared among their heirs.
    """

    decision_no: str
    effective_on: date
    operations: tuple[Operation, ...]
    issuer: str | None = None
    share_by: ShareBy = ShareBy.CELLS


class PlanRefused(Refused):
    """The operations cannot be carried out; `faults` say which and why, in order of rows."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(
            message("Không sắp xếp gì: %(rows)s dòng có lỗi.", rows=len({f.row for f in faults}))
        )
        self.faults = tuple(faults)


def preview(context: Context, decided: Decided) -> Result:
    """Say what a reorganisation would do; nothing is written.

    One that stands already is told as it was applied. Raises `PlanRefused`.
    """
    standing = _standing_as(context, decided)
    if standing is not None and standing.result is not None:
        return standing.result
    with whole_tenant(context) as everywhere:
        found, made = _planned(everywhere, decided)
        return result_of(
            decided.decision_no,
            made,
            before=totals(everywhere),
            after=planned_totals(everywhere, found, made),
        )


def apply(context: Context, decided: Decided) -> Result:
    """Carry out a reorganisation by its decision, or put it off to its day; return what it does.

    The same one again changes nothing. Conflict where another one stands under the number.
    Raises `PlanRefused`.
    """
    _refuse_without_decision(decided)
    with whole_tenant(context) as everywhere:
        lock_tree(everywhere)
        standing = _standing_as(everywhere, decided)
        if standing is not None and standing.result is not None:
            return standing.result
        if decided.effective_on > context.today:
            return _put_off(everywhere, insert_draft(everywhere, decided), decided)
        reorganisation_id = insert_draft(everywhere, decided)
        return _carry_out(everywhere, reorganisation_id, decided)


def undo(context: Context, decision_no: str) -> Undone:
    """Take a reorganisation back: everything is as it was before it.

    Conflict when something newer depends on it, NotFound when none stands under the number. One
    that still waits for its day is given up.
    """
    with whole_tenant(context) as everywhere:
        lock_tree(everywhere)
        standing = standing_reorganisation(everywhere, clean(decision_no))
        if standing is None:
            raise NotFound(
                message("Không có sắp xếp nào theo quyết định “%(number)s”.", number=decision_no)
            )
        take_back_standing(everywhere, standing)
        units = db.session.scalars(
            select(Unit.id).where(Unit.tenant_id == context.tenant_id, Unit.path.is_not(None))
        ).all()
        return Undone(standing.decision_no, len(units), totals(everywhere))


def take_back_standing(context: Context, standing: ReorganisationRow) -> None:
    """Take back one that was applied, or give up one that waits; the scope is the whole tenant."""
    lock_tree(context)
    if standing.state == SCHEDULED:
        _give_up(context, standing)
    else:
        _take_back(context, standing)
    record(
        context,
        Change(
            "reorganisation.undone",
            SUBJECT,
            standing.id,
            before={"decision_no": standing.decision_no, "effective": standing.effective_on},
        ),
    )


def foreseen(context: Context, decided: Decided) -> tuple[Result, Consequences]:
    """Say what a reorganisation would do, and what would follow; the scope is the whole tenant."""
    found, made = _planned(context, decided)
    result = result_of(
        decided.decision_no,
        made,
        before=totals(context),
        after=planned_totals(context, found, made),
    )
    return result, consequences(made, counts_by_unit(context, found, made))


def carry_out_draft(
    context: Context,
    reorganisation_id: int,
    decided: Decided,
    tell: Callable[[int], None],
) -> None:
    """Carry out a previewed draft, or put it off to its day; the scope is the whole tenant."""
    _refuse_without_decision(decided)
    lock_tree(context)
    if standing_reorganisation(context, decided.decision_no) is not None:
        raise Conflict(
            message(
                "Quyết định “%(number)s” đã là của một sắp xếp khác đang có hiệu lực.",
                number=decided.decision_no,
            )
        )
    if decided.effective_on > context.today:
        _put_off(context, reorganisation_id, decided)
    else:
        _carry_out(context, reorganisation_id, decided, tell)


def decided_of(context: Context, row: ReorganisationRow) -> Decided:
    """Return a kept reorganisation as it was decided."""
    return Decided(
        decision_no=row.decision_no,
        effective_on=row.effective_on,
        operations=operations_of(context, row.id),
        issuer=row.issuer,
        share_by=ShareBy(row.share_by),
    )


def apply_due(context: Context) -> None:
    """Carry out the reorganisations whose day has come, the earliest first.

    Called at the beginning of a transaction. One that cannot be carried out as the tree now is
    goes back to whoever prepared it, with the reason; nobody else is kept from work by it.
    """
    state = db.session.execute(
        select(TreeState.reorganises_on).where(TreeState.tenant_id == context.tenant_id)
    ).scalar()
    if state is None or state > context.today:
        return
    with whole_tenant(context) as everywhere:
        lock_tree(everywhere)
        for due in _due(everywhere):
            _carry_out_due(everywhere, due)
        _note_next(everywhere)


def _refuse_without_decision(decided: Decided) -> None:
    if not decided.decision_no:
        raise Refused(message("Chưa nhập số quyết định."))
    if not decided.operations:
        raise Refused(message("Không có dòng nào để sắp xếp."))


def _standing_as(context: Context, decided: Decided) -> ReorganisationRow | None:
    """Return the reorganisation that stands under the number; Conflict unless it is this one."""
    standing = standing_reorganisation(context, decided.decision_no)
    if standing is None:
        return None
    is_same = standing.effective_on == decided.effective_on and _as_set(
        operations_of(context, standing.id)
    ) == _as_set(decided.operations)
    if not is_same:
        raise Conflict(
            message(
                "Quyết định “%(number)s” đã là của một sắp xếp khác đang có hiệu lực.",
                number=decided.decision_no,
            )
        )
    return standing


def _as_set(operations: Sequence[Operation]) -> frozenset[Operation]:
    """Return operations wherever they stand in their file."""
    return frozenset(Operation(**{**asdict(each), "row": 0}) for each in operations)


def _planned(context: Context, decided: Decided) -> tuple[Situation, Plan]:
    found = situation(context, recorded_tree(context))
    planned = plan(decided.operations, found.ground(decided.effective_on))
    if planned.plan is None:
        raise PlanRefused(planned.faults)
    made = planned.plan
    asked = open_questions(made, counts_by_unit(context, found, made))
    return found, replace(made, questions=(*made.questions, *asked))


def insert_draft(context: Context, decided: Decided) -> int:
    """Keep a reorganisation as it was decided, as a draft; return its number."""
    reorganisation_id: int = db.session.execute(
        insert(Reorganisation)
        .values(
            tenant_id=context.tenant_id,
            decision_no=decided.decision_no,
            issuer=decided.issuer,
            effective_on=decided.effective_on,
            share_by=decided.share_by.value,
            state=DRAFT,
        )
        .returning(Reorganisation.id)
    ).scalar_one()
    if not decided.operations:
        return reorganisation_id
    db.session.execute(
        insert(ReorganisationOperation),
        [
            {
                "tenant_id": context.tenant_id,
                "reorganisation_id": reorganisation_id,
                **asdict(operation),
                "share": operation.share.value,
            }
            for operation in decided.operations
        ],
    )
    return reorganisation_id


def _tell_nobody(_step: int) -> None:
    """Carry out where nobody watches."""


def _carry_out(
    context: Context,
    reorganisation_id: int,
    decided: Decided,
    tell: Callable[[int], None] = _tell_nobody,
) -> Result:
    """Change the tree and all that follows it; the totals of every measure must stay."""
    tell(1)
    _hold_units(context)
    tell(2)
    found, made = _planned(context, decided)
    before = totals(context)
    tell(3)
    keeper = Keeper(context, reorganisation_id)
    heir_of = carry_out(
        context,
        keeper,
        found,
        made,
        decision_no=decided.decision_no,
        share_by=decided.share_by,
        routed=people_routed(context, reorganisation_id),
    )
    # The last to be told: who hears of it next writes this row, which telling would then wait for.
    tell(4)
    publish(UnitsReorganised(context, reorganisation_id, heir_of))
    keeper.finish()
    result = result_of(decided.decision_no, made, before=before, after=totals(context))
    if result.totals_before != result.totals_after:
        raise Refused(message("Số liệu trước và sau sắp xếp không bằng nhau; không sắp xếp gì."))
    set_state(context, reorganisation_id, APPLIED, result=result, applied_at=clock.now())
    record(
        context,
        Change(
            "reorganisation.applied",
            SUBJECT,
            reorganisation_id,
            after={
                "decision_no": decided.decision_no,
                "effective": decided.effective_on,
                "units_before": result.units_before,
                "units_after": result.units_after,
                "totals": result.totals_after,
            },
        ),
    )
    return result


def _put_off(context: Context, reorganisation_id: int, decided: Decided) -> Result:
    """Let a reorganisation wait for its day."""
    found, made = _planned(context, decided)
    result = result_of(
        decided.decision_no,
        made,
        before=totals(context),
        after=planned_totals(context, found, made),
    )
    set_state(context, reorganisation_id, SCHEDULED, result=result)
    _note_next(context)
    record(
        context,
        Change(
            "reorganisation.scheduled",
            SUBJECT,
            reorganisation_id,
            after={"decision_no": decided.decision_no, "effective": decided.effective_on},
        ),
    )
    return result


def _due(context: Context) -> list[ReorganisationRow]:
    rows = db.session.scalars(
        select(Reorganisation.decision_no)
        .where(
            Reorganisation.tenant_id == context.tenant_id,
            Reorganisation.state == SCHEDULED,
            Reorganisation.effective_on <= context.today,
        )
        .order_by(Reorganisation.effective_on, Reorganisation.id)
    ).all()
    found = [standing_reorganisation(context, number) for number in rows]
    return [row for row in found if row is not None]


def _carry_out_due(context: Context, due: ReorganisationRow) -> None:
    decided = decided_of(context, due)
    try:
        with db.session.begin_nested():
            _carry_out(context, due.id, decided)
    except AppError as error:
        faults = error.faults if isinstance(error, PlanRefused) else ()
        reasons = [str(error), *(f"{f.row} {f.column}: {f.reason}" for f in faults)]
        set_state(context, due.id, DRAFT, failure="\n".join(reasons))
        record(
            context,
            Change("reorganisation.failed", SUBJECT, due.id, after={"reasons": reasons}),
        )


def _note_next(context: Context) -> None:
    """Keep on the tree which day the next reorganisation waits for."""
    db.session.execute(
        text(
            """
            UPDATE tree_state s
            SET reorganises_on = n.day,
                changes_on = least(
                    CASE WHEN s.changes_on > s.computed_on
                          AND s.changes_on IS DISTINCT FROM s.reorganises_on
                         THEN s.changes_on END, n.day)
            FROM (
                SELECT min(r.effective_on) AS day FROM reorganisation r
                WHERE r.tenant_id = :tenant AND r.state = 'scheduled'
            ) n
            WHERE s.tenant_id = :tenant
            """
        ),
        {"tenant": context.tenant_id},
    )


def _give_up(context: Context, standing: ReorganisationRow) -> None:
    now = clock.now()
    set_state(context, standing.id, UNDONE, applied_at=now, undone_at=now)
    _note_next(context)


def _take_back(context: Context, standing: ReorganisationRow) -> None:
    _hold_units(context)
    keeper = Keeper(context, standing.id)
    begun = keeper.ids("unit", is_added=True)
    publish(UnitsTakenBack(context, standing.id, tuple(begun)))
    _refuse_if_newer_depends(context, standing, keeper)
    set_state(context, standing.id, UNDONE, undone_at=clock.now())
    take_back(context, keeper)
    keeper.forget()


def _refuse_if_newer_depends(context: Context, standing: ReorganisationRow, keeper: Keeper) -> None:
    if standing.is_final:
        raise Conflict(
            message("Không hoàn tác được: sau sắp xếp này, đảng bộ đã được sáp nhập vào đây.")
        )
    newer = db.session.scalars(
        select(Reorganisation.decision_no).where(
            Reorganisation.tenant_id == context.tenant_id,
            Reorganisation.state == APPLIED,
            Reorganisation.applied_at > standing.applied_at,
        )
    ).first()
    if newer is not None:
        raise Conflict(
            message(
                "Sắp xếp theo quyết định “%(number)s” được làm sau đó; hãy hoàn tác nó trước.",
                number=newer,
            )
        )
    depending = (*keeper.changed_since(), *keeper.referred_to_by())
    if depending:
        raise Conflict(
            message(
                "Không hoàn tác được: sau sắp xếp đã có dữ liệu mới dựa vào nó (%(things)s).",
                things=named(set(depending)),
            )
        )


def _hold_units(context: Context) -> None:
    """Wait for whoever writes under any unit, and keep others waiting, until the end."""
    db.session.execute(
        select(Unit.id)
        .where(Unit.tenant_id == context.tenant_id)
        .order_by(Unit.id)
        .with_for_update()
    )


def set_state(
    context: Context,
    reorganisation_id: int,
    state: str,
    *,
    result: Result | None = None,
    **values: object,
) -> None:
    """Note how a reorganisation stands now."""
    if result is not None:
        values["result"] = result.as_json()
    db.session.execute(
        update(Reorganisation)
        .where(
            Reorganisation.tenant_id == context.tenant_id, Reorganisation.id == reorganisation_id
        )
        .values(state=state, **values),
        execution_options={"synchronize_session": False},
    )
