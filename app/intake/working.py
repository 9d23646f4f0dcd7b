"""The work on a file, a batch to a transaction: check it, take it in, take it back.

Each transaction holds the file's row first and finds in the tables how far the work has come: a
worker that was killed, or a second one, goes on where the last batch ended.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast as typed

from sqlalchemy import BigInteger, Text, cast, delete, func, select, update
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from app.audit.commands import Change, record, record_all
from app.audit.models import AuditEntry
from app.cases.file_import import TakenRow, survey_cases, take_in_cases
from app.cases.file_rows import CasePlan
from app.cases.models import Case, Person, Step
from app.cases.queries import recorded_cases
from app.cases.rules import RecordedCase, StepKind
from app.cases.sheet_rows import sheet_columns
from app.cases.trail import spoken_steps
from app.cases.writing import analyse_people, hold_cells
from app.core.clock import now
from app.core.database import db
from app.core.messages import message
from app.core.rows import insert_rows, list_parameters, listed
from app.core.sealing import field_keys
from app.core.text import search_key
from app.imports.rules import Column, ImportRefused, Reject, Table, read_table, table_of
from app.intake.models import ImportFile, ImportRow
from app.intake.queries import SentFile, ShownRow, rows_in, sent_file
from app.intake.rules import (
    FileState,
    Finding,
    KeptRow,
    RowState,
    file_name_of_seal,
    message_as_json,
    row_name,
)
from app.measures.queries import introducers, segments, stated_segments
from app.tenants.context import Context

ROWS_AT_ONCE = 1_000
NEW_PERSON, MOVED = "new", "moved"
_IN_PLACE = {"synchronize_session": False}
_ROWS = typed("SqlTable", ImportRow.__table__)


def unit_columns(context: Context) -> tuple[Column, ...]:
    """Return the columns of the spreadsheets of a tenant's units, names of segments known."""
    definitions = segments(context)
    named = (*stated_segments(definitions).values(), *introducers(definitions).values())
    return sheet_columns(context.today, {row.name: row.code for row in named})


def next_batch(context: Context, file_id: int) -> bool:
    """Do the next piece of work on a file; say whether there may be more."""
    file = _held_file(context, file_id)
    match file.state:
        case FileState.SENT:
            _check(context, file)
            return False
        case FileState.ACCEPTED:
            return _take_in(context, file)
        case FileState.WITHDRAWN:
            return _take_back(context, file)
    return False


def _held_file(context: Context, file_id: int) -> SentFile:
    db.session.execute(
        select(ImportFile.id)
        .where(ImportFile.tenant_id == context.tenant_id, ImportFile.id == file_id)
        .with_for_update()
    )
    return sent_file(context, file_id)


# Checking: every row is judged as if it were taken in now.


@dataclass(frozen=True)
class _JudgedRow:
    number: int
    state: RowState
    kept: KeptRow


def _check(context: Context, file: SentFile) -> None:
    try:
        table = read_table(_content(context, file), unit_columns(context))
    except ImportRefused as refused:
        notes = [message_as_json(reject.reason) for reject in refused.report.rejects]
        _end(context, file, FileState.REFUSED, notes=notes)
        return
    judged = list(_judged(context, table))
    _write_rows(context, file, judged)
    _change_file(
        context,
        file.id,
        state=FileState.CHECKED,
        header=list(table.header),
        notes=list(map(message_as_json, table.notes)),
        rows=table.read,
        done=table.read,
    )
    bad = sum(row.state is RowState.BAD for row in judged)
    _note(context, file, "import.checked", {"rows": table.read, "bad": bad})


def _content(context: Context, file: SentFile) -> bytes:
    sealed = db.session.execute(
        select(ImportFile.content).where(
            ImportFile.tenant_id == context.tenant_id,
            ImportFile.id == file.id,
            ImportFile.content.is_not(None),
        )
    ).scalar_one()
    return field_keys().open(typed("bytes", sealed), file_name_of_seal(file.id))


def _judged(context: Context, table: Table) -> Iterable[_JudgedRow]:
    survey = survey_cases(context, table)
    findings = _findings(survey.rejects)
    states: dict[int, RowState] = dict.fromkeys(findings, RowState.BAD)
    for plan in survey.plans:
        is_known = plan.changes_nothing
        states[plan.file_case.row.number] = RowState.KNOWN if is_known else RowState.GOOD
    for number, finding in _look_alikes(context, survey.plans).items():
        states[number] = RowState.DUPLICATE
        findings[number].append(finding)
    for number, cells in table.originals.items():
        yield _JudgedRow(number, states[number], KeptRow(cells, tuple(findings.get(number, ()))))


def _findings(rejects: Iterable[Reject]) -> dict[int, list[Finding]]:
    found: dict[int, list[Finding]] = defaultdict(list)
    for reject in rejects:
        found[reject.row].append(Finding.of(reject))
    return found


def _look_alikes(context: Context, plans: Sequence[CasePlan]) -> dict[int, Finding]:
    """Find, for new people, somebody of the scope with that name without marks and birthday."""
    new = [plan for plan in plans if plan.recorded is None]
    if not new:
        return {}
    asked = listed("asked", {"number": BigInteger(), "search_key": Text(), "born_on": Text()})
    rows = db.session.execute(
        select(asked.c.number, Person.full_name)
        .join(Person, Person.search_key == asked.c.search_key)
        .where(
            Person.tenant_id == context.tenant_id,
            Person.path >= context.scope.first,
            Person.path < context.scope.last,
            func.to_char(Person.date_of_birth, "YYYY-MM-DD") == asked.c.born_on,
        ),
        list_parameters(
            {
                "number": [plan.file_case.row.number for plan in new],
                "search_key": [search_key(plan.details.full_name) for plan in new],
                "born_on": [plan.details.date_of_birth.isoformat() for plan in new],
            }
        ),
    )
    return {
        row.number: Finding(
            "full_name",
            row.full_name,
            message("Có thể trùng với %(name)s, cùng ngày sinh, đã có hồ sơ.", name=row.full_name),
        )
        for row in rows
    }


def _write_rows(context: Context, file: SentFile, rows: Sequence[_JudgedRow]) -> None:
    keys = field_keys()
    for start in range(0, len(rows), ROWS_AT_ONCE):
        batch = rows[start : start + ROWS_AT_ONCE]
        insert_rows(
            _ROWS,
            {
                "number": [row.number for row in batch],
                "state": [row.state for row in batch],
                "sealed": [
                    keys.seal(row.kept.as_bytes(), row_name(file.id, row.number)) for row in batch
                ],
            },
            {"tenant_id": context.tenant_id, "file_id": file.id, "path": file.path},
        )


# Taking in.


def _take_in(context: Context, file: SentFile) -> bool:
    wanted = {RowState.GOOD, *([RowState.DUPLICATE] if file.takes_duplicates else [])}
    rows = rows_in(context, file.id, wanted, ROWS_AT_ONCE)
    if not rows:
        analyse_people()
        _end(context, file, FileState.DONE)
        return False
    table = table_of(
        file.header, [(row.number, row.kept.cells) for row in rows], unit_columns(context)
    )
    taken = take_in_cases(context, table)
    findings = _findings(taken.report.rejects)
    by_number = {row.number: row for row in taken.rows}
    entries = _entries(context, [row.person_id for row in taken.rows])
    changed = [
        _Outcome(row.number, RowState.BAD, KeptRow(row.kept.cells, tuple(findings[row.number])))
        if row.number in findings
        else _outcome(row, by_number.get(row.number), entries)
        for row in rows
    ]
    _write_outcomes(context, file, changed)
    _change_file(context, file.id, done=file.done + len(rows))
    _note(context, file, "import.taken_in", {"rows": len(rows), "changed": len(taken.rows)})
    return True


@dataclass(frozen=True)
class _Outcome:
    number: int
    state: RowState
    kept: KeptRow
    person_id: int | None = None
    effect: Sequence[str] | None = None
    entries: int | None = None


def _outcome(row: ShownRow, taken: TakenRow | None, entries: Mapping[int, int]) -> _Outcome:
    if taken is None:
        return _Outcome(row.number, RowState.KNOWN, row.kept)
    effect = [
        *([NEW_PERSON] if taken.is_new else []),
        *([MOVED] if taken.is_moved else []),
        *(kind.value for kind in taken.steps),
    ]
    return _Outcome(
        row.number,
        RowState.STORED,
        row.kept,
        taken.person_id,
        effect,
        entries[taken.person_id],
    )


def _entries(context: Context, person_ids: Sequence[int]) -> dict[int, int]:
    """Count the entries about people that say of a change, not of somebody's looking."""
    rows = db.session.execute(
        select(AuditEntry.subject_id, func.count().label("many"))
        .where(
            AuditEntry.tenant_id == context.tenant_id,
            AuditEntry.subject_kind == "person",
            AuditEntry.subject_id.in_(person_ids),
            AuditEntry.action.not_like("person.seen%"),
        )
        .group_by(AuditEntry.subject_id)
    )
    return {row.subject_id: row.many for row in rows}


def _write_outcomes(context: Context, file: SentFile, outcomes: Sequence[_Outcome]) -> None:
    keys = field_keys()
    columns: dict[str, list[object]] = {
        "number": [o.number for o in outcomes],
        "state": [o.state for o in outcomes],
        "sealed": [keys.seal(o.kept.as_bytes(), row_name(file.id, o.number)) for o in outcomes],
        "person_id": [o.person_id for o in outcomes],
        "effect": [None if o.effect is None else json.dumps(list(o.effect)) for o in outcomes],
        "entries": [o.entries for o in outcomes],
    }
    told = listed(
        "told",
        {
            "number": BigInteger(),
            "state": Text(),
            "sealed": BYTEA(),
            "person_id": BigInteger(),
            "effect": Text(),
            "entries": BigInteger(),
        },
    )
    db.session.execute(
        update(_ROWS)
        .where(
            _ROWS.c.tenant_id == context.tenant_id,
            _ROWS.c.file_id == file.id,
            _ROWS.c.number == told.c.number,
        )
        .values(
            state=told.c.state,
            sealed=told.c.sealed,
            person_id=told.c.person_id,
            effect=cast(told.c.effect, JSONB),
            entries=told.c.entries,
        ),
        list_parameters(columns),
    )


# Taking back.


@dataclass(frozen=True)
class _StoredRow:
    number: int
    person_id: int
    effect: tuple[str, ...]
    entries: int


def _take_back(context: Context, file: SentFile) -> bool:
    rows = _stored_rows(context, file)
    if not rows:
        _end(context, file, FileState.UNDONE)
        return False
    person_ids = [row.person_id for row in rows]
    cells = db.session.scalars(
        select(Person.cell_id)
        .where(Person.tenant_id == context.tenant_id, Person.id.in_(person_ids))
        .distinct()
    ).all()
    hold_cells(context, cells)
    cases = {case.person_id: case for case in recorded_cases(context, Person.id.in_(person_ids))}
    entries = _entries(context, person_ids)
    free = [
        row
        for row in rows
        if row.person_id in cases
        and entries[row.person_id] == row.entries
        and MOVED not in row.effect
    ]
    _remove_people(context, [cases[row.person_id] for row in free if NEW_PERSON in row.effect])
    _remove_steps(
        context,
        {
            row.person_id: tuple(map(StepKind, row.effect))
            for row in free
            if NEW_PERSON not in row.effect
        },
        cases,
    )
    _settle_rows(context, file, rows, {row.number for row in free})
    _change_file(context, file.id, done=file.done + len(rows))
    _note(context, file, "import.taken_back", {"rows": len(rows), "undone": len(free)})
    return True


def _stored_rows(context: Context, file: SentFile) -> list[_StoredRow]:
    rows = db.session.execute(
        select(ImportRow.number, ImportRow.person_id, ImportRow.effect, ImportRow.entries)
        .where(
            ImportRow.tenant_id == context.tenant_id,
            ImportRow.file_id == file.id,
            ImportRow.state == RowState.STORED,
        )
        .order_by(ImportRow.number)
        .limit(ROWS_AT_ONCE)
    )
    return [_StoredRow(row.number, row.person_id, tuple(row.effect), row.entries) for row in rows]


def _remove_people(context: Context, cases: Sequence[RecordedCase]) -> None:
    if not cases:
        return
    for table, numbers in (
        (Step, Step.case_id.in_([case.case_id for case in cases])),
        (Case, Case.id.in_([case.case_id for case in cases])),
        (Person, Person.id.in_([case.person_id for case in cases])),
    ):
        db.session.execute(
            delete(table).where(table.tenant_id == context.tenant_id, numbers),
            execution_options=_IN_PLACE,
        )
    record_all(
        context,
        [Change("person.taken_back", "person", case.person_id, path=case.path) for case in cases],
    )


def _remove_steps(
    context: Context,
    kinds_of: Mapping[int, tuple[StepKind, ...]],
    cases: Mapping[int, RecordedCase],
) -> None:
    step_ids = [
        cases[person_id].steps[kind].id for person_id, kinds in kinds_of.items() for kind in kinds
    ]
    if not step_ids:
        return
    db.session.execute(
        delete(Step).where(Step.tenant_id == context.tenant_id, Step.id.in_(step_ids)),
        execution_options=_IN_PLACE,
    )
    record_all(
        context,
        [
            Change(
                "case.taken_back",
                "person",
                person_id,
                before=spoken_steps({kind: cases[person_id].draft_of(kind) for kind in kinds}),
                path=cases[person_id].path,
            )
            for person_id, kinds in kinds_of.items()
        ],
    )


def _settle_rows(
    context: Context, file: SentFile, rows: Sequence[_StoredRow], undone: set[int]
) -> None:
    for state, numbers in (
        (RowState.UNDONE, undone),
        (RowState.KEPT, {row.number for row in rows} - undone),
    ):
        if numbers:
            db.session.execute(
                update(ImportRow)
                .where(
                    ImportRow.tenant_id == context.tenant_id,
                    ImportRow.file_id == file.id,
                    ImportRow.number.in_(numbers),
                )
                .values(state=state),
                execution_options=_IN_PLACE,
            )


def _end(context: Context, file: SentFile, state: FileState, **values: object) -> None:
    # The rows are enough from here on: to correct what was rejected, and to take back.
    _change_file(context, file.id, state=state, content=None, ended_at=now(), **values)
    _note(context, file, f"import.{state.value}", {"rows": file.rows})


def _change_file(context: Context, file_id: int, **values: object) -> None:
    db.session.execute(
        update(ImportFile)
        .where(ImportFile.tenant_id == context.tenant_id, ImportFile.id == file_id)
        .values(**values),
        execution_options=_IN_PLACE,
    )


def _note(context: Context, file: SentFile, action: str, after: Mapping[str, object]) -> None:
    record(context, Change(action, "import", file.id, after=after, path=file.path))
