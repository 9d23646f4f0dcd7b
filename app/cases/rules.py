"""The procedure as data and pure functions: kinds of steps, their lawful order, clean values.

Only what is certain stops a step: impossible and future dates, steps out of order, unknown codes.
Everything else in the law (ages, deadlines, votes) is dated data that warns, and is not here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from app.core.errors import Problem, Refused
from app.core.messages import Message, message
from app.core.text import clean
from app.measures.rules import Attributes, SegmentTeller

SEXES = ("female", "male")
EDUCATIONS = ("primary", "lower_secondary", "upper_secondary")
QUALIFICATIONS = ("none", "vocational", "college", "university", "postgraduate")

LONGEST_NAME = 120
LONGEST_WORDS = 100
LONGEST_NUMBER = 60

_WORDS_START_BESIDES_LETTERS = "'’‘(“\""


class StepKind(StrEnum):
    """One dated event of a case, in the order of the way from outstanding person to member."""

    LISTED = "listed"
    SYMPATHISER = "sympathiser"
    MENTOR = "mentor"
    CERTIFICATE = "certificate"
    APPLICATION = "application"
    VERIFICATION = "verification"
    INTRODUCTION = "introduction"
    COMMENTS = "comments"
    CELL_RESOLUTION = "cell_resolution"
    SECTION_APPRAISAL = "section_appraisal"
    COMMITTEE_RESOLUTION = "committee_resolution"
    DECISION = "decision"
    DECISION_RECEIVED = "decision_received"
    CEREMONY = "ceremony"
    NEW_MEMBER_CLASS = "new_member_class"
    RECOGNITION_RESOLUTION = "recognition_resolution"
    RECOGNITION = "recognition"
    REMOVAL = "removal"
    WITHDRAWN = "withdrawn"
    MOVED_AWAY = "moved_away"
    TAKEN_OFF = "taken_off"
    REFUSED = "refused"


BEFORE_ADMISSION = tuple(StepKind)[: tuple(StepKind).index(StepKind.DECISION)]
"""Whoever has come no further than one of these is in hand as a source."""


STEP_NAMES: Mapping[StepKind, Message] = {
    StepKind.LISTED: message("Đưa vào nguồn"),
    StepKind.SYMPATHISER: message("Đưa vào danh sách cảm tình Đảng"),
    StepKind.MENTOR: message("Phân công đảng viên giúp đỡ"),
    StepKind.CERTIFICATE: message("Học lớp nhận thức về Đảng"),
    StepKind.APPLICATION: message("Nộp đơn xin vào Đảng"),
    StepKind.VERIFICATION: message("Thẩm tra lý lịch"),
    StepKind.INTRODUCTION: message("Được giới thiệu vào Đảng"),
    StepKind.COMMENTS: message("Lấy ý kiến nhận xét"),
    StepKind.CELL_RESOLUTION: message("Nghị quyết của chi bộ"),
    StepKind.SECTION_APPRAISAL: message("Đảng ủy bộ phận thẩm định"),
    StepKind.COMMITTEE_RESOLUTION: message("Nghị quyết của đảng ủy cơ sở"),
    StepKind.DECISION: message("Quyết định kết nạp"),
    StepKind.DECISION_RECEIVED: message("Nhận quyết định kết nạp"),
    StepKind.CEREMONY: message("Lễ kết nạp"),
    StepKind.NEW_MEMBER_CLASS: message("Học lớp đảng viên mới"),
    StepKind.RECOGNITION_RESOLUTION: message("Chi bộ xét công nhận chính thức"),
    StepKind.RECOGNITION: message("Công nhận chính thức"),
    StepKind.REMOVAL: message("Xóa tên"),
    StepKind.WITHDRAWN: message("Rút đơn"),
    StepKind.MOVED_AWAY: message("Chuyển đi nơi khác"),
    StepKind.TAKEN_OFF: message("Đưa ra khỏi danh sách"),
    StepKind.REFUSED: message("Không được chấp nhận"),
}

EXITS = (StepKind.WITHDRAWN, StepKind.MOVED_AWAY, StepKind.TAKEN_OFF, StepKind.REFUSED)
"""The ways out of a case before membership."""

FINAL_STEPS = frozenset({*EXITS, StepKind.RECOGNITION, StepKind.REMOVAL})
"""The steps after which nothing more is to be done in a case."""

PRINCIPAL_STEPS = (
    StepKind.LISTED,
    StepKind.CERTIFICATE,
    StepKind.INTRODUCTION,
    StepKind.CELL_RESOLUTION,
    StepKind.DECISION,
    StepKind.CEREMONY,
    StepKind.RECOGNITION,
    StepKind.REMOVAL,
)
"""The steps that files carry: a case stands at the last of these that it has."""


@dataclass(frozen=True)
class Order:
    """Two steps of which the second never comes before the first; the same day is in order."""

    before: StepKind
    after: StepKind
    source: str


ORDERS = (
    # A case opens with its listing. Who introduced may have done so to bring that about, so
    # nothing is said of an introduction here.
    Order(StepKind.LISTED, StepKind.SYMPATHISER, "09-HD/BTCTW: chosen from those listed"),
    Order(StepKind.APPLICATION, StepKind.VERIFICATION, "06-HD/TW 3: written before the lý lịch"),
    Order(StepKind.LISTED, StepKind.CERTIFICATE, "the class is held for those on the list"),
    Order(StepKind.LISTED, StepKind.CELL_RESOLUTION, "the cell considers those on its list"),
    Order(StepKind.CERTIFICATE, StepKind.CELL_RESOLUTION, "06-HD/TW 5.4: before being considered"),
    Order(StepKind.APPLICATION, StepKind.CELL_RESOLUTION, "06-HD/TW 3: the file holds it"),
    Order(StepKind.INTRODUCTION, StepKind.CELL_RESOLUTION, "294-QĐ/TW 3.2.1: the file holds it"),
    Order(StepKind.CELL_RESOLUTION, StepKind.SECTION_APPRAISAL, "the appraisal is of it"),
    Order(StepKind.SECTION_APPRAISAL, StepKind.COMMITTEE_RESOLUTION, "it reports to the committee"),
    Order(StepKind.CELL_RESOLUTION, StepKind.COMMITTEE_RESOLUTION, "06-HD/TW 3.7"),
    Order(StepKind.COMMITTEE_RESOLUTION, StepKind.DECISION, "06-HD/TW 3.7"),
    Order(StepKind.CELL_RESOLUTION, StepKind.DECISION, "4.3.1: within 60 working days of it"),
    Order(StepKind.DECISION, StepKind.DECISION_RECEIVED, "294-QĐ/TW 4.1"),
    Order(StepKind.DECISION_RECEIVED, StepKind.CEREMONY, "294-QĐ/TW 4.1"),
    Order(StepKind.DECISION, StepKind.CEREMONY, "294-QĐ/TW 4.1: within 30 days of receiving it"),
    Order(StepKind.CEREMONY, StepKind.RECOGNITION, "Điều lệ 5.1: probation runs from it"),
    # No order with the recognition itself, which is dated back to the end of probation.
    Order(StepKind.CEREMONY, StepKind.RECOGNITION_RESOLUTION, "294-QĐ/TW 4.2: after probation"),
    Order(StepKind.CEREMONY, StepKind.REMOVAL, "294-QĐ/TW 4.2.3: of those on probation"),
    Order(StepKind.RECOGNITION, StepKind.REMOVAL, "whose name was struck off is not recognised"),
    *(
        Order(kind, way_out, "a case that has ended goes no further")
        for way_out in EXITS
        for kind in StepKind
        if kind not in EXITS
    ),
)
"""What is certain of the order of steps (Charter, 294-QĐ/TW, 06-HD/TW); all else may be late."""


class Clock(StrEnum):
    """A term of the law that runs in a case, named after what it waits for."""

    CERTIFICATE = "certificate"
    DECISION = "decision"
    CEREMONY = "ceremony"
    RECOGNITION_RESOLUTION = "recognition_resolution"
    RECOGNITION = "recognition"


def running_clock(steps: Mapping[StepKind, date]) -> tuple[Clock, date] | None:
    """Return the term that runs and the day from which it is counted; None when none does.

    The database keeps the same for every case (`refresh_stages`).
    """
    if FINAL_STEPS & steps.keys():
        return None
    for clock, starts in _STARTS:
        for kind in starts:
            if kind in steps:
                return clock, steps[kind]
    return None


_FURTHEST_FIRST = tuple(reversed(StepKind))


def stage(steps: Iterable[StepKind]) -> StepKind | None:
    """Return the furthest step of a case: the way out where it has ended."""
    taken = frozenset(steps)
    return next((kind for kind in _FURTHEST_FIRST if kind in taken), None)


_STARTS = (
    (Clock.RECOGNITION, (StepKind.RECOGNITION_RESOLUTION,)),
    (Clock.RECOGNITION_RESOLUTION, (StepKind.CEREMONY,)),
    # Without the day of receipt the term is counted from the decision, which is earlier.
    (Clock.CEREMONY, (StepKind.DECISION_RECEIVED, StepKind.DECISION)),
    (
        Clock.DECISION,
        (StepKind.CELL_RESOLUTION, StepKind.SECTION_APPRAISAL, StepKind.COMMITTEE_RESOLUTION),
    ),
    (Clock.CERTIFICATE, (StepKind.CERTIFICATE,)),
)


@dataclass(frozen=True)
class StepDraft:
    """A step to be recorded; `introducers` are the slots of those who introduced."""

    taken_on: date
    document_no: str | None = None
    introducers: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class PersonDetails:
    """What is recorded of a person besides the steps; None is unknown.

    `stated_segments` holds the slots of the segments said on the form or in the file.
    """

    person_code: str | None = None
    full_name: str
    date_of_birth: date
    sex: str
    ethnicity: str | None = None
    religion: str | None = None
    education: str | None = None
    qualification: str | None = None
    occupation: str | None = None
    stated_segments: frozenset[int] = frozenset()

    @property
    def identity(self) -> tuple[str, date]:
        """What tells people of one cell apart who have no code; capitals make no difference."""
        return self.full_name.casefold(), self.date_of_birth

    def attributes(self, *, is_in_residential_cell: bool) -> Attributes:
        """Return what segments follow from."""
        return Attributes(
            date_of_birth=self.date_of_birth,
            sex=self.sex,
            ethnicity=self.ethnicity,
            religion=self.religion,
            education=self.education,
            qualification=self.qualification,
            stated=self.stated_segments,
            is_in_residential_cell=is_in_residential_cell,
        )


@dataclass(frozen=True)
class RecordedStep:
    """A step as it is recorded, credited to a cell, with the slots of its segments."""

    id: int
    cell_id: int
    taken_on: date
    document_no: str | None
    segments: tuple[int, ...]


@dataclass(frozen=True)
class RecordedCase:
    """A person and the current case as they are recorded."""

    person_id: int
    case_id: int
    cell_id: int
    path: str
    details: PersonDetails
    steps: Mapping[StepKind, RecordedStep]

    def draft_of(self, kind: StepKind) -> StepDraft:
        """Return a recorded step as if it were to be recorded again."""
        step = self.steps[kind]
        introducers = step.segments if kind is StepKind.INTRODUCTION else ()
        return StepDraft(step.taken_on, step.document_no, frozenset(introducers))

    def corrected(self, kind: StepKind, draft: StepDraft) -> RecordedStep:
        """Return a recorded step with new values; who the person was that day is told anew."""
        step = self.steps[kind]
        is_introduction = kind is StepKind.INTRODUCTION
        return replace(
            step,
            taken_on=draft.taken_on,
            document_no=draft.document_no,
            segments=tuple(sorted(draft.introducers)) if is_introduction else step.segments,
        )


@dataclass(frozen=True)
class StepProblem:
    """What is wrong with the date of one step."""

    kind: StepKind
    message: Message


def step_problems(
    steps: Mapping[StepKind, date], *, born_on: date, today: date
) -> tuple[StepProblem, ...]:
    """Return what no approval can excuse about a case's dates; a missing step is no problem."""
    return (
        *_impossible_dates(steps, born_on, today),
        *_steps_out_of_order(steps),
    )


def standing(steps: Iterable[StepKind]) -> StepKind | None:
    """Return the principal step at which a case stands: the last on the way that it has."""
    taken = frozenset(steps)
    return next((kind for kind in reversed(PRINCIPAL_STEPS) if kind in taken), None)


def check_steps(steps: Mapping[StepKind, date], *, born_on: date, today: date) -> None:
    """Refuse dates that nothing can excuse, naming each step by its kind."""
    problems = step_problems(steps, born_on=born_on, today=today)
    if problems:
        raise Refused(
            problems[0].message, (Problem(found.kind, found.message) for found in problems)
        )


def step_slots(
    kind: StepKind, draft: StepDraft, person: Attributes, segments: SegmentTeller
) -> tuple[int, ...]:
    """Return the segments of a step: of an introduction who introduced, else who the person is."""
    if kind is StepKind.INTRODUCTION:
        return tuple(sorted(draft.introducers))
    return segments.slots(person, draft.taken_on)


def check_born_on(born_on: date, today: date) -> None:
    """Refuse a date of birth that lies ahead."""
    if born_on >= today:
        raise Refused(message("Ngày sinh %(born_on)s phải trước hôm nay.", born_on=born_on))


def cleaned_name(text: str) -> str:
    """Return a person's name as it is stored; refuse what is no name."""
    name = clean(text)
    if not name:
        raise Refused(message("Chưa nhập họ và tên."))
    if not any(map(str.isalpha, name)):
        raise Refused(message("Họ và tên “%(name)s” không có chữ nào.", name=name[:LONGEST_NAME]))
    return _checked_words(name, LONGEST_NAME)


def cleaned_words(text: str) -> str | None:
    """Return a free attribute, such as an occupation, as it is stored; nothing is None."""
    words = clean(text)
    return _checked_words(words, LONGEST_WORDS) if words else None


def cleaned_number(text: str) -> str | None:
    """Return the number of a document or a person as it is stored; nothing is None."""
    number = clean(text)
    if not number:
        return None
    return _checked_words(number, LONGEST_NUMBER)


def _checked_words(words: str, longest: int) -> str:
    """Refuse what is too long, and what a spreadsheet would take for a formula."""
    if len(words) > longest:
        raise Refused(message("Dài quá %(most)s ký tự.", most=longest))
    if not (words[0].isalnum() or words[0] in _WORDS_START_BESIDES_LETTERS):
        raise Refused(
            message("“%(value)s” phải bắt đầu bằng chữ hoặc số, không phải dấu.", value=words)
        )
    return words


def _impossible_dates(
    steps: Mapping[StepKind, date], born_on: date, today: date
) -> Iterator[StepProblem]:
    for kind, taken_on in steps.items():
        if taken_on > today:
            yield StepProblem(
                kind,
                message(
                    "“%(step)s” ngày %(day)s là ngày chưa tới (hôm nay là %(today)s).",
                    step=STEP_NAMES[kind],
                    day=taken_on,
                    today=today,
                ),
            )
        if taken_on <= born_on:
            yield StepProblem(
                kind,
                message(
                    "“%(step)s” ngày %(day)s phải sau ngày sinh %(born_on)s.",
                    step=STEP_NAMES[kind],
                    day=taken_on,
                    born_on=born_on,
                ),
            )


def _steps_out_of_order(steps: Mapping[StepKind, date]) -> Iterator[StepProblem]:
    """Name each step that lies before one that precedes it, beside the latest of these."""
    for kind, taken_on in steps.items():
        later = [earlier for earlier in steps if earlier in _BEFORE[kind]]
        latest = max(later, key=steps.__getitem__, default=None)
        if latest is not None and steps[latest] > taken_on:
            yield StepProblem(
                kind,
                message(
                    "“%(step)s” ngày %(day)s không thể trước “%(other)s” ngày %(other_day)s.",
                    step=STEP_NAMES[kind],
                    day=taken_on,
                    other=STEP_NAMES[latest],
                    other_day=steps[latest],
                ),
            )


def _all_before(kind: StepKind) -> frozenset[StepKind]:
    """Follow the orders back over steps that may be missing."""
    directly = {order.before for order in ORDERS if order.after is kind}
    return frozenset(directly.union(*map(_all_before, directly)))


_BEFORE: Mapping[StepKind, frozenset[StepKind]] = {kind: _all_before(kind) for kind in StepKind}
