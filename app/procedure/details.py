"""What a step holds besides its date and number: one declared shape for each kind of step.

Only names, dates, numbers, statuses and where a paper lies. What a verification found, what was
said of a person, and any other narrative has no place here (TRUST.md 38).
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import date
from enum import Enum, StrEnum
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from app.cases.rules import StepKind, cleaned_number, cleaned_words
from app.core.errors import Refused
from app.core.messages import Message, message

MOST_VOTERS = 10_000


class Rating(StrEnum):
    """What a mentor thinks, without a narrative."""

    GOOD = "good"
    FAIR = "fair"
    AVERAGE = "average"
    POOR = "poor"


class Verification(StrEnum):
    """How far the verification of a curriculum vitae is."""

    UNDER_WAY = "under_way"
    CONCLUDED = "concluded"


class IntroducerKind(StrEnum):
    """Who may introduce: an official member, or one of two organisations."""

    MEMBER = "party_member"
    YOUTH_UNION = "youth_union"
    TRADE_UNION = "trade_union"


class ExitReason(StrEnum):
    """Why a case ends before membership."""

    OWN_WISH = "own_wish"
    NOT_QUALIFIED = "not_qualified"
    VOTE_FAILED = "vote_failed"
    VERIFICATION = "verification"
    AGE = "age"
    INACTIVE = "inactive"
    GONE_AWAY = "gone_away"
    MOVED_TO_ANOTHER_TENANT = "moved_to_another_tenant"
    DIED = "died"
    OTHER = "other"


RATING_NAMES: Mapping[Rating, Message] = {
    Rating.GOOD: message("Tốt"),
    Rating.FAIR: message("Khá"),
    Rating.AVERAGE: message("Trung bình"),
    Rating.POOR: message("Yếu"),
}
VERIFICATION_NAMES: Mapping[Verification, Message] = {
    Verification.UNDER_WAY: message("Đang thẩm tra"),
    Verification.CONCLUDED: message("Đã có kết luận"),
}
INTRODUCER_NAMES: Mapping[IntroducerKind, Message] = {
    IntroducerKind.MEMBER: message("Đảng viên chính thức"),
    IntroducerKind.YOUTH_UNION: message("Ban chấp hành Đoàn cơ sở"),
    IntroducerKind.TRADE_UNION: message("Ban chấp hành Công đoàn cơ sở"),
}
EXIT_REASON_NAMES: Mapping[ExitReason, Message] = {
    ExitReason.OWN_WISH: message("Tự xin thôi"),
    ExitReason.NOT_QUALIFIED: message("Không đủ tiêu chuẩn, điều kiện"),
    ExitReason.VOTE_FAILED: message("Không đủ số phiếu tán thành"),
    ExitReason.VERIFICATION: message("Thẩm tra chưa đạt"),
    ExitReason.AGE: message("Quá tuổi"),
    ExitReason.INACTIVE: message("Không còn tham gia sinh hoạt"),
    ExitReason.GONE_AWAY: message("Đi làm, đi học xa"),
    ExitReason.MOVED_TO_ANOTHER_TENANT: message("Chuyển sang đảng bộ khác"),
    ExitReason.DIED: message("Từ trần"),
    ExitReason.OTHER: message("Lý do khác"),
}


@dataclass(frozen=True, kw_only=True)
class PaperDetails:
    """A paper and where it lies."""

    kept_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class Mentor:
    """A member who helps the person, from a day to a day; None is until now."""

    name: str
    since: date
    until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A mentor's periodic remark: a day and a rating."""

    made_on: date
    rating: Rating


@dataclass(frozen=True, kw_only=True)
class MentorDetails(PaperDetails):
    """The mentors one after another, and their remarks."""

    mentors: tuple[Mentor, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClassDetails(PaperDetails):
    """A class, which committee or centre held it; the step's number is the certificate's."""

    class_no: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """A committee or member asked about somebody: when, and under which number it answered."""

    asked: str
    asked_on: date
    answered_on: date | None = None
    document_no: str | None = None
    kept_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class VerificationDetails(PaperDetails):
    """How far the verification is and who was asked; never what was found."""

    status: Verification = Verification.UNDER_WAY
    concluded_on: date | None = None
    inquiries: tuple[Inquiry, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Introducer:
    """Who introduces; a member also since when both work, study or live in the same place."""

    kind: IntroducerKind
    name: str
    together_since: date | None = None
    is_official: bool = True


@dataclass(frozen=True, kw_only=True)
class IntroductionDetails(PaperDetails):
    """Two members, or one member with the youth union or the trade union."""

    introducers: tuple[Introducer, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Comment:
    """That an organisation, or the cell where the person lives, has commented."""

    organisation: str
    given_on: date
    document_no: str | None = None
    kept_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class CommentsDetails(PaperDetails):
    """Who has commented."""

    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class VoteDetails(PaperDetails):
    """A vote: official members (or committee members) in all, present, for and against."""

    entitled: int | None = None
    present: int | None = None
    in_favour: int | None = None
    against: int | None = None


@dataclass(frozen=True, kw_only=True)
class DecisionDetails(PaperDetails):
    """Who decided."""

    decided_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class CeremonyDetails(PaperDetails):
    """When the new member's own file was declared."""

    member_file_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class RecognitionDetails(DecisionDetails):
    """When the recognition was decided; it takes effect on the day of the step."""

    decided_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class ExitDetails(PaperDetails):
    """Why a case ended; where a person went; the vote, if one was lost."""

    reason: ExitReason = ExitReason.OTHER
    destination: str | None = None
    transfer_no: str | None = None
    entitled: int | None = None
    in_favour: int | None = None


SHAPES: Mapping[StepKind, type[PaperDetails]] = {
    StepKind.LISTED: PaperDetails,
    StepKind.SYMPATHISER: PaperDetails,
    StepKind.MENTOR: MentorDetails,
    StepKind.CERTIFICATE: ClassDetails,
    StepKind.APPLICATION: PaperDetails,
    StepKind.VERIFICATION: VerificationDetails,
    StepKind.INTRODUCTION: IntroductionDetails,
    StepKind.COMMENTS: CommentsDetails,
    StepKind.CELL_RESOLUTION: VoteDetails,
    StepKind.SECTION_APPRAISAL: PaperDetails,
    StepKind.COMMITTEE_RESOLUTION: VoteDetails,
    StepKind.DECISION: DecisionDetails,
    StepKind.DECISION_RECEIVED: PaperDetails,
    StepKind.CEREMONY: CeremonyDetails,
    StepKind.NEW_MEMBER_CLASS: ClassDetails,
    StepKind.RECOGNITION_RESOLUTION: VoteDetails,
    StepKind.RECOGNITION: RecognitionDetails,
    StepKind.REMOVAL: ExitDetails,
    StepKind.WITHDRAWN: ExitDetails,
    StepKind.MOVED_AWAY: ExitDetails,
    StepKind.TAKEN_OFF: ExitDetails,
    StepKind.REFUSED: ExitDetails,
}

Shape = TypeVar("Shape")

_NUMBERS = frozenset({"document_no", "class_no", "transfer_no"})


class UnknownShapeError(ValueError):
    """Stored details do not have the shape that is declared for their kind."""


def checked_details(kind: StepKind, details: PaperDetails, today: date) -> PaperDetails:
    """Return details with their texts cleaned; refuse another kind's, and impossible values."""
    if type(details) is not SHAPES[kind]:
        raise UnknownShapeError(kind, type(details))
    cleaned: PaperDetails = _cleaned(details)
    for day in _days(cleaned):
        if day > today:
            raise Refused(message("Ngày %(day)s là ngày chưa tới.", day=day))
    _check_order_of_days(cleaned)
    _check_vote(cleaned)
    return cleaned


def with_mentor(details: MentorDetails, name: str, since: date) -> MentorDetails:
    """Return the mentors after a change: the one before helps until the new one begins."""
    if any(mentor.since > since for mentor in details.mentors):
        raise Refused(message("Đã có người giúp đỡ được phân công sau ngày này."))
    ended = tuple(
        mentor if mentor.until else replace(mentor, until=since) for mentor in details.mentors
    )
    return replace(details, mentors=(*ended, Mentor(name=name, since=since)))


def with_remark(details: MentorDetails, made_on: date, rating: Rating) -> MentorDetails:
    """Return the remarks with one more, in the order of their days; one a day."""
    others = [remark for remark in details.remarks if remark.made_on != made_on]
    remarks = sorted(
        [*others, Remark(made_on=made_on, rating=rating)], key=lambda remark: remark.made_on
    )
    return replace(details, remarks=tuple(remarks))


def to_json(details: PaperDetails) -> dict[str, object]:
    """Return details as JSON holds them; what says nothing is left out."""
    return _written_parts(details)


def from_json(kind: StepKind, stored: Mapping[str, object] | None) -> PaperDetails:
    """Return the details of a step; a step without any has the shape's empty ones."""
    return _read(SHAPES[kind], dict(stored or {}))


def _check_order_of_days(details: PaperDetails) -> None:
    if isinstance(details, MentorDetails):
        pairs = [(mentor.since, mentor.until) for mentor in details.mentors]
    elif isinstance(details, VerificationDetails):
        pairs = [(inquiry.asked_on, inquiry.answered_on) for inquiry in details.inquiries]
    else:
        return
    for first, last in pairs:
        if last is not None and last < first:
            raise Refused(message("Ngày %(last)s trước ngày %(first)s.", last=last, first=first))


def _check_vote(details: PaperDetails) -> None:
    """Refuse counts that cannot be: more present than entitled, more votes than present."""
    if not isinstance(details, VoteDetails | ExitDetails):
        return
    votes = [details.entitled, details.in_favour]
    if isinstance(details, VoteDetails):
        votes += [details.present, details.against]
    if any(vote is not None and not 0 <= vote <= MOST_VOTERS for vote in votes):
        raise Refused(message("Số phiếu phải từ 0 đến %(most)s.", most=MOST_VOTERS))
    if isinstance(details, VoteDetails):
        cast = (details.in_favour or 0) + (details.against or 0)
        room = details.present if details.present is not None else details.entitled
        if room is not None and cast > room:
            raise Refused(message("Số phiếu nhiều hơn số người dự họp."))
        if None not in (details.present, details.entitled) and details.present > details.entitled:  # type: ignore[operator]
            raise Refused(message("Số người dự họp nhiều hơn tổng số đảng viên chính thức."))


def _cleaned(value: Any) -> Any:  # noqa: ANN401 any part of a shape
    """Return a part of a shape with its texts as they are stored."""
    if isinstance(value, tuple):
        return tuple(_cleaned(item) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes = {}
    for item in fields(value):
        part = getattr(value, item.name)
        if isinstance(part, str) and not isinstance(part, Enum):
            clean = cleaned_number if item.name in _NUMBERS else cleaned_words
            changes[item.name] = clean(part)
            if changes[item.name] is None and item.default is MISSING:
                raise Refused(message("Có tên còn để trống."))
        else:
            changes[item.name] = _cleaned(part)
    return replace(value, **changes)


def _days(value: Any) -> Iterator[date]:  # noqa: ANN401 as above
    if isinstance(value, date):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _days(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _days(getattr(value, field.name))


def _written(value: Any) -> object:  # noqa: ANN401 as above
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_written(item) for item in value]
    return _written_parts(value) if is_dataclass(value) else value


def _written_parts(value: Any) -> dict[str, object]:  # noqa: ANN401 as above
    parts = {item.name: _written(getattr(value, item.name)) for item in fields(value)}
    return {name: part for name, part in parts.items() if part is not None and part != []}


def _read(shape: type[Shape], stored: object) -> Shape:
    if not isinstance(stored, dict):
        raise UnknownShapeError(shape, stored)
    hints = get_type_hints(shape)
    if unknown := stored.keys() - hints.keys():
        raise UnknownShapeError(shape, sorted(unknown))
    try:
        return shape(**{name: _read_part(hints[name], part) for name, part in stored.items()})
    except TypeError as error:
        raise UnknownShapeError(shape, stored) from error


def _read_part(hint: Any, stored: object) -> object:  # noqa: ANN401 a type as annotations give it
    if get_origin(hint) is UnionType:
        (hint,) = (option for option in get_args(hint) if option is not NoneType)
    if get_origin(hint) is tuple:
        if not isinstance(stored, list):
            raise UnknownShapeError(hint, stored)
        return tuple(_read_part(get_args(hint)[0], item) for item in stored)
    if is_dataclass(hint) and isinstance(hint, type):
        return _read(hint, stored)
    if hint is date and isinstance(stored, str):
        return date.fromisoformat(stored)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(stored)
    if type(stored) is not hint:
        raise UnknownShapeError(hint, stored)
    return stored
