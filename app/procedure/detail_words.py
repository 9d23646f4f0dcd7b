"""The details of steps in words, for the timeline of a person."""

from collections.abc import Callable, Iterator
from typing import Any

from flask_babel import gettext as _

from app.procedure.details import (
    EXIT_REASON_NAMES,
    INTRODUCER_NAMES,
    RATING_NAMES,
    VERIFICATION_NAMES,
    CeremonyDetails,
    ClassDetails,
    CommentsDetails,
    DecisionDetails,
    ExitDetails,
    IntroductionDetails,
    MentorDetails,
    PaperDetails,
    RecognitionDetails,
    VerificationDetails,
    VoteDetails,
)
from app.web.formats import day
from app.web.i18n import render_message


def detail_lines(details: PaperDetails) -> tuple[str, ...]:
    """Return what is known of a step besides its day and number, a line each."""
    return tuple(_lines(details))


def _lines(details: PaperDetails) -> Iterator[str]:
    for shape, lines in _WORDS:
        if isinstance(details, shape):
            yield from lines(details)
            break
    if details.kept_at:
        yield _("Giấy tờ: %(place)s", place=details.kept_at)


def _class_lines(details: ClassDetails) -> Iterator[str]:
    yield from filter(None, (details.class_no, details.issuer))


def _introduction_lines(details: IntroductionDetails) -> Iterator[str]:
    for person in details.introducers:
        yield f"{render_message(INTRODUCER_NAMES[person.kind])}: {person.name}"


def _comment_lines(details: CommentsDetails) -> Iterator[str]:
    for comment in details.comments:
        parts = (comment.organisation, day(comment.given_on), comment.document_no, comment.kept_at)
        yield " · ".join(filter(None, parts))


def _decision_lines(details: DecisionDetails) -> Iterator[str]:
    if isinstance(details, RecognitionDetails) and details.decided_on:
        yield _("Ký ngày %(day)s", day=day(details.decided_on))
    yield from filter(None, (details.decided_by,))


def _ceremony_lines(details: CeremonyDetails) -> Iterator[str]:
    if details.member_file_on:
        yield _("Khai lý lịch đảng viên ngày %(day)s", day=day(details.member_file_on))


def _exit_lines(details: ExitDetails) -> Iterator[str]:
    yield render_message(EXIT_REASON_NAMES[details.reason])
    yield from filter(None, (details.destination, details.transfer_no))


def _mentor_lines(details: MentorDetails) -> Iterator[str]:
    for mentor in details.mentors:
        if mentor.until is None:
            yield _("%(name)s, từ %(day)s", name=mentor.name, day=day(mentor.since))
        else:
            yield _(
                "%(name)s, từ %(first)s đến %(last)s",
                name=mentor.name,
                first=day(mentor.since),
                last=day(mentor.until),
            )
    for remark in details.remarks:
        yield _(
            "Nhận xét %(day)s: %(rating)s",
            day=day(remark.made_on),
            rating=render_message(RATING_NAMES[remark.rating]),
        )


def _verification_lines(details: VerificationDetails) -> Iterator[str]:
    yield render_message(VERIFICATION_NAMES[details.status])
    for inquiry in details.inquiries:
        answer = (
            _("trả lời %(day)s", day=day(inquiry.answered_on))
            if inquiry.answered_on
            else _("chưa trả lời")
        )
        parts = (inquiry.asked, day(inquiry.asked_on), answer, inquiry.document_no, inquiry.kept_at)
        yield " · ".join(filter(None, parts))


def _vote_lines(details: VoteDetails) -> Iterator[str]:
    if details.in_favour is not None and details.entitled is not None:
        yield _(
            "Tán thành %(votes)s trên tổng số %(all)s",
            votes=str(details.in_favour),
            all=str(details.entitled),
        )
    if details.present is not None:
        yield _("Dự họp %(present)s", present=str(details.present))


_WORDS: tuple[tuple[type, Callable[[Any], Iterator[str]]], ...] = (
    (MentorDetails, _mentor_lines),
    (ClassDetails, _class_lines),
    (VerificationDetails, _verification_lines),
    (IntroductionDetails, _introduction_lines),
    (CommentsDetails, _comment_lines),
    (VoteDetails, _vote_lines),
    (DecisionDetails, _decision_lines),
    (CeremonyDetails, _ceremony_lines),
    (ExitDetails, _exit_lines),
)
