"""Files of people with their steps: their columns, who is who in them, what a row changes.

Pure functions: what is recorded already comes in as data.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, cast

from app.cases.rules import (
    EDUCATIONS,
    QUALIFICATIONS,
    SEXES,
    PersonDetails,
    RecordedCase,
    RecordedStep,
    StepDraft,
    StepKind,
    cleaned_name,
    cleaned_number,
    cleaned_words,
    step_problems,
)
from app.core.dates import parse_file_date
from app.core.messages import Message, message
from app.core.text import clean
from app.imports.rules import Column, Reject, Row, choice, code, optional
from app.measures.queries import SegmentRow
from app.units.rows import UnitRow

DATE_COLUMNS = {
    StepKind.LISTED: "listed_on",
    StepKind.CERTIFICATE: "certificate_on",
    StepKind.INTRODUCTION: "introduced_on",
    StepKind.CELL_RESOLUTION: "cell_resolution_on",
    StepKind.DECISION: "decision_on",
    StepKind.CEREMONY: "ceremony_on",
    StepKind.RECOGNITION: "recognised_on",
    StepKind.REMOVAL: "removed_on",
}
_MAY_BE_LEFT_OUT = {"removed_on", "introduced_on"}

_CODE_SEPARATOR = ";"
_NEEDS_CORRECT = message("nhập với --correct để sửa")


@dataclass(frozen=True)
class FileCase:
    """A row understood: a person in a cell, with steps."""

    row: Row
    cell: UnitRow
    details: PersonDetails
    steps: Mapping[StepKind, StepDraft]


@dataclass(frozen=True)
class CasePlan:
    """What a row would change: `details` and `corrected_steps` only against what is recorded."""

    file_case: FileCase
    recorded: RecordedCase | None
    details: PersonDetails
    new_steps: Mapping[StepKind, StepDraft]
    corrected_steps: Mapping[StepKind, StepDraft] = field(default_factory=dict)

    @property
    def is_moved(self) -> bool:
        """Whether a known person stands in another cell now."""
        return self.recorded is not None and self.recorded.cell_id != self.file_case.cell.id

    @property
    def are_details_corrected(self) -> bool:
        """Whether a recorded attribute changes."""
        return self.recorded is not None and self.recorded.details != self.details

    @property
    def is_correction(self) -> bool:
        """Whether anything recorded changes, other than the cell."""
        return self.are_details_corrected or bool(self.corrected_steps)

    @property
    def changes_nothing(self) -> bool:
        """Whether all that the row says is recorded already."""
        return not (self.recorded is None or self.new_steps or self.is_correction or self.is_moved)

    def steps_afterwards(self) -> dict[StepKind, date]:
        """Return the dates of the case as it would stand."""
        recorded = self.recorded.steps if self.recorded else {}
        steps: dict[StepKind, RecordedStep | StepDraft] = {**recorded}
        steps |= {**self.new_steps, **self.corrected_steps}
        return {kind: step.taken_on for kind, step in steps.items()}

    def credited_cell(self, kind: StepKind) -> int:
        """Return the cell that a step counts for: a recorded one stays where it was."""
        if self.recorded and kind in self.recorded.steps:
            return self.recorded.steps[kind].cell_id
        return self.file_case.cell.id


def _codes(cell: str) -> tuple[str, ...]:
    """Read codes separated by semicolons."""
    codes = (clean(part).casefold() for part in cell.split(_CODE_SEPARATOR))
    return tuple(filter(None, codes))


CASE_COLUMNS = (
    Column("person_code", optional(code), required=False),
    Column("cell_code", code),
    Column("full_name", cleaned_name),
    Column("date_of_birth", parse_file_date),
    Column("sex", choice(SEXES)),
    Column("ethnicity", cleaned_words),
    Column("religion", cleaned_words),
    Column("education", optional(choice(EDUCATIONS))),
    Column("qualification", optional(choice(QUALIFICATIONS))),
    Column("occupation", cleaned_words),
    Column("segments", _codes),
    Column("decision_no", cleaned_number),
    Column("introduced_by", _codes, required=False),
    *(
        Column(name, optional(parse_file_date), required=name not in _MAY_BE_LEFT_OUT)
        for name in DATE_COLUMNS.values()
    ),
)
"""What a file of people holds; codes of cells and segments are the tenant's and judged later."""


@dataclass(frozen=True)
class Vocabulary:
    """What a row may name, by code: units, segments that are stated, those who introduce."""

    units: Mapping[str, UnitRow]
    stated: Mapping[str, SegmentRow]
    introducers: Mapping[str, SegmentRow]


def understood(row: Row, vocabulary: Vocabulary) -> FileCase | Reject:
    """Return what a row says of a person, or why it says nothing that can be stored."""
    values = row.values
    cell = vocabulary.units.get(cast("str", values["cell_code"]))
    if cell is None or not cell.is_cell:
        return row.reject("cell_code", message("Không có chi bộ nào mang mã này."))
    named = (("segments", vocabulary.stated), ("introduced_by", vocabulary.introducers))
    for column, known in named:
        unknown = next((named for named in _codes_of(row, column) if named not in known), None)
        if unknown is not None:
            return row.reject(column, _unknown_code(unknown, known))
    steps = _steps(row, vocabulary)
    if values.get("decision_no") and StepKind.DECISION not in steps:
        return row.reject("decision_no", message("Có số quyết định nhưng thiếu ngày quyết định."))
    if _codes_of(row, "introduced_by") and StepKind.INTRODUCTION not in steps:
        return row.reject(
            "introduced_by", message("Có nơi giới thiệu nhưng thiếu ngày giới thiệu.")
        )
    return FileCase(row, cell, _details(row, vocabulary), steps)


_Key = tuple[object, ...]


def _keys(file_case: FileCase) -> tuple[tuple[_Key, ...], tuple[_Key, ...]]:
    """Return what a row is remembered by, and what earlier rows with its person were.

    Two codes are two people, whatever their names.
    """
    person_code = file_case.details.person_code
    coded = ("coded", file_case.cell.id, *file_case.details.identity)
    uncoded = ("uncoded", file_case.cell.id, *file_case.details.identity)
    if person_code:
        return ((person_code,), coded), ((person_code,), uncoded)
    return (uncoded,), (uncoded, coded)


class Matcher:
    """Finds out who is who: within a file, and among the people recorded.

    A person is known by code where one is given, else by cell, name and date of birth. A row
    with a new code is the recorded person of that cell, name and date who has no code yet.
    """

    def __init__(self, recorded: Sequence[RecordedCase]) -> None:
        self._by_code = {
            case.details.person_code: case for case in recorded if case.details.person_code
        }
        self._by_identity: dict[_Key, list[RecordedCase]] = {}
        for case in recorded:
            self._by_identity.setdefault((case.cell_id, *case.details.identity), []).append(case)
        self._row_of_key: dict[_Key, int] = {}
        self._row_of_person: dict[int, int] = {}

    def match(self, file_case: FileCase) -> RecordedCase | Reject | None:
        """Return the recorded case of a row, None for a new person, or why it is unclear."""
        twin = self._twin_in_file(file_case)
        if twin is not None:
            return _same_person(file_case, twin)
        found = self._found(file_case)
        if len(found) > 1:
            return file_case.row.reject(
                "full_name",
                message("Chi bộ có nhiều người cùng tên và ngày sinh; hãy ghi person_code."),
            )
        if not found:
            return None
        if found[0].person_id in self._row_of_person:
            return _same_person(file_case, self._row_of_person[found[0].person_id])
        self._row_of_person[found[0].person_id] = file_case.row.number
        return found[0]

    def _twin_in_file(self, file_case: FileCase) -> int | None:
        """Return an earlier row with the same person, and remember this one."""
        own, same = _keys(file_case)
        twin = next((self._row_of_key[key] for key in same if key in self._row_of_key), None)
        for key in own:
            self._row_of_key.setdefault(key, file_case.row.number)
        return twin

    def _found(self, file_case: FileCase) -> list[RecordedCase]:
        person_code = file_case.details.person_code
        if person_code in self._by_code:
            return [self._by_code[person_code]]
        same = self._by_identity.get((file_case.cell.id, *file_case.details.identity), [])
        return [case for case in same if case.details.person_code is None] if person_code else same


def planned(file_case: FileCase, recorded: RecordedCase | None) -> CasePlan:
    """Return what a row changes. An empty field erases nothing."""
    if recorded is None:
        return CasePlan(file_case, None, file_case.details, file_case.steps)
    known = recorded.steps
    return CasePlan(
        file_case,
        recorded,
        details=_merged_details(recorded.details, file_case.details),
        new_steps={kind: draft for kind, draft in file_case.steps.items() if kind not in known},
        corrected_steps={
            kind: merged
            for kind, draft in file_case.steps.items()
            if kind in known
            and (merged := _merged_step(recorded.draft_of(kind), draft)) != recorded.draft_of(kind)
        },
    )


def objections(
    plan: CasePlan,
    *,
    may_correct: bool,
    today: date,
    has_place: Callable[[int, date], bool],
) -> Iterator[Reject]:
    """Yield what speaks against a plan; `has_place` tells whether a cell existed on a day."""
    row = plan.file_case.row
    if plan.is_correction and not may_correct:
        yield from _unasked_corrections(plan)
    born_on = plan.details.date_of_birth
    if born_on >= today:
        yield row.reject("date_of_birth", message("Ngày sinh phải trước hôm nay."))
        return
    found = step_problems(plan.steps_afterwards(), born_on=born_on, today=today)
    for problem in found:
        yield row.reject(DATE_COLUMNS.get(problem.kind, ""), problem.message)
    for kind, draft in {**plan.new_steps, **plan.corrected_steps}.items():
        if draft.taken_on <= today and not has_place(plan.credited_cell(kind), draft.taken_on):
            yield row.reject(
                DATE_COLUMNS[kind], message("Ngày này chi bộ không có trong cây tổ chức.")
            )


def _unasked_corrections(plan: CasePlan) -> Iterator[Reject]:
    if plan.recorded is None:
        return
    row = plan.file_case.row
    for name in _changed_fields(plan.recorded.details, plan.details):
        column = "segments" if name == "stated_segments" else name
        yield row.reject(column, _already(getattr(plan.recorded.details, name), column))
    for kind, draft in plan.corrected_steps.items():
        recorded = plan.recorded.draft_of(kind)
        if draft.taken_on != recorded.taken_on:
            yield row.reject(DATE_COLUMNS[kind], _already(recorded.taken_on))
        if draft.document_no != recorded.document_no:
            yield row.reject("decision_no", _already(recorded.document_no))
        if draft.introducers != recorded.introducers:
            yield row.reject("introduced_by", _already(None, "introduced_by"))


def _already(value: object, column: str = "") -> Message:
    if value is None or column in {"segments", "introduced_by"}:
        return message("Khác với điều đã ghi; %(advice)s.", advice=_NEEDS_CORRECT)
    return message(
        "Khác với điều đã ghi là “%(recorded)s”; %(advice)s.",
        recorded=value,
        advice=_NEEDS_CORRECT,
    )


def _changed_fields(before: PersonDetails, after: PersonDetails) -> list[str]:
    return [
        item.name
        for item in fields(PersonDetails)
        if getattr(before, item.name) != getattr(after, item.name)
    ]


def _merged_details(recorded: PersonDetails, said: PersonDetails) -> PersonDetails:
    """Take what the file says, except what it leaves empty and capitals of the same name."""
    changes: dict[str, Any] = {
        item.name: getattr(said, item.name)
        for item in fields(PersonDetails)
        if getattr(said, item.name)
    }
    if said.full_name.casefold() == recorded.full_name.casefold():
        del changes["full_name"]
    return replace(recorded, **changes)


def _merged_step(recorded: StepDraft, said: StepDraft) -> StepDraft:
    return StepDraft(
        taken_on=said.taken_on,
        document_no=said.document_no or recorded.document_no,
        introducers=said.introducers or recorded.introducers,
    )


def _same_person(file_case: FileCase, row_number: int) -> Reject:
    column = "person_code" if file_case.details.person_code else "full_name"
    return file_case.row.reject(
        column, message("Người này đã có ở dòng %(row)s của tệp.", row=row_number)
    )


def _details(row: Row, vocabulary: Vocabulary) -> PersonDetails:
    values = row.values
    return PersonDetails(
        person_code=cast("str | None", values.get("person_code")),
        full_name=cast("str", values["full_name"]),
        date_of_birth=cast("date", values["date_of_birth"]),
        sex=cast("str", values["sex"]),
        ethnicity=cast("str | None", values.get("ethnicity")),
        religion=cast("str | None", values.get("religion")),
        education=cast("str | None", values.get("education")),
        qualification=cast("str | None", values.get("qualification")),
        occupation=cast("str | None", values.get("occupation")),
        stated_segments=_slots(_codes_of(row, "segments"), vocabulary.stated),
    )


def _steps(row: Row, vocabulary: Vocabulary) -> dict[StepKind, StepDraft]:
    steps = {
        kind: StepDraft(taken_on)
        for kind, name in DATE_COLUMNS.items()
        if (taken_on := cast("date | None", row.values.get(name))) is not None
    }
    if decision := steps.get(StepKind.DECISION):
        number = cast("str | None", row.values.get("decision_no"))
        steps[StepKind.DECISION] = replace(decision, document_no=number)
    if introduction := steps.get(StepKind.INTRODUCTION):
        slots = _slots(_codes_of(row, "introduced_by"), vocabulary.introducers)
        steps[StepKind.INTRODUCTION] = replace(introduction, introducers=slots)
    return steps


def _codes_of(row: Row, column: str) -> tuple[str, ...]:
    return cast("tuple[str, ...]", row.values.get(column, ()))


def _slots(codes: Iterable[str], known: Mapping[str, SegmentRow]) -> frozenset[int]:
    return frozenset(known[named].slot for named in codes)


def _unknown_code(unknown: str, known: Iterable[str]) -> Message:
    return message(
        "Không có mã “%(code)s”; các mã nhận được: %(known)s.",
        code=unknown,
        known=", ".join(known),
    )
