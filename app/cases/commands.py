"""Recording people and their steps one by one, and telling all of them anew."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from app.audit.commands import Change, record
from app.cases.models import Person
from app.cases.queries import person, recorded_cases
from app.cases.rules import (
    PersonDetails,
    RecordedCase,
    RecordedStep,
    StepDraft,
    StepKind,
    check_born_on,
    check_steps,
)
from app.cases.trail import difference, spoken, spoken_steps
from app.cases.writing import (
    NewCase,
    hold_cells,
    insert_cases,
    insert_people,
    insert_steps,
    new_steps,
    retell_segments,
    update_people,
    update_steps,
)
from app.core.database import db
from app.core.errors import Conflict, Problem, Refused, refused_at
from app.core.messages import message
from app.measures.queries import segments
from app.tenants.context import Context
from app.units.queries import unit_in_scope
from app.units.rows import UnitRow

_PEOPLE_AT_ONCE = 5_000


def add_person(
    context: Context, cell_id: int, details: PersonDetails, steps: Mapping[StepKind, StepDraft]
) -> int:
    """Add a person to a cell with the steps taken so far; return the person's number.

    Refused when the cell has a person of the same name and date of birth.
    """
    hold_cells(context, (cell_id,))
    cell = unit_in_scope(context, cell_id)
    if not cell.is_cell:
        raise Refused(message("“%(unit)s” không phải là chi bộ.", unit=cell.name))
    check_born_on(details.date_of_birth, context.today)
    check_steps(_dates(steps), born_on=details.date_of_birth, today=context.today)
    _refuse_known_person(context, cell, details)
    (person_id,) = insert_people(context, [(cell, details)])
    case_id = insert_cases(context, [NewCase(person_id, cell.path, steps)])[person_id]
    insert_steps(context, new_steps(case_id, cell, details, steps), segments(context))
    after = {"cell": cell.code, **spoken(details), **spoken_steps(steps)}
    record(context, Change("person.added", "person", person_id, after=after, path=cell.path))
    return person_id


def record_steps(context: Context, person_id: int, steps: Mapping[StepKind, StepDraft]) -> None:
    """Record steps of a known person, credited to the cell that the person is in now.

    A step that is recorded with the same values already is left as it is; one that differs is
    refused, since corrections are made knowingly.
    """
    case, cell = _held(context, person_id)
    _refuse_other_values(case, steps)
    new = {kind: draft for kind, draft in steps.items() if kind not in case.steps}
    if not new:
        return
    check_steps(
        {**_dates(case.steps), **_dates(new)},
        born_on=case.details.date_of_birth,
        today=context.today,
    )
    insert_steps(context, new_steps(case.case_id, cell, case.details, new), segments(context))
    after = spoken_steps(new)
    record(context, Change("case.advanced", "person", person_id, after=after, path=case.path))


def correct_step(context: Context, person_id: int, kind: StepKind, draft: StepDraft) -> None:
    """Correct the date, the number or the introducers of a step; its cell keeps the credit."""
    case, _ = _held(context, person_id)
    if kind not in case.steps:
        raise Refused(message("Bước này chưa được ghi nên chưa có gì để sửa."))
    before = case.draft_of(kind)
    if draft == before:
        return
    check_steps(
        {**_dates(case.steps), kind: draft.taken_on},
        born_on=case.details.date_of_birth,
        today=context.today,
    )
    update_steps(context, [case.corrected(kind, draft)])
    retell_segments(context, (person_id,), segments(context))
    record(
        context,
        Change(
            "case.corrected",
            "person",
            person_id,
            before=spoken_steps({kind: before}),
            after=spoken_steps({kind: draft}),
            path=case.path,
        ),
    )


def correct_person(
    context: Context, person_id: int, details: PersonDetails, *, reason: str | None = None
) -> None:
    """Correct what is recorded of a person, and with it the segments of the steps so far.

    A reason goes onto the trail.
    """
    case, cell = _held(context, person_id)
    if details == case.details:
        return
    check_born_on(details.date_of_birth, context.today)
    check_steps(_dates(case.steps), born_on=details.date_of_birth, today=context.today)
    if details.identity != case.details.identity:
        _refuse_known_person(context, cell, details)
    update_people(context, {person_id: details})
    retell_segments(context, (person_id,), segments(context))
    before, after = difference(spoken(case.details), spoken(details))
    after |= {"reason": reason} if reason else {}
    record(context, Change("person.corrected", "person", person_id, before, after, case.path))


def retell_everybody(context: Context) -> None:
    """Tell the segments of every recorded step anew, after a definition has changed.

    The context's scope is the whole tenant, whose cells are held. The deltas that follow make
    every count right in the same transaction.
    """
    person_ids = db.session.scalars(
        select(Person.id).where(Person.tenant_id == context.tenant_id).order_by(Person.id)
    ).all()
    known = segments(context)
    for start in range(0, len(person_ids), _PEOPLE_AT_ONCE):
        retell_segments(context, person_ids[start : start + _PEOPLE_AT_ONCE], known)


def _held(context: Context, person_id: int) -> tuple[RecordedCase, UnitRow]:
    """Hold the cell that a person is in, then read both."""
    cell_id = person(context, person_id).cell_id
    hold_cells(context, (cell_id,))
    case = person(context, person_id)
    if case.cell_id != cell_id:
        raise Conflict(message("Người này vừa được chuyển sang chi bộ khác; hãy mở lại trang."))
    return case, unit_in_scope(context, cell_id)


def _refuse_known_person(context: Context, cell: UnitRow, details: PersonDetails) -> None:
    """Keep people of a cell apart by name and date of birth, unless codes tell them apart."""
    same_day = recorded_cases(
        context, Person.cell_id == cell.id, Person.date_of_birth == details.date_of_birth
    )
    if any(_is_same(case.details, details) for case in same_day):
        raise refused_at(
            "full_name",
            message(
                "“%(cell)s” đã có người tên %(name)s, sinh ngày %(born_on)s.",
                cell=cell.name,
                name=details.full_name,
                born_on=details.date_of_birth,
            ),
        )


def _is_same(recorded: PersonDetails, said: PersonDetails) -> bool:
    if recorded.identity != said.identity:
        return False
    are_both_coded = recorded.person_code is not None and said.person_code is not None
    return not are_both_coded or recorded.person_code == said.person_code


def _refuse_other_values(case: RecordedCase, steps: Mapping[StepKind, StepDraft]) -> None:
    problems = [
        Problem(
            kind,
            message("Bước này đã ghi ngày %(day)s.", day=case.steps[kind].taken_on),
        )
        for kind, draft in steps.items()
        if kind in case.steps and case.draft_of(kind) != draft
    ]
    if problems:
        raise Refused(message("Bước này đã được ghi; muốn đổi hãy sửa ở trang cá nhân."), problems)


def _dates(steps: Mapping[StepKind, StepDraft | RecordedStep]) -> dict[StepKind, date]:
    return {kind: step.taken_on for kind, step in steps.items()}
