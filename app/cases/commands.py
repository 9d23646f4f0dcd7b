"""Recording people and their steps, one by one and from files."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import chain

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from app.audit.commands import Change, record, record_all
from app.cases.import_rules import (
    CASE_COLUMNS,
    CasePlan,
    Matcher,
    Vocabulary,
    objections,
    planned,
    understood,
)
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
from app.cases.writing import (
    NewStep,
    analyse_people,
    hold_cells,
    insert_cases,
    insert_people,
    insert_steps,
    move_people,
    retell_segments,
    update_people,
    update_steps,
)
from app.core.database import db
from app.core.errors import Conflict, Problem, Refused, refused_at
from app.core.messages import message
from app.imports.rules import ImportReport, Reject, Table, conclude, read_table
from app.measures.queries import SegmentRow, introducers, segments, stated_segments
from app.tenants.context import Context
from app.units.models import Position
from app.units.queries import UnitRow, unit_in_scope, units_by_code

_PEOPLE_AT_ONCE = 5_000
_MANY_PEOPLE = 500


@dataclass(frozen=True, kw_only=True)
class Admission:
    """A decision on admission, and the ceremony where it has been held."""

    decision_no: str
    decided_on: date
    ceremony_on: date | None = None

    @property
    def steps(self) -> dict[StepKind, StepDraft]:
        """The steps that an admission is made of."""
        steps = {StepKind.DECISION: StepDraft(self.decided_on, self.decision_no)}
        if self.ceremony_on is not None:
            steps[StepKind.CEREMONY] = StepDraft(self.ceremony_on)
        return steps


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
    case_id = insert_cases(context, {person_id: cell.path})[person_id]
    insert_steps(context, _new_steps(case_id, cell, details, steps), segments(context))
    after = {"cell": cell.code, **_spoken(details), **_spoken_steps(steps)}
    record(context, Change("person.added", "person", person_id, after=after, path=cell.path))
    return person_id


def record_admission(context: Context, person_id: int, admission: Admission) -> None:
    """Record the admission of a known person; see `record_steps`."""
    record_steps(context, person_id, admission.steps)


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
    insert_steps(context, _new_steps(case.case_id, cell, case.details, new), segments(context))
    after = _spoken_steps(new)
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
    update_steps(context, [_corrected(case.steps[kind], kind, draft)])
    retell_segments(context, (person_id,), segments(context))
    record(
        context,
        Change(
            "case.corrected",
            "person",
            person_id,
            before=_spoken_steps({kind: before}),
            after=_spoken_steps({kind: draft}),
            path=case.path,
        ),
    )


def correct_person(context: Context, person_id: int, details: PersonDetails) -> None:
    """Correct what is recorded of a person, and with it the segments of the steps so far."""
    case, cell = _held(context, person_id)
    if details == case.details:
        return
    check_born_on(details.date_of_birth, context.today)
    check_steps(_dates(case.steps), born_on=details.date_of_birth, today=context.today)
    if details.identity != case.details.identity:
        _refuse_known_person(context, cell, details)
    update_people(context, {person_id: details})
    retell_segments(context, (person_id,), segments(context))
    before, after = _difference(_spoken(case.details), _spoken(details))
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


def import_cases(
    context: Context, content: bytes, *, may_correct: bool = False, skip_bad: bool = False
) -> ImportReport:
    """Read a CSV file of people with their steps and import it; see `import_case_table`."""
    table = read_table(content, CASE_COLUMNS)
    return import_case_table(context, table, may_correct=may_correct, skip_bad=skip_bad)


def import_case_table(
    context: Context, table: Table, *, may_correct: bool, skip_bad: bool
) -> ImportReport:
    """Record the people of a file and the steps that they have taken since.

    A row of a known person adds the steps that are missing. Any other difference is rejected
    unless `may_correct`; an empty field erases nothing. A known `person_code` in another cell
    moves the person there: steps recorded so far stay credited to the cell that had them, those
    that this row adds count for the new one.

    Raises `ImportRefused` when a row is rejected and bad rows are not to be skipped.
    """
    known = _held_people(context, table)
    plans, rejects = _plans(context, table, known, may_correct=may_correct)
    changes = [plan for plan in plans if not plan.changes_nothing]
    report = conclude(table, rejects, unchanged=len(plans) - len(changes), skip_bad=skip_bad)
    _carry_out(context, changes, known.segments)
    if len(changes) >= _MANY_PEOPLE:
        analyse_people()
    return report


@dataclass(frozen=True)
class _KnownPeople:
    """What is recorded of those whom a file may name; their cells are held."""

    vocabulary: Vocabulary
    segments: tuple[SegmentRow, ...]
    cases: Sequence[RecordedCase]


def _held_people(context: Context, table: Table) -> _KnownPeople:
    """Hold the cells that a file names and those of the people it names, and read them."""
    cell_codes = {str(row.values["cell_code"]) for row in table.rows}
    person_codes = {
        row.values["person_code"] for row in table.rows if row.values.get("person_code")
    }
    named = {unit.id for unit in units_by_code(context, cell_codes).values() if unit.is_cell}
    is_coded = Person.person_code.in_(person_codes)
    left = db.session.scalars(
        select(Person.cell_id).where(Person.tenant_id == context.tenant_id, is_coded).distinct()
    )
    held = named.union(left)
    hold_cells(context, held)
    cases = {
        case.person_id: case
        for case in chain(
            recorded_cases(context, Person.cell_id.in_(named)), recorded_cases(context, is_coded)
        )
    }
    _refuse_unheld(cases.values(), held)
    definitions = segments(context)
    vocabulary = Vocabulary(
        units_by_code(context, cell_codes), stated_segments(definitions), introducers(definitions)
    )
    return _KnownPeople(vocabulary, definitions, tuple(cases.values()))


def _refuse_unheld(cases: Collection[RecordedCase], held: Collection[int]) -> None:
    if any(case.cell_id not in held for case in cases):
        raise Conflict(message("Có người vừa được chuyển sang chi bộ khác; hãy nhập lại tệp."))


def _plans(
    context: Context, table: Table, known: _KnownPeople, *, may_correct: bool
) -> tuple[list[CasePlan], list[Reject]]:
    """Return what the good rows of a table change, and why the others cannot be taken."""
    rejects: list[Reject] = []
    matcher = Matcher(known.cases)
    drawn_up: list[CasePlan] = []
    for row in table.rows:
        file_case = understood(row, known.vocabulary)
        if isinstance(file_case, Reject):
            rejects.append(file_case)
            continue
        recorded = matcher.match(file_case)
        if isinstance(recorded, Reject):
            rejects.append(recorded)
            continue
        drawn_up.append(planned(file_case, recorded))
    has_place = _places(context, drawn_up)
    plans: list[CasePlan] = []
    for plan in drawn_up:
        against = list(
            objections(plan, may_correct=may_correct, today=context.today, has_place=has_place)
        )
        rejects += against
        if not against:
            plans.append(plan)
    return plans, rejects


def _places(context: Context, plans: Sequence[CasePlan]) -> Callable[[int, date], bool]:
    """Return a function that tells whether a cell had a place in the tree on a day."""
    cell_ids = {plan.credited_cell(kind) for plan in plans for kind in plan.file_case.steps}
    rows = db.session.execute(
        select(Position.unit_id, Position.valid).where(
            Position.tenant_id == context.tenant_id, Position.unit_id.in_(cell_ids)
        )
    )
    valid: dict[int, list[Range[date]]] = {}
    for row in rows:
        valid.setdefault(row.unit_id, []).append(row.valid)
    return lambda cell_id, day: any(day in span for span in valid.get(cell_id, ()))


def _carry_out(
    context: Context, plans: Sequence[CasePlan], definitions: Sequence[SegmentRow]
) -> None:
    added = [plan for plan in plans if plan.recorded is None]
    known = [(plan, plan.recorded) for plan in plans if plan.recorded is not None]
    person_ids = insert_people(context, [(plan.file_case.cell, plan.details) for plan in added])
    case_ids = insert_cases(
        context,
        {
            person_id: plan.file_case.cell.path
            for person_id, plan in zip(person_ids, added, strict=True)
        },
    )
    move_people(
        context,
        {case.person_id: plan.file_case.cell for plan, case in known if plan.is_moved},
    )
    _correct_all(context, [pair for pair in known if pair[0].is_correction], definitions)
    by_person = [
        *zip(person_ids, added, strict=True),
        *((case.person_id, plan) for plan, case in known),
    ]
    case_ids |= {case.person_id: case.case_id for _, case in known}
    insert_steps(
        context,
        chain.from_iterable(
            _new_steps(case_ids[person_id], plan.file_case.cell, plan.details, plan.new_steps)
            for person_id, plan in by_person
        ),
        definitions,
    )
    record_all(context, [_import_change(person_id, plan) for person_id, plan in by_person])


def _correct_all(
    context: Context,
    corrections: Sequence[tuple[CasePlan, RecordedCase]],
    definitions: Sequence[SegmentRow],
) -> None:
    if not corrections:
        return
    update_people(
        context,
        {case.person_id: plan.details for plan, case in corrections if plan.are_details_corrected},
    )
    update_steps(
        context,
        [
            _corrected(case.steps[kind], kind, draft)
            for plan, case in corrections
            for kind, draft in plan.corrected_steps.items()
        ],
    )
    retell_segments(context, [case.person_id for _, case in corrections], definitions)


def _import_change(person_id: int, plan: CasePlan) -> Change:
    """Return the one entry about a person of a file: what was, and what is said now."""
    cell, recorded = plan.file_case.cell, plan.recorded
    if recorded is None:
        after = {"cell": cell.code, **_spoken(plan.details), **_spoken_steps(plan.new_steps)}
        return Change("person.added", "person", person_id, after=after, path=cell.path)
    before, after = _difference(_spoken(recorded.details), _spoken(plan.details))
    before |= _spoken_steps({kind: recorded.draft_of(kind) for kind in plan.corrected_steps})
    after |= _spoken_steps({**plan.corrected_steps, **plan.new_steps})
    if plan.is_moved:
        before["cell_id"], after["cell_id"] = recorded.cell_id, cell.id
    action = "person.corrected" if plan.is_correction else "case.advanced"
    return Change(
        "person.moved" if plan.is_moved else action,
        "person",
        person_id,
        before=before,
        after=after,
        path=cell.path,
    )


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


def _new_steps(
    case_id: int, cell: UnitRow, details: PersonDetails, steps: Mapping[StepKind, StepDraft]
) -> list[NewStep]:
    return [NewStep(case_id, kind, draft, cell, details) for kind, draft in steps.items()]


def _corrected(step: RecordedStep, kind: StepKind, draft: StepDraft) -> RecordedStep:
    """Return a step with new values; who the person was that day is told anew afterwards."""
    is_introduction = kind is StepKind.INTRODUCTION
    return replace(
        step,
        taken_on=draft.taken_on,
        document_no=draft.document_no,
        segments=tuple(sorted(draft.introducers)) if is_introduction else step.segments,
    )


def _dates(steps: Mapping[StepKind, StepDraft | RecordedStep]) -> dict[StepKind, date]:
    return {kind: step.taken_on for kind, step in steps.items()}


def _spoken(details: PersonDetails) -> dict[str, object]:
    """Return a person's attributes for the trail, without those that are unknown."""
    return _said(details)


def _spoken_steps(steps: Mapping[StepKind, StepDraft]) -> dict[str, object]:
    """Return steps for the trail: each with its date, number and who introduced."""
    return {kind.value: _said(draft) for kind, draft in steps.items()}


def _said(record: PersonDetails | StepDraft) -> dict[str, object]:
    return {item.name: value for item in fields(record) if (value := getattr(record, item.name))}


def _difference(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: before.get(name) for name in names},
        {name: after.get(name) for name in names},
    )
