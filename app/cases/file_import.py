"""Recording the people of a file, with the steps that they have taken since an earlier one."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import Range

from app.audit.commands import Change, record_all
from app.cases.file_rows import (
    CASE_COLUMNS,
    CasePlan,
    Matcher,
    Vocabulary,
    objections,
    planned,
    understood,
)
from app.cases.models import Person
from app.cases.queries import recorded_cases
from app.cases.rules import RecordedCase, StepKind
from app.cases.trail import difference, spoken, spoken_steps
from app.cases.writing import (
    NewCase,
    analyse_people,
    hold_cells,
    insert_cases,
    insert_people,
    insert_steps,
    move_people,
    new_steps,
    retell_segments,
    update_people,
    update_steps,
)
from app.core.collector import collector_at_rest
from app.core.database import db
from app.core.errors import Conflict
from app.core.messages import message
from app.imports.rules import ImportReport, Reject, Table, conclude, read_table
from app.measures.queries import SegmentRow, introducers, segments, stated_segments
from app.tenants.context import Context
from app.units.models import Position
from app.units.queries import units_by_code

_MANY_PEOPLE = 500


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
    taken = _take_in(context, table, may_correct=may_correct, skip_bad=skip_bad)
    if len(taken.rows) >= _MANY_PEOPLE:
        analyse_people()
    return taken.report


@dataclass(frozen=True)
class TakenRow:
    """What a row has changed: of whom, whether that is a new person, which steps were added."""

    number: int
    person_id: int
    is_new: bool
    is_moved: bool
    steps: tuple[StepKind, ...]


@dataclass(frozen=True)
class TakenIn:
    """What became of a table: the report, and the rows that changed something."""

    report: ImportReport
    rows: tuple[TakenRow, ...]


def take_in_cases(context: Context, table: Table) -> TakenIn:
    """Import the good rows of a table as `import_case_table` does, and say what each has done.

    For one batch of many: who takes in the last one calls `analyse_people`.
    """
    return _take_in(context, table, may_correct=False, skip_bad=True)


@dataclass(frozen=True)
class Survey:
    """What importing a table would do: the plans of its good rows, why others are none."""

    plans: tuple[CasePlan, ...]
    rejects: tuple[Reject, ...]


@collector_at_rest()
def survey_cases(context: Context, table: Table) -> Survey:
    """Return what importing a table would do now, without holding or changing anything."""
    named, coded = _named_cells(context, table)
    known = _known_people(context, table, named, coded)
    plans, rejects = _plans(context, table, known, may_correct=False)
    return Survey(tuple(plans), (*table.rejects, *rejects))


@collector_at_rest()
def _take_in(context: Context, table: Table, *, may_correct: bool, skip_bad: bool) -> TakenIn:
    known = _held_people(context, table)
    plans, rejects = _plans(context, table, known, may_correct=may_correct)
    changes = [plan for plan in plans if not plan.changes_nothing]
    report = conclude(table, rejects, unchanged=len(plans) - len(changes), skip_bad=skip_bad)
    person_ids = _carry_out(context, changes, known.segments)
    return TakenIn(
        report,
        tuple(
            TakenRow(
                number=plan.file_case.row.number,
                person_id=person_id,
                is_new=plan.recorded is None,
                is_moved=plan.is_moved,
                steps=tuple(plan.new_steps),
            )
            for person_id, plan in person_ids
        ),
    )


@dataclass(frozen=True)
class _KnownPeople:
    """What is recorded of those whom a file may name."""

    vocabulary: Vocabulary
    segments: tuple[SegmentRow, ...]
    cases: Sequence[RecordedCase]


def _held_people(context: Context, table: Table) -> _KnownPeople:
    """Hold the cells that a file names and those of the people it names, and read them."""
    named, coded = _named_cells(context, table)
    left = db.session.scalars(
        select(Person.cell_id).where(Person.tenant_id == context.tenant_id, coded).distinct()
    )
    held = named.union(left)
    hold_cells(context, held)
    known = _known_people(context, table, named, coded)
    _refuse_unheld(known.cases, held)
    return known


def _named_cells(context: Context, table: Table) -> tuple[set[int], ColumnElement[bool]]:
    """Return the cells that a table names, and the condition for people with its codes."""
    cell_codes = {str(row.values["cell_code"]) for row in table.rows}
    person_codes = {
        row.values["person_code"] for row in table.rows if row.values.get("person_code")
    }
    named = {unit.id for unit in units_by_code(context, cell_codes).values() if unit.is_cell}
    return named, Person.person_code.in_(person_codes)


def _known_people(
    context: Context, table: Table, named: Collection[int], coded: ColumnElement[bool]
) -> _KnownPeople:
    cell_codes = {str(row.values["cell_code"]) for row in table.rows}
    cases = {
        case.person_id: case
        for case in chain(
            recorded_cases(context, Person.cell_id.in_(named)), recorded_cases(context, coded)
        )
    }
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
) -> list[tuple[int, CasePlan]]:
    """Write what the plans change; return them with the numbers of their people."""
    added = [plan for plan in plans if plan.recorded is None]
    known = [(plan, plan.recorded) for plan in plans if plan.recorded is not None]
    person_ids = insert_people(context, [(plan.file_case.cell, plan.details) for plan in added])
    case_ids = insert_cases(
        context,
        [
            NewCase(person_id, plan.file_case.cell.path, plan.new_steps)
            for person_id, plan in zip(person_ids, added, strict=True)
        ],
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
            new_steps(case_ids[person_id], plan.file_case.cell, plan.details, plan.new_steps)
            for person_id, plan in by_person
        ),
        definitions,
    )
    record_all(context, [_import_change(person_id, plan) for person_id, plan in by_person])
    return by_person


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
            case.corrected(kind, draft)
            for plan, case in corrections
            for kind, draft in plan.corrected_steps.items()
        ],
    )
    retell_segments(context, [case.person_id for _, case in corrections], definitions)


def _import_change(person_id: int, plan: CasePlan) -> Change:
    """Return the one entry about a person of a file: what was, and what is said now."""
    cell, recorded = plan.file_case.cell, plan.recorded
    if recorded is None:
        after = {"cell": cell.code, **spoken(plan.details), **spoken_steps(plan.new_steps)}
        return Change("person.added", "person", person_id, after=after, path=cell.path)
    before, after = difference(spoken(recorded.details), spoken(plan.details))
    before |= spoken_steps({kind: recorded.draft_of(kind) for kind in plan.corrected_steps})
    after |= spoken_steps({**plan.corrected_steps, **plan.new_steps})
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
