"""A case as the procedure sees it: steps with their details, approvals, earlier cases. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from app.cases.rules import FINAL_STEPS, PersonDetails, StepDraft, StepKind
from app.procedure.details import PaperDetails
from app.procedure.law import RuleSet, rule_set_on
from app.procedure.spans import WorkCalendar


@dataclass(frozen=True)
class Law:
    """What holds in a tenant: its rule sets and its working days."""

    rule_sets: tuple[RuleSet, ...]
    calendar: WorkCalendar

    def on(self, day: date) -> RuleSet:
        """Return the rule set in force on a day."""
        return rule_set_on(self.rule_sets, day)


@dataclass(frozen=True)
class Taking:
    """A step to be taken: its date, number and introducing slots, and its details."""

    draft: StepDraft
    details: PaperDetails | None = None


@dataclass(frozen=True, kw_only=True)
class TakenStep:
    """A step of a case. One that was carried over from another tenant counts there.

    `segments` are the slots that it counts in: of an introduction those who introduced.
    """

    taken_on: date
    document_no: str | None
    details: PaperDetails
    cell_id: int | None = None
    recording_id: int | None = None
    recorded_at: datetime | None = None
    segments: tuple[int, ...] = ()
    is_carried: bool = False


@dataclass(frozen=True)
class GivenApproval:
    """A committee's consent to depart from a rule."""

    rule: str
    approved_by: str
    approved_on: date
    document_no: str | None


@dataclass(frozen=True)
class Stay:
    """That a person came from a cell to another one on a day."""

    from_cell_id: int
    to_cell_id: int
    moved_on: date
    document_no: str | None = None


@dataclass(frozen=True)
class EarlierCase:
    """A case of the same person that has ended: when, and whether it had led to admission."""

    case_id: int
    ended_on: date
    was_admitted: bool


@dataclass(frozen=True, kw_only=True)
class CaseState:
    """All that the rules ask about a person and the current case."""

    person_id: int
    case_id: int
    cell_id: int
    path: str
    person: PersonDetails
    steps: Mapping[StepKind, TakenStep]
    approvals: Mapping[str, GivenApproval] = field(default_factory=dict)
    moves: tuple[Stay, ...] = ()
    earlier_cases: tuple[EarlierCase, ...] = ()

    @property
    def dates(self) -> dict[StepKind, date]:
        """The steps' dates by their kinds."""
        return {kind: step.taken_on for kind, step in self.steps.items()}

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is to be done."""
        return bool(FINAL_STEPS & self.steps.keys())

    def cell_on(self, day: date) -> int:
        """Return the cell in which the person was on a day: of a day of moving the new one."""
        for move in sorted(self.moves, key=lambda found: found.moved_on):
            if day < move.moved_on:
                return move.from_cell_id
        return self.cell_id
