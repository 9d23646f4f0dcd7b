"""The set-based statements that the commands write people, cases and steps with.

Whoever writes people of a cell, or their steps, holds the cell first (`hold_cells`): writers of one
cell take turns, and wait while its place or a definition changes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast as typed

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    SmallInteger,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from app.cases.models import Case, Person, Step
from app.cases.queries import recorded_cases
from app.cases.rules import (
    PersonDetails,
    RecordedCase,
    RecordedStep,
    StepDraft,
    StepKind,
    step_slots,
)
from app.core.database import db
from app.core.text import person_sort_key, search_key
from app.measures.queries import SegmentRow
from app.tenants.context import Context
from app.units.models import Kind, Unit
from app.units.queries import UnitRow

_IN_PLACE = {"synchronize_session": False}

# The tables themselves, for lists of rows: an entity would find rows to update by their number
# alone, without the tenant, and insert those with an empty field by statements of their own.
_PERSON = typed("Table", Person.__table__)
_CASE = typed("Table", Case.__table__)
_STEP = typed("Table", Step.__table__)


_HAND_OVER_STEPS = text(
    """
UPDATE step s SET cell_id = h.heir_id
FROM unnest(CAST(:cells AS bigint[]), CAST(:heirs AS bigint[])) AS h (cell_id, heir_id)
WHERE s.tenant_id = :tenant AND s.cell_id = h.cell_id AND s.taken_on >= :since
"""
)

_HAND_OVER_PEOPLE = text(
    """
UPDATE person p SET cell_id = h.heir_id, path = u.path
FROM unnest(CAST(:cells AS bigint[]), CAST(:heirs AS bigint[])) AS h (cell_id, heir_id)
JOIN unit u ON u.tenant_id = :tenant AND u.id = h.heir_id
WHERE p.tenant_id = :tenant AND p.cell_id = h.cell_id
"""
)


@dataclass(frozen=True)
class NewStep:
    """A step to be written: of which case, credited to which cell, of which person.

    The cell is the person's own unless `path` says where the person is. `facts` are the step's
    details as JSON holds them.
    """

    case_id: int
    kind: StepKind
    draft: StepDraft
    cell: UnitRow
    details: PersonDetails
    path: str | None = None
    facts: Mapping[str, object] | None = None
    recording_id: int | None = None


def new_steps(
    case_id: int, cell: UnitRow, details: PersonDetails, steps: Mapping[StepKind, StepDraft]
) -> list[NewStep]:
    """Return the steps of one case, to be credited to a cell."""
    return [NewStep(case_id, kind, draft, cell, details) for kind, draft in steps.items()]


def hold_cells(context: Context, cell_ids: Collection[int]) -> None:
    """Wait until no one else writes people of these cells, and keep it so until the end."""
    db.session.execute(
        select(Unit.id)
        .where(Unit.tenant_id == context.tenant_id, Unit.id.in_(cell_ids))
        .order_by(Unit.id)
        .with_for_update(key_share=True)
    )


def insert_people(context: Context, people: Sequence[tuple[UnitRow, PersonDetails]]) -> list[int]:
    """Write people into cells; return their numbers in the same order."""
    if not people:
        return []
    written = db.session.execute(
        insert(_PERSON).returning(
            Person.id, Person.person_code, Person.cell_id, Person.full_name, Person.date_of_birth
        ),
        [
            {
                "tenant_id": context.tenant_id,
                "cell_id": cell.id,
                "path": cell.path,
                **_columns(details),
            }
            for cell, details in people
        ],
    )
    # Rows come back in any order; within one file these four tell people apart.
    numbers = {
        (row.person_code, row.cell_id, row.full_name, row.date_of_birth): row.id for row in written
    }
    return [
        numbers[details.person_code, cell.id, details.full_name, details.date_of_birth]
        for cell, details in people
    ]


def insert_cases(context: Context, person_paths: Mapping[int, str]) -> dict[int, int]:
    """Open a first case for each person; return its number by person."""
    if not person_paths:
        return {}
    written = db.session.execute(
        insert(_CASE).returning(Case.id, Case.person_id),
        [
            {"tenant_id": context.tenant_id, "person_id": person_id, "path": path}
            for person_id, path in person_paths.items()
        ],
    )
    return {row.person_id: row.id for row in written}


def insert_steps(
    context: Context, steps: Iterable[NewStep], segments: Sequence[SegmentRow]
) -> None:
    """Write steps with the segments of their people on the day of each."""
    rows = [
        {
            "tenant_id": context.tenant_id,
            "case_id": step.case_id,
            "cell_id": step.cell.id,
            "path": step.path or step.cell.path,
            "kind": step.kind.value,
            "taken_on": step.draft.taken_on,
            "document_no": step.draft.document_no,
            "segments": list(
                step_slots(
                    step.kind,
                    step.draft,
                    step.details.attributes(is_in_residential_cell=step.cell.is_residential),
                    segments,
                )
            ),
            "details": step.facts or None,
            "recording_id": step.recording_id,
        }
        for step in steps
    ]
    if rows:
        db.session.execute(insert(_STEP), rows)


def update_people(context: Context, details_of: Mapping[int, PersonDetails]) -> None:
    """Write people's attributes anew."""
    if not details_of:
        return
    db.session.execute(
        update(_PERSON).where(
            _PERSON.c.tenant_id == context.tenant_id, _PERSON.c.id == bindparam("person")
        ),
        [{"person": number, **_columns(details)} for number, details in details_of.items()],
    )


def update_steps(context: Context, steps: Sequence[RecordedStep]) -> None:
    """Write dates, document numbers and segments of steps anew, by one statement."""
    if not steps:
        return
    changed = (
        func.unnest(
            literal([step.id for step in steps], ARRAY(BigInteger)),
            literal([step.taken_on for step in steps], ARRAY(Date)),
            literal([step.document_no for step in steps], ARRAY(Text)),
            # Arrays of arrays must be rectangular, so each list of slots travels as its text.
            literal([_array_text(step.segments) for step in steps], ARRAY(Text)),
        )
        .table_valued("id", "taken_on", "document_no", "segments")
        .render_derived("changed")
    )
    db.session.execute(
        update(Step)
        .where(Step.tenant_id == context.tenant_id, Step.id == changed.c.id)
        .values(
            taken_on=changed.c.taken_on,
            document_no=changed.c.document_no,
            segments=cast(changed.c.segments, ARRAY(SmallInteger)),
        ),
        execution_options=_IN_PLACE,
    )


def move_people(context: Context, cell_of: Mapping[int, UnitRow]) -> None:
    """Put people into other cells. Their cases go with them; what is credited stays."""
    if not cell_of:
        return
    db.session.execute(
        update(_PERSON)
        .where(_PERSON.c.tenant_id == context.tenant_id, _PERSON.c.id == bindparam("person"))
        .values(cell_id=bindparam("cell"), path=bindparam("place")),
        [
            {"person": number, "cell": cell.id, "place": cell.path}
            for number, cell in cell_of.items()
        ],
    )
    _take_along(context, Person.id.in_(cell_of))


def follow_cells(context: Context, unit_ids: Collection[int]) -> None:
    """Give the people of these cells the path that their cell has today, by three statements."""
    db.session.execute(
        update(Person)
        .where(
            Person.tenant_id == context.tenant_id,
            Unit.tenant_id == context.tenant_id,
            Unit.id == Person.cell_id,
            Unit.id.in_(unit_ids),
            Unit.path != Person.path,
        )
        .values(path=Unit.path),
        execution_options=_IN_PLACE,
    )
    _take_along(context, Person.cell_id.in_(unit_ids))


def hand_over_people(context: Context, heir_of: Mapping[int, int], since: date) -> None:
    """Put the people of cells that end into others, and credit these with what is done since.

    A day of the past has steps that were recorded meanwhile. Both cells of each pair have a place
    on all those days, the heir has one today.
    """
    if not heir_of:
        return
    values = {
        "tenant": context.tenant_id,
        "since": since,
        "cells": list(heir_of),
        "heirs": list(heir_of.values()),
    }
    db.session.execute(_HAND_OVER_STEPS, values)
    db.session.execute(_HAND_OVER_PEOPLE, values)
    _take_along(context, Person.cell_id.in_(set(heir_of.values())))


def analyse_people() -> None:
    """Tell the planner how many people there are now; the last thing that a long import does.

    Another one that has come as far waits until this transaction ends.
    """
    db.session.execute(select(func.analyse_people()))


def retell_segments(
    context: Context, person_ids: Collection[int], segments: Sequence[SegmentRow]
) -> None:
    """Tell the segments of recorded steps anew from who the people are and what segments mean.

    Who introduced stays as it was recorded. Of an erased person nothing is known to tell from:
    what the steps were counted under stays.
    """
    cases = recorded_cases(context, Person.id.in_(person_ids), Person.erased_at.is_(None))
    cell_ids = {step.cell_id for case in cases for step in case.steps.values()}
    residential = _residential_cells(context, cell_ids)
    update_steps(
        context,
        [step for case in cases for step in _retold(case, residential, segments)],
    )


def _take_along(context: Context, of_people: ColumnElement[bool]) -> None:
    """Give cases the path of their person, and steps the path of their case."""
    db.session.execute(
        update(Case)
        .where(
            Case.tenant_id == context.tenant_id,
            Person.tenant_id == context.tenant_id,
            Person.id == Case.person_id,
            Person.path != Case.path,
            of_people,
        )
        .values(path=Person.path),
        execution_options=_IN_PLACE,
    )
    db.session.execute(
        update(Step)
        .where(
            Step.tenant_id == context.tenant_id,
            Case.tenant_id == context.tenant_id,
            Person.tenant_id == context.tenant_id,
            Case.id == Step.case_id,
            Person.id == Case.person_id,
            Person.path != Step.path,
            of_people,
        )
        .values(path=Person.path),
        execution_options=_IN_PLACE,
    )


def _retold(
    case: RecordedCase, residential: Collection[int], segments: Sequence[SegmentRow]
) -> Iterable[RecordedStep]:
    """Yield the steps of a case whose segments are others now."""
    for kind, step in case.steps.items():
        person = case.details.attributes(is_in_residential_cell=step.cell_id in residential)
        slots = step_slots(kind, case.draft_of(kind), person, segments)
        if slots != step.segments:
            yield replace(step, segments=slots)


def _residential_cells(context: Context, cell_ids: Collection[int]) -> frozenset[int]:
    rows = db.session.scalars(
        select(Unit.id)
        .join(Kind, (Kind.tenant_id == Unit.tenant_id) & (Kind.id == Unit.kind_id))
        .where(
            Unit.tenant_id == context.tenant_id,
            Kind.tenant_id == context.tenant_id,
            Unit.id.in_(cell_ids),
            Kind.is_residential,
        )
    )
    return frozenset(rows)


def _columns(details: PersonDetails) -> dict[str, object]:
    """Return a person's attributes as the columns hold them."""
    return {
        "person_code": details.person_code,
        "full_name": details.full_name,
        "sort_key": person_sort_key(details.full_name),
        "search_key": search_key(details.full_name),
        "date_of_birth": details.date_of_birth,
        "sex": details.sex,
        "ethnicity": details.ethnicity,
        "religion": details.religion,
        "education": details.education,
        "qualification": details.qualification,
        "occupation": details.occupation,
        "stated_segments": sorted(details.stated_segments),
    }


def _array_text(slots: Iterable[int]) -> str:
    return f"{{{','.join(map(str, slots))}}}"
