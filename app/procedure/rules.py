"""What comes next in a case, what is missing for it, and by when. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from app.cases.rules import STEP_NAMES, Clock, StepKind, running_clock
from app.core.messages import Message, message
from app.procedure.cases import CaseState, Law
from app.procedure.details import Verification, VerificationDetails
from app.procedure.law import RuleSet
from app.procedure.spans import months_later

Shape = TypeVar("Shape")


@dataclass(frozen=True)
class Deadline:
    """By when something is due; `latest_on` with the extension that the law allows."""

    clock: Clock
    counted_from: date
    due_on: date
    latest_on: date


@dataclass(frozen=True)
class NextStep:
    """A step that may come next, and what is missing for it (which does not forbid it)."""

    kind: StepKind
    missing: tuple[Message, ...]
    earliest_on: date | None = None
    deadline: Deadline | None = None
    forms: str | None = None


class Holder(StrEnum):
    """Who has a case on the table."""

    CELL = "cell"
    SECTION = "section"
    COMMITTEE = "committee"
    DECIDING_COMMITTEE = "deciding_committee"


HOLDER_NAMES: Mapping[Holder, Message] = {
    Holder.CELL: message("Chi bộ"),
    Holder.SECTION: message("Đảng ủy bộ phận"),
    Holder.COMMITTEE: message("Đảng ủy cơ sở"),
    Holder.DECIDING_COMMITTEE: message("Cấp có thẩm quyền quyết định"),
}

CLOCK_NAMES: Mapping[Clock, Message] = {
    Clock.CERTIFICATE: message("Xét kết nạp trước khi giấy chứng nhận hết hạn"),
    Clock.DECISION: message("Ra quyết định kết nạp"),
    Clock.CEREMONY: message("Tổ chức lễ kết nạp"),
    Clock.RECOGNITION_RESOLUTION: message("Chi bộ xét công nhận chính thức"),
    Clock.RECOGNITION: message("Ra quyết định công nhận chính thức"),
}

STEP_OF_CLOCK: Mapping[Clock, StepKind] = {
    Clock.CERTIFICATE: StepKind.CELL_RESOLUTION,
    Clock.DECISION: StepKind.DECISION,
    Clock.CEREMONY: StepKind.CEREMONY,
    Clock.RECOGNITION_RESOLUTION: StepKind.RECOGNITION_RESOLUTION,
    Clock.RECOGNITION: StepKind.RECOGNITION,
}
"""The step that ends a term."""

NEEDED: Mapping[StepKind, tuple[StepKind, ...]] = {
    StepKind.APPLICATION: (StepKind.CERTIFICATE,),
    StepKind.VERIFICATION: (StepKind.APPLICATION,),
    StepKind.CELL_RESOLUTION: (
        StepKind.MENTOR,
        StepKind.CERTIFICATE,
        StepKind.APPLICATION,
        StepKind.VERIFICATION,
        StepKind.INTRODUCTION,
        StepKind.COMMENTS,
    ),
    StepKind.DECISION: (StepKind.COMMITTEE_RESOLUTION,),
    StepKind.CEREMONY: (StepKind.DECISION_RECEIVED,),
    StepKind.RECOGNITION_RESOLUTION: (StepKind.NEW_MEMBER_CLASS,),
    StepKind.RECOGNITION: (StepKind.RECOGNITION_RESOLUTION,),
}
"""What the file of a step should hold (DOMAIN.md 1.1, stages 4 to 17)."""

_UNTIL_MEMBER = (StepKind.WITHDRAWN, StepKind.TAKEN_OFF, StepKind.REFUSED, StepKind.MOVED_AWAY)

_PHASES: tuple[tuple[StepKind | None, tuple[StepKind, ...]], ...] = (
    (
        StepKind.CEREMONY,
        (
            StepKind.NEW_MEMBER_CLASS,
            StepKind.RECOGNITION_RESOLUTION,
            StepKind.RECOGNITION,
            StepKind.REMOVAL,
            StepKind.MOVED_AWAY,
        ),
    ),
    (StepKind.DECISION, (StepKind.DECISION_RECEIVED, StepKind.CEREMONY, StepKind.MOVED_AWAY)),
    (
        StepKind.CELL_RESOLUTION,
        (
            StepKind.SECTION_APPRAISAL,
            StepKind.COMMITTEE_RESOLUTION,
            StepKind.DECISION,
            *_UNTIL_MEMBER,
        ),
    ),
    (
        None,
        (
            StepKind.LISTED,
            StepKind.SYMPATHISER,
            StepKind.MENTOR,
            StepKind.CERTIFICATE,
            StepKind.APPLICATION,
            StepKind.VERIFICATION,
            StepKind.INTRODUCTION,
            StepKind.COMMENTS,
            StepKind.CELL_RESOLUTION,
            *_UNTIL_MEMBER,
        ),
    ),
)
"""What may come next once a step is there, the furthest phase first."""


def deadline(dates: Mapping[StepKind, date], law: Law) -> Deadline | None:
    """Return the term that runs in a case; None where none runs or the law sets none."""
    running = running_clock(dates)
    return due(*running, law) if running else None


def due(clock: Clock, counted_from: date, law: Law) -> Deadline | None:
    """Return when a term ends that is counted from a day, by the law of that day."""
    rules = law.on(counted_from)
    first, extra = _TERMS[clock](counted_from, rules, law)
    if first is None:
        return None
    latest = law.calendar.working_days_after(first, extra or 0)
    return Deadline(clock, counted_from, first, latest)


def recognition_day(ceremony_on: date, rules: RuleSet) -> date | None:
    """Return the day from which a member is official, however late the papers (4.2.2)."""
    return after_months(ceremony_on, rules.probation_months)


def votes_needed(entitled: int, rules: RuleSet) -> int:
    """Return how many of all who are entitled must be in favour."""
    return -(-entitled * rules.vote_numerator // rules.vote_denominator)


def certificate_expires_on(certificate_on: date, rules: RuleSet) -> date | None:
    """Return the last day on which a certificate of the class is valid."""
    return after_months(certificate_on, rules.certificate_months)


def next_steps(state: CaseState, law: Law, today: date) -> tuple[NextStep, ...]:
    """Return what may happen next in a case, in the order of the way; nothing once it is closed."""
    if state.is_closed:
        return ()
    offered = next(kinds for after, kinds in _PHASES if after is None or after in state.steps)
    running = deadline(state.dates, law)
    forms = law.on(today).forms
    return tuple(
        NextStep(
            kind,
            missing_for(kind, state, law),
            earliest_on=_earliest(kind, state, law),
            deadline=running if running and STEP_OF_CLOCK[running.clock] is kind else None,
            forms=forms.get(kind.value),
        )
        for kind in offered
        if kind not in state.steps
    )


def missing_for(kind: StepKind, state: CaseState, law: Law) -> tuple[Message, ...]:
    """Name what the file should hold for a step and does not."""
    missing = [
        message("Chưa có “%(step)s”.", step=STEP_NAMES[needed])
        for needed in NEEDED.get(kind, ())
        if needed not in state.steps
    ]
    if kind is StepKind.CELL_RESOLUTION:
        verification = details_of(state, StepKind.VERIFICATION, VerificationDetails)
        if verification and verification.status is Verification.UNDER_WAY:
            waiting = [item for item in verification.inquiries if item.answered_on is None]
            missing.append(
                message("Thẩm tra chưa kết luận; %(count)s nơi chưa trả lời.", count=len(waiting))
            )
        if state.person.education is None:
            missing.append(message("Chưa ghi học vấn phổ thông."))
    begins = _earliest(kind, state, law)
    if kind is StepKind.RECOGNITION_RESOLUTION and begins:
        missing += [message("Hết thời gian dự bị ngày %(day)s.", day=begins)]
    return tuple(missing)


def holder(stage: StepKind | None) -> Holder:
    """Return who has a case that stands at a stage."""
    if stage is StepKind.CELL_RESOLUTION:
        return Holder.COMMITTEE
    if stage is StepKind.SECTION_APPRAISAL:
        return Holder.COMMITTEE
    if stage in (StepKind.COMMITTEE_RESOLUTION, StepKind.RECOGNITION_RESOLUTION):
        return Holder.DECIDING_COMMITTEE
    return Holder.CELL


Term = tuple[date | None, int | None]

_TERMS: Mapping[Clock, Callable[[date, RuleSet, Law], Term]] = {
    Clock.CERTIFICATE: lambda day, rules, _law: (certificate_expires_on(day, rules), None),
    Clock.DECISION: lambda day, rules, law: (
        _after_days(day, rules.decision_days, law),
        rules.decision_extra_days,
    ),
    Clock.CEREMONY: lambda day, rules, law: (_after_days(day, rules.ceremony_days, law), None),
    Clock.RECOGNITION_RESOLUTION: lambda day, rules, law: (
        _after_days(recognition_day(day, rules), rules.recognition_meeting_days, law),
        None,
    ),
    Clock.RECOGNITION: lambda day, rules, law: (
        _after_days(day, rules.recognition_decision_days, law),
        rules.recognition_extra_days,
    ),
}
"""When each term ends, and by how many working days it may be extended."""


def _earliest(kind: StepKind, state: CaseState, law: Law) -> date | None:
    if kind not in (StepKind.RECOGNITION_RESOLUTION, StepKind.RECOGNITION):
        return None
    ceremony = state.steps.get(StepKind.CEREMONY)
    return recognition_day(ceremony.taken_on, law.on(ceremony.taken_on)) if ceremony else None


def details_of(state: CaseState, kind: StepKind, shape: type[Shape]) -> Shape | None:
    """Return the details of a step, if it is there and they have this shape."""
    step = state.steps.get(kind)
    return step.details if step and isinstance(step.details, shape) else None


def after_months(day: date, months: int | None) -> date | None:
    """Return the day some months later; None where the law sets no number."""
    return None if months is None else months_later(day, months)


def _after_days(day: date | None, days: int | None, law: Law) -> date | None:
    if day is None or days is None:
        return None
    return law.calendar.working_days_after(day, days)
