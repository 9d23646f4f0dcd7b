"""What may be done to a case besides taking steps: correct, withdraw, complete, approve, move.

`taking` takes steps; `recordings` takes them back within ten minutes.
"""

from dataclasses import replace
from datetime import date

from sqlalchemy import delete, insert, update

from app.audit.commands import Change, record
from app.cases import commands as people
from app.cases.models import Case, Step
from app.cases.rules import STEP_NAMES, StepKind, cleaned_number, cleaned_words
from app.cases.writing import hold_cells, move_people
from app.core.database import db
from app.core.errors import Conflict, NotFound, Refused, refused_at
from app.core.messages import message
from app.procedure.cases import CaseState, TakenStep, Taking
from app.procedure.details import PaperDetails, to_json
from app.procedure.models import Approval, PersonMove
from app.procedure.queries import case_state, law
from app.procedure.recordings import Recorded, detach
from app.procedure.taking import (
    ApprovalDraft,
    approval_row,
    cells_of,
    checked,
    cleaned_approval,
    held_cases,
    refuse_any_stop,
    set_details,
    spoken_approval,
    take_steps,
)
from app.procedure.transfers import renew_file
from app.tenants.context import Context
from app.units.queries import unit_in_scope


def correct(
    context: Context, person_id: int, kind: StepKind, taking: Taking, *, reason: str
) -> None:
    """Correct a step that is recorded; its cell keeps the credit. The reason is on the trail."""
    why = _reason(reason)
    state = held_cases(context, (person_id,))[0]
    before = _own_step(state, kind)
    details = checked(kind, taking.details or before.details, context.today)
    changed = replace(
        before,
        taken_on=taking.draft.taken_on,
        document_no=taking.draft.document_no,
        details=details,
    )
    after = replace(state, steps={**state.steps, kind: changed})
    refuse_any_stop(after, law(context), context.today)
    people.correct_step(context, person_id, kind, taking.draft)
    set_details(context, state.case_id, kind, details)
    detach(context, state.case_id, kind)
    if kind is StepKind.MOVED_AWAY:
        renew_file(context, state, taking.draft.taken_on)
    record(
        context,
        Change(
            "step.corrected",
            "person",
            person_id,
            before={kind.value: to_json(before.details)},
            after={kind.value: to_json(details), "reason": why},
            path=state.path,
        ),
    )


def withdraw_step(context: Context, person_id: int, kind: StepKind, *, reason: str) -> None:
    """Remove a step that was recorded by mistake; counts follow, the trail keeps it."""
    why = _reason(reason)
    state = held_cases(context, (person_id,))[0]
    step = _own_step(state, kind)
    db.session.execute(
        delete(Step).where(
            Step.tenant_id == context.tenant_id, Step.case_id == state.case_id, Step.kind == kind
        )
    )
    before = {kind.value: {"taken_on": step.taken_on, "document_no": step.document_no}}
    record(
        context,
        Change("step.withdrawn", "person", person_id, before, {"reason": why}, state.path),
    )


def keep_details(context: Context, person_id: int, kind: StepKind, details: PaperDetails) -> None:
    """Keep what has become known of a recorded step: a mentor's remark, an answer, a paper.

    Dates and counts stay; `details.with_mentor` and `with_remark` draw up the new details.
    """
    state = held_cases(context, (person_id,))[0]
    step = state.steps.get(kind)
    if step is None or step.is_carried:
        raise Refused(message("Bước “%(step)s” chưa được ghi.", step=STEP_NAMES[kind]))
    kept = checked(kind, details, context.today)
    if kept == step.details:
        return
    after = replace(state, steps={**state.steps, kind: replace(step, details=kept)})
    refuse_any_stop(after, law(context), context.today)
    set_details(context, state.case_id, kind, kept)
    record(
        context,
        Change(
            "step.detailed",
            "person",
            person_id,
            before={kind.value: to_json(step.details)},
            after={kind.value: to_json(kept)},
            path=state.path,
        ),
    )


def approve(context: Context, person_id: int, draft: ApprovalDraft) -> None:
    """Record a committee's consent for a case, also long after the step that it concerns."""
    state = held_cases(context, (person_id,))[0]
    given = cleaned_approval(draft, context.today)
    if given.rule in state.approvals:
        raise Conflict(message("Ý kiến này đã được ghi."))
    db.session.execute(insert(Approval), [approval_row(context, state, given, None)])
    record(
        context,
        Change(
            "case.approved",
            "person",
            person_id,
            after={given.rule: spoken_approval(given)},
            path=state.path,
        ),
    )


def move_person(
    context: Context,
    person_id: int,
    cell_id: int,
    *,
    moved_on: date,
    document_no: str | None = None,
) -> None:
    """Move a person, with the one case, to another cell of the scope from a day on.

    Steps recorded so far stay credited; one that is recorded later counts for the cell in which
    the person was on its day.
    """
    home = cells_of(context, (person_id,)).get(person_id)
    if home is None:
        raise NotFound(message("Không tìm thấy người này."))
    hold_cells(context, sorted({home, cell_id}))
    state = case_state(context, person_id)
    cell = unit_in_scope(context, cell_id)
    if state.cell_id != home:
        raise Conflict(message("Người này vừa được chuyển sang chi bộ khác; hãy mở lại trang."))
    if not cell.is_cell:
        raise refused_at("cell", message("“%(unit)s” không phải là chi bộ.", unit=cell.name))
    if cell.id == home:
        raise refused_at("cell", message("Người này đang ở chi bộ này."))
    last = max((move.moved_on for move in state.moves), default=state.person.date_of_birth)
    if not last < moved_on <= context.today:
        raise refused_at(
            "moved_on",
            message(
                "Ngày chuyển phải sau %(last)s và không sau hôm nay.",
                last=last,
            ),
        )
    move_people(context, {person_id: cell})
    db.session.execute(
        insert(PersonMove).values(
            tenant_id=context.tenant_id,
            person_id=person_id,
            from_cell_id=home,
            to_cell_id=cell.id,
            moved_on=moved_on,
            document_no=cleaned_number(document_no or ""),
            path=cell.path,
        )
    )
    before = {"cell_id": home}
    after = {"cell_id": cell.id, "moved_on": moved_on, "document_no": document_no}
    record(context, Change("person.moved", "person", person_id, before, after, cell.path))


def open_another_case(context: Context, person_id: int, listed: Taking) -> Recorded:
    """Begin a new case of a person whose case has ended: listed again, or to be readmitted.

    What the law says of readmission (when, how often, whose consent) is asked when the cell has
    considered it. The person stays one; each case counts for itself.
    """
    state = held_cases(context, (person_id,))[0]
    _refuse_open_case(state)
    ended_on = max(state.dates.values())
    if listed.draft.taken_on < ended_on:
        raise refused_at(
            StepKind.LISTED,
            message("Hồ sơ trước khép lại ngày %(day)s; hồ sơ mới phải sau đó.", day=ended_on),
        )
    db.session.execute(
        update(Case)
        .where(Case.tenant_id == context.tenant_id, Case.id == state.case_id)
        .values(is_current=False),
        execution_options={"synchronize_session": False},
    )
    db.session.execute(
        insert(Case).values(tenant_id=context.tenant_id, person_id=person_id, path=state.path)
    )
    return take_steps(context, person_id, {StepKind.LISTED: listed})


def _refuse_open_case(state: CaseState) -> None:
    if StepKind.RECOGNITION in state.steps and StepKind.REMOVAL not in state.steps:
        raise Refused(message("Người này đã là đảng viên chính thức."))
    if not state.is_closed:
        raise Refused(message("Hồ sơ hiện nay chưa khép lại."))


def _own_step(state: CaseState, kind: StepKind) -> TakenStep:
    step = state.steps.get(kind)
    if step is None:
        raise Refused(message("Bước này chưa được ghi nên chưa có gì để sửa."))
    if step.is_carried:
        raise Refused(message("Bước này do đảng bộ chuyển hồ sơ ghi; chỉ nơi đó sửa được."))
    return step


def _reason(text: str) -> str:
    reason = cleaned_words(text)
    if reason is None:
        raise refused_at("reason", message("Hãy ghi lý do."))
    return reason
