"""What the law says against a case: what stops it, what warns, what only suggests. Pure.

Stops are those of DESIGN.md section 7: impossible dates, steps out of order, and a vote below the
fraction. All else warns, unless a recorded approval covers it; hearsay only suggests.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from app.cases.rules import EDUCATIONS, EXITS, STEP_NAMES, Clock, StepKind, step_problems
from app.core.messages import Message, message
from app.procedure.cases import CaseState, Law
from app.procedure.details import (
    CeremonyDetails,
    IntroducerKind,
    IntroductionDetails,
    MentorDetails,
    RecognitionDetails,
    VoteDetails,
)
from app.procedure.law import Parameter
from app.procedure.rules import (
    NEEDED,
    after_months,
    certificate_expires_on,
    details_of,
    due,
    recognition_day,
    votes_needed,
)
from app.procedure.spans import age_in_months

_MONTHS_OF_YEAR = 12
_BEFORE_ADMISSION = frozenset({StepKind.WITHDRAWN, StepKind.TAKEN_OFF, StepKind.REFUSED})


class Severity(IntEnum):
    """How much a finding weighs."""

    SUGGESTION = 1
    WARNING = 2
    STOP = 3


class Rule(StrEnum):
    """What a finding is about; an approval names one of these."""

    DATES = "dates"
    CLOSED = "closed"
    EXITS = "exits"
    VOTE = "vote"
    AGE = "age"
    EDUCATION = "education"
    CERTIFICATE = "certificate"
    MENTOR = "mentor"
    MENTOR_REMARKS = "mentor_remarks"
    DOSSIER = "dossier"
    INTRODUCERS = "introducers"
    INTRODUCER_MONTHS = "introducer_months"
    DECISION_LATE = "decision_late"
    CEREMONY_LATE = "ceremony_late"
    MEMBER_FILE_LATE = "member_file_late"
    PROBATION = "probation"
    RECOGNITION_DAY = "recognition_day"
    RECOGNITION_MEETING_LATE = "recognition_meeting_late"
    RECOGNITION_LATE = "recognition_late"
    READMISSION = "readmission"
    READMISSION_AGAIN = "readmission_again"


RULE_NAMES: Mapping[Rule, Message] = {
    Rule.DATES: message("Thứ tự và ngày của các bước"),
    Rule.CLOSED: message("Hồ sơ đã khép lại"),
    Rule.EXITS: message("Lý do khép hồ sơ"),
    Rule.VOTE: message("Tỷ lệ tán thành"),
    Rule.AGE: message("Tuổi khi chi bộ xét"),
    Rule.EDUCATION: message("Học vấn"),
    Rule.CERTIFICATE: message("Hạn giấy chứng nhận lớp nhận thức"),
    Rule.MENTOR: message("Thời gian được giúp đỡ"),
    Rule.MENTOR_REMARKS: message("Nhận xét của người giúp đỡ"),
    Rule.DOSSIER: message("Hồ sơ để lâu chưa xét"),
    Rule.INTRODUCERS: message("Thành phần giới thiệu"),
    Rule.INTRODUCER_MONTHS: message("Thời gian người giới thiệu cùng đơn vị"),
    Rule.DECISION_LATE: message("Hạn ra quyết định"),
    Rule.CEREMONY_LATE: message("Hạn tổ chức lễ kết nạp"),
    Rule.MEMBER_FILE_LATE: message("Hạn khai lý lịch đảng viên"),
    Rule.PROBATION: message("Thời gian dự bị"),
    Rule.RECOGNITION_DAY: message("Ngày công nhận chính thức"),
    Rule.RECOGNITION_MEETING_LATE: message("Hạn chi bộ xét công nhận"),
    Rule.RECOGNITION_LATE: message("Hạn ra quyết định công nhận"),
    Rule.READMISSION: message("Thời gian trước khi kết nạp lại"),
    Rule.READMISSION_AGAIN: message("Số lần kết nạp lại"),
}


@dataclass(frozen=True)
class Finding:
    """What is wrong with a case, at which step; an approved one no longer asks for anything."""

    rule: Rule
    severity: Severity
    kind: StepKind
    message: Message
    is_approved: bool = False


def findings(state: CaseState, law: Law, today: date) -> tuple[Finding, ...]:
    """Return all that the law has to say against a case, the gravest first."""
    found = [
        *stops(state, law, today),
        *(finding for rule in _RULES for finding in rule(state, law, today)),
    ]
    return tuple(sorted(found, key=lambda finding: -finding.severity))


def stops(state: CaseState, law: Law, today: date) -> Iterator[Finding]:
    """Yield what no approval excuses."""
    for problem in step_problems(state.dates, born_on=state.person.date_of_birth, today=today):
        yield Finding(Rule.DATES, Severity.STOP, problem.kind, problem.message)
    exits = [kind for kind in EXITS if kind in state.steps]
    if len(exits) > 1:
        yield Finding(Rule.EXITS, Severity.STOP, exits[-1], message("Hồ sơ chỉ khép lại một lần."))
    before_admission = [kind for kind in exits if kind in _BEFORE_ADMISSION]
    if before_admission and StepKind.DECISION in state.steps:
        yield Finding(
            Rule.EXITS,
            Severity.STOP,
            before_admission[0],
            message("Đã có quyết định kết nạp nên không khép hồ sơ theo cách này được."),
        )
    yield from _lost_votes(state, law)


def objections(
    state: CaseState, law: Law, today: date, taken: Collection[StepKind]
) -> tuple[Finding, ...]:
    """Return what still asks for an approval before these steps of the case can stand."""
    return tuple(
        finding
        for finding in findings(state, law, today)
        if finding.severity is Severity.WARNING
        and not finding.is_approved
        and finding.kind in taken
    )


def _lost_votes(state: CaseState, law: Law) -> Iterator[Finding]:
    """Two thirds of all official members, not of those present (06-HD/TW 3.6 b)."""
    for kind in _VOTES:
        vote = details_of(state, kind, VoteDetails)
        if vote is None or vote.entitled is None or vote.in_favour is None:
            continue
        needed = votes_needed(vote.entitled, law.on(state.steps[kind].taken_on))
        if vote.in_favour < needed:
            yield Finding(
                Rule.VOTE,
                Severity.STOP,
                kind,
                message(
                    "Cần ít nhất %(needed)s phiếu tán thành trên tổng số %(all)s, mới có %(cast)s.",
                    needed=needed,
                    all=vote.entitled,
                    cast=vote.in_favour,
                ),
            )


_VOTES = (StepKind.CELL_RESOLUTION, StepKind.COMMITTEE_RESOLUTION, StepKind.RECOGNITION_RESOLUTION)


def _considered(state: CaseState) -> tuple[StepKind, date] | None:
    """Return when the cell considered somebody; where that is not recorded, when it was decided.

    Who records an admission alone is asked what the cell's meeting would have asked.
    """
    for kind in (StepKind.CELL_RESOLUTION, StepKind.DECISION):
        if kind in state.steps:
            return kind, state.steps[kind].taken_on
    return None


def _age(state: CaseState, law: Law, _today: date) -> Iterator[Finding]:
    """294-QĐ/TW 1.1.1: by month, on the day of the cell's meeting."""
    considered = _considered(state)
    if considered is None:
        return
    kind, day = considered
    rules = law.on(day)
    months = age_in_months(state.person.date_of_birth, day)
    for parameter, is_wrong in (
        (
            Parameter.YOUNGEST_AGE,
            rules.youngest_age is not None and months < rules.youngest_age * _MONTHS_OF_YEAR,
        ),
        (
            Parameter.OLDEST_AGE,
            rules.oldest_age is not None and months > rules.oldest_age * _MONTHS_OF_YEAR,
        ),
    ):
        if is_wrong:
            yield _finding(
                state,
                Rule.AGE,
                kind,
                message(
                    "Ngày %(day)s người này %(years)s tuổi %(months)s tháng.",
                    day=day,
                    years=months // _MONTHS_OF_YEAR,
                    months=months % _MONTHS_OF_YEAR,
                ),
                is_hearsay=rules.suggests(parameter),
            )


def _education(state: CaseState, law: Law, _today: date) -> Iterator[Finding]:
    considered = _considered(state)
    if considered is None or state.person.education is None:
        return
    kind, day = considered
    rules = law.on(day)
    lowest = rules.lowest_education
    if lowest and EDUCATIONS.index(state.person.education) < EDUCATIONS.index(lowest):
        yield _finding(
            state,
            Rule.EDUCATION,
            kind,
            message("Học vấn phổ thông thấp hơn mức quy định."),
            is_hearsay=rules.suggests(Parameter.LOWEST_EDUCATION),
        )


def _certificate(state: CaseState, law: Law, today: date) -> Iterator[Finding]:
    """06-HD/TW 5.4: expired, the class is taken again before the cell considers."""
    if StepKind.CERTIFICATE not in state.steps:
        return
    given_on = state.steps[StepKind.CERTIFICATE].taken_on
    considered = state.steps.get(StepKind.CELL_RESOLUTION)
    day = considered.taken_on if considered else today
    rules = law.on(day)
    expires = certificate_expires_on(given_on, rules)
    if expires and day > expires and (considered or not state.is_closed):
        yield _finding(
            state,
            Rule.CERTIFICATE,
            StepKind.CELL_RESOLUTION if considered else StepKind.CERTIFICATE,
            message("Giấy chứng nhận lớp nhận thức hết hạn ngày %(day)s.", day=expires),
            is_hearsay=rules.suggests(Parameter.CERTIFICATE_MONTHS),
        )


def _mentor(state: CaseState, law: Law, today: date) -> Iterator[Finding]:
    mentors = details_of(state, StepKind.MENTOR, MentorDetails)
    if mentors is None:
        return
    began = state.steps[StepKind.MENTOR].taken_on
    considered = state.steps.get(StepKind.CELL_RESOLUTION)
    rules = law.on(considered.taken_on if considered else today)
    enough = after_months(began, rules.mentor_months)
    if considered and enough and considered.taken_on < enough:
        yield _finding(
            state,
            Rule.MENTOR,
            StepKind.CELL_RESOLUTION,
            message("Được giúp đỡ chưa đủ %(months)s tháng.", months=rules.mentor_months),
            is_hearsay=rules.suggests(Parameter.MENTOR_MONTHS),
        )
    last = max((remark.made_on for remark in mentors.remarks), default=began)
    wanted = after_months(last, rules.mentor_remark_months)
    if not considered and not state.is_closed and wanted and wanted < today:
        yield _finding(
            state,
            Rule.MENTOR_REMARKS,
            StepKind.MENTOR,
            message("Người giúp đỡ nhận xét lần cuối ngày %(day)s.", day=last),
            is_hearsay=rules.suggests(Parameter.MENTOR_REMARK_MONTHS),
        )


def _dossier(state: CaseState, law: Law, today: date) -> Iterator[Finding]:
    """Count from the last paper of a full file to the cell's meeting."""
    papers = NEEDED[StepKind.CELL_RESOLUTION]
    if not all(kind in state.steps for kind in papers):
        return
    complete_on = max(state.steps[kind].taken_on for kind in papers)
    considered = state.steps.get(StepKind.CELL_RESOLUTION)
    if considered is None and state.is_closed:
        return
    day = considered.taken_on if considered else today
    rules = law.on(day)
    limit = after_months(complete_on, rules.dossier_months)
    if limit and day > limit:
        yield _finding(
            state,
            Rule.DOSSIER,
            StepKind.CELL_RESOLUTION if considered else StepKind.COMMENTS,
            message("Hồ sơ đủ từ ngày %(day)s; cần thẩm tra, nhận xét bổ sung.", day=complete_on),
            is_hearsay=rules.suggests(Parameter.DOSSIER_MONTHS),
        )


def _introducers(state: CaseState, law: Law, _today: date) -> Iterator[Finding]:
    """294-QĐ/TW 3.2.1: two official members, or one and the youth union or the trade union."""
    details = details_of(state, StepKind.INTRODUCTION, IntroductionDetails)
    if details is None or not details.introducers:
        return
    day = state.steps[StepKind.INTRODUCTION].taken_on
    rules = law.on(day)
    members = [item for item in details.introducers if item.kind is IntroducerKind.MEMBER]
    is_complete = rules.introducers is None or len(details.introducers) >= rules.introducers
    if not is_complete or not members or not all(item.is_official for item in members):
        yield _finding(
            state,
            Rule.INTRODUCERS,
            StepKind.INTRODUCTION,
            message("Cần hai đảng viên chính thức, hoặc một đảng viên và Đoàn hay Công đoàn."),
            is_hearsay=rules.suggests(Parameter.INTRODUCERS),
        )
    for member in members:
        enough = member.together_since and after_months(
            member.together_since, rules.introducer_months
        )
        if enough and day < enough:
            yield _finding(
                state,
                Rule.INTRODUCER_MONTHS,
                StepKind.INTRODUCTION,
                message(
                    "%(name)s cùng đơn vị chưa đủ %(months)s tháng.",
                    name=member.name,
                    months=rules.introducer_months,
                ),
                is_hearsay=rules.suggests(Parameter.INTRODUCER_MONTHS),
            )


def _late(
    rule: Rule, clock: Clock, *, starts: StepKind, ends: StepKind, parameter: Parameter
) -> Callable[[CaseState, Law, date], Iterator[Finding]]:
    """Make the rule of a term, from the step that starts it to the one that ends it."""

    def check(state: CaseState, law: Law, _today: date) -> Iterator[Finding]:
        if starts not in state.steps or ends not in state.steps:
            return
        term = due(clock, state.steps[starts].taken_on, law)
        day = _ended_on(state, ends)
        if term and day and day > term.due_on:
            yield _finding(
                state,
                rule,
                ends,
                message(
                    "“%(step)s” ngày %(day)s, quá hạn ngày %(due)s.",
                    step=STEP_NAMES[ends],
                    day=day,
                    due=term.due_on,
                ),
                is_hearsay=law.on(term.counted_from).suggests(parameter),
            )

    return check


def _ended_on(state: CaseState, kind: StepKind) -> date | None:
    """Return when a step was done; a recognition is dated back, so only its papers know."""
    if kind is not StepKind.RECOGNITION:
        return state.steps[kind].taken_on
    details = details_of(state, kind, RecognitionDetails)
    return details.decided_on if details else None


def _member_file(state: CaseState, law: Law, today: date) -> Iterator[Finding]:
    """12-HD/BTCTW 2.2: the new member's own file is declared soon after the ceremony."""
    ceremony = details_of(state, StepKind.CEREMONY, CeremonyDetails)
    if ceremony is None or ceremony.member_file_on is None:
        return
    held_on = state.steps[StepKind.CEREMONY].taken_on
    rules = law.on(held_on)
    if rules.member_file_days is None:
        return
    limit = law.calendar.working_days_after(held_on, rules.member_file_days)
    if ceremony.member_file_on > min(limit, today):
        yield _finding(
            state,
            Rule.MEMBER_FILE_LATE,
            StepKind.CEREMONY,
            message("Lý lịch đảng viên phải khai trước ngày %(day)s.", day=limit),
            is_hearsay=rules.suggests(Parameter.MEMBER_FILE_DAYS),
        )


def _probation(state: CaseState, law: Law, _today: date) -> Iterator[Finding]:
    """Charter 5.1: twelve months from the ceremony; recognised as of their end (4.2.2)."""
    ceremony = state.steps.get(StepKind.CEREMONY)
    if ceremony is None:
        return
    rules = law.on(ceremony.taken_on)
    ends_on = recognition_day(ceremony.taken_on, rules)
    if ends_on is None:
        return
    is_hearsay = rules.suggests(Parameter.PROBATION_MONTHS)
    for kind in (StepKind.RECOGNITION_RESOLUTION, StepKind.RECOGNITION):
        if kind in state.steps and state.steps[kind].taken_on < ends_on:
            yield _finding(
                state,
                Rule.PROBATION,
                kind,
                message("Thời gian dự bị đến ngày %(day)s mới hết.", day=ends_on),
                is_hearsay=is_hearsay,
            )
    recognised = state.steps.get(StepKind.RECOGNITION)
    if recognised and recognised.taken_on > ends_on:
        yield _finding(
            state,
            Rule.RECOGNITION_DAY,
            StepKind.RECOGNITION,
            message("Công nhận tính từ ngày hết dự bị, %(day)s, dù làm giấy tờ muộn.", day=ends_on),
            is_hearsay=True,
        )


def _readmission(state: CaseState, law: Law, _today: date) -> Iterator[Finding]:
    """294-QĐ/TW 3.5.1: some time after leaving the Party, and not again and again."""
    left = [case for case in state.earlier_cases if case.was_admitted]
    if not left or StepKind.CELL_RESOLUTION not in state.steps:
        return
    day = state.steps[StepKind.CELL_RESOLUTION].taken_on
    rules = law.on(day)
    may_return = after_months(max(case.ended_on for case in left), rules.readmission_months)
    if may_return and day < may_return:
        yield _finding(
            state,
            Rule.READMISSION,
            StepKind.CELL_RESOLUTION,
            message("Chỉ xét kết nạp lại từ ngày %(day)s.", day=may_return),
            is_hearsay=rules.suggests(Parameter.READMISSION_MONTHS),
        )
    if rules.readmissions is not None and len(left) > rules.readmissions:
        yield _finding(
            state,
            Rule.READMISSION_AGAIN,
            StepKind.CELL_RESOLUTION,
            message("Đã được kết nạp lại trước đây."),
            is_hearsay=rules.suggests(Parameter.READMISSIONS),
        )


_RULES: tuple[Callable[[CaseState, Law, date], Iterator[Finding]], ...] = (
    _age,
    _education,
    _certificate,
    _mentor,
    _dossier,
    _introducers,
    _late(
        Rule.DECISION_LATE,
        Clock.DECISION,
        starts=StepKind.CELL_RESOLUTION,
        ends=StepKind.DECISION,
        parameter=Parameter.DECISION_DAYS,
    ),
    # Only from the day of receipt: a decision that was not delivered starts no term.
    _late(
        Rule.CEREMONY_LATE,
        Clock.CEREMONY,
        starts=StepKind.DECISION_RECEIVED,
        ends=StepKind.CEREMONY,
        parameter=Parameter.CEREMONY_DAYS,
    ),
    _member_file,
    _probation,
    _late(
        Rule.RECOGNITION_MEETING_LATE,
        Clock.RECOGNITION_RESOLUTION,
        starts=StepKind.CEREMONY,
        ends=StepKind.RECOGNITION_RESOLUTION,
        parameter=Parameter.RECOGNITION_MEETING_DAYS,
    ),
    _late(
        Rule.RECOGNITION_LATE,
        Clock.RECOGNITION,
        starts=StepKind.RECOGNITION_RESOLUTION,
        ends=StepKind.RECOGNITION,
        parameter=Parameter.RECOGNITION_DECISION_DAYS,
    ),
    _readmission,
)


def _finding(
    state: CaseState, rule: Rule, kind: StepKind, text: Message, *, is_hearsay: bool
) -> Finding:
    severity = Severity.SUGGESTION if is_hearsay else Severity.WARNING
    return Finding(rule, severity, kind, text, is_approved=rule.value in state.approvals)
