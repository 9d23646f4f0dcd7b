"""The set-based statements that the commands write people, cases and steps with.

Whoever writes people of a cell, or their steps, holds the cell first (`hold_cells`): writers of one
cell take turns, and wait while its place or a definition changes.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast as typed

from sqlalchemy import ColumnElement, Table, func, select, text, update

from app.cases.models import Case, Person, Step
from app.cases.queries import recorded_cases
from app.cases.rules import (
    FINAL_STEPS,
    PersonDetails,
    RecordedCase,
    RecordedStep,
    StepDraft,
    StepKind,
    running_clock,
    stage,
    step_slots,
)
from app.core.database import db
from app.core.rows import insert_numbered_rows, insert_rows, update_rows
from app.core.text import person_sort_key, search_key
from app.measures.queries import SegmentRow
from app.measures.rules import SegmentTeller
from app.tenants.context import Context
from app.units.models import Kind, Unit
from app.units.rows import UnitRow

_IN_PLACE = {"synchronize_session": False}

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


_GIVE_STEPS = text(
    """
UPDATE step s SET cell_id = g.cell_id
FROM unnest(CAST(:people AS bigint[]), CAST(:cells AS bigint[])) AS g (person_id, cell_id)
JOIN case_file c ON c.tenant_id = :tenant AND c.person_id = g.person_id
WHERE s.tenant_id = :tenant AND s.case_id = c.id AND s.taken_on >= :since
"""
)

_GIVE_PEOPLE = text(
    """
UPDATE person p SET cell_id = g.cell_id, path = u.path
FROM unnest(CAST(:people AS bigint[]), CAST(:cells AS bigint[])) AS g (person_id, cell_id)
JOIN unit u ON u.tenant_id = :tenant AND u.id = g.cell_id
WHERE p.tenant_id = :tenant AND p.id = g.person_id
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
    details = [details for _, details in people]
    return insert_numbered_rows(
        _PERSON,
        {
            "cell_id": [cell.id for cell, _ in people],
            "path": [cell.path for cell, _ in people],
            **_lists(list(map(_columns, details))),
        },
        {"tenant_id": context.tenant_id},
    )


@dataclass(frozen=True)
class NewCase:
    """A person's first case to be opened, and the steps that it will have."""

    person_id: int
    path: str
    steps: Mapping[StepKind, StepDraft]


def insert_cases(context: Context, cases: Sequence[NewCase]) -> dict[int, int]:
    """Open cases; return the number of each by its person.

    How far a case is follows from its steps, and a trigger on these keeps it so. It is written
    with the case already, since changing thousands of rows afterwards costs as much as they do.
    """
    if not cases:
        return {}
    numbers = insert_numbered_rows(
        _CASE,
        {
            "person_id": [case.person_id for case in cases],
            "path": [case.path for case in cases],
            **_lists([_how_far(case.steps) for case in cases]),
        },
        {"tenant_id": context.tenant_id},
    )
    return dict(zip((case.person_id for case in cases), numbers, strict=True))


def _how_far(steps: Mapping[StepKind, StepDraft]) -> dict[str, object]:
    furthest = stage(steps)
    clock, clock_from = running_clock({kind: draft.taken_on for kind, draft in steps.items()}) or (
        None,
        None,
    )
    return {
        "stage": furthest,
        "stage_on": steps[furthest].taken_on if furthest else None,
        "is_closed": not FINAL_STEPS.isdisjoint(steps),
        "clock": clock,
        "clock_from": clock_from,
    }


def insert_steps(
    context: Context, steps: Iterable[NewStep], segments: Sequence[SegmentRow]
) -> None:
    """Write steps with the segments of their people on the day of each."""
    written = list(steps)
    if not written:
        return
    teller = SegmentTeller(segments)
    insert_rows(
        _STEP,
        {
            "case_id": [step.case_id for step in written],
            "cell_id": [step.cell.id for step in written],
            "path": [step.path or step.cell.path for step in written],
            "kind": [step.kind for step in written],
            "taken_on": [step.draft.taken_on for step in written],
            "document_no": [step.draft.document_no for step in written],
            "segments": [_as_array(_slots(step, teller)) for step in written],
            "details": [json.dumps(step.facts) if step.facts else None for step in written],
            "recording_id": [step.recording_id for step in written],
        },
        {"tenant_id": context.tenant_id},
    )


def _slots(step: NewStep, teller: SegmentTeller) -> tuple[int, ...]:
    person = step.details.attributes(is_in_residential_cell=step.cell.is_residential)
    return step_slots(step.kind, step.draft, person, teller)


def update_people(context: Context, details_of: Mapping[int, PersonDetails]) -> None:
    """Write people's attributes anew."""
    if details_of:
        rows = [{"id": number, **_columns(details)} for number, details in details_of.items()]
        update_rows(_PERSON, context.tenant_id, _lists(rows))


def update_steps(context: Context, steps: Sequence[RecordedStep]) -> None:
    """Write dates, document numbers and segments of steps anew, by one statement."""
    if steps:
        update_rows(
            _STEP,
            context.tenant_id,
            {
                "id": [step.id for step in steps],
                "taken_on": [step.taken_on for step in steps],
                "document_no": [step.document_no for step in steps],
                "segments": [_as_array(step.segments) for step in steps],
            },
        )


def move_people(context: Context, cell_of: Mapping[int, UnitRow]) -> None:
    """Put people into other cells. Their cases go with them; what is credited stays."""
    if not cell_of:
        return
    update_rows(
        _PERSON,
        context.tenant_id,
        {
            "id": list(cell_of),
            "cell_id": [cell.id for cell in cell_of.values()],
            "path": [cell.path for cell in cell_of.values()],
        },
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


def give_people(context: Context, cell_of: Mapping[int, int], since: date) -> None:
    """Put people, one by one, into other cells, and credit these with what they do since.

    The cells have a place on all those days, and today.
    """
    values = {
        "tenant": context.tenant_id,
        "since": since,
        "people": list(cell_of),
        "cells": list(cell_of.values()),
    }
    db.session.execute(_GIVE_STEPS, values)
    db.session.execute(_GIVE_PEOPLE, values)
    _take_along(context, Person.id.in_(list(cell_of)))


def steps_of(person_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition of the steps of some people's cases, for a statement of their tenant."""
    cases = select(Case.id).where(Case.tenant_id == Step.tenant_id, Case.person_id.in_(person_ids))
    return Step.case_id.in_(cases)


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
    teller = SegmentTeller(segments)
    update_steps(
        context,
        [step for case in cases for step in _retold(case, residential, teller)],
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
    case: RecordedCase, residential: Collection[int], teller: SegmentTeller
) -> Iterable[RecordedStep]:
    """Yield the steps of a case whose segments are others now."""
    for kind, step in case.steps.items():
        person = case.details.attributes(is_in_residential_cell=step.cell_id in residential)
        slots = step_slots(kind, case.draft_of(kind), person, teller)
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
        "stated_segments": _as_array(sorted(details.stated_segments)),
    }


def _lists(rows: Sequence[Mapping[str, object]]) -> dict[str, list[object]]:
    """Turn rows into columns."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def _as_array(slots: Iterable[int]) -> str:
    return f"{{{','.join(map(str, slots))}}}"
