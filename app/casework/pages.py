"""What the pages of people show, arranged for the reader."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.cases.queries import Credit, ListedPerson, PeopleFilter, PeoplePage, Stood, TakenStep
from app.cases.rules import EXITS, STEP_NAMES, PersonDetails, StepKind, stage
from app.cases.words import EDUCATION_NAMES, QUALIFICATION_NAMES, SEX_NAMES
from app.measures.queries import SegmentRow
from app.measures.rules import Origin
from app.procedure.cases import CaseState, Law
from app.procedure.detail_words import detail_lines
from app.procedure.findings import RULE_NAMES, Finding, Rule, Severity, findings
from app.procedure.rules import (
    CLOCK_NAMES,
    HOLDER_NAMES,
    Deadline,
    Holder,
    NextStep,
    deadline,
    holder,
    next_steps,
)
from app.web.formats import NOTHING, day
from app.web.i18n import render_message

HIDDEN = "•••"
"""In place of what the reader may not see."""


@dataclass(frozen=True)
class PersonLine:
    """A line of the list, with the step at which the case stands in words."""

    person: ListedPerson
    standing: str
    url: str


@dataclass(frozen=True)
class TimelineStep:
    """A step of the timeline: what, when, on what paper, its details, and where it counts."""

    name: str
    taken_on: date
    document_no: str | None
    lines: tuple[str, ...]
    other_cell: str | None
    url: str | None


@dataclass(frozen=True)
class NextLine:
    """A step that may come next: where it is recorded, by when, and what the file lacks."""

    name: str
    url: str
    deadline: Deadline | None
    is_overdue: bool
    missing: tuple[str, ...]
    paper: str | None


@dataclass(frozen=True)
class FindingLine:
    """What the law has to say; one that warns leads to where a consent is recorded."""

    text: str
    is_warning: bool
    is_approved: bool
    url: str | None


@dataclass(frozen=True)
class PersonPage:
    """A person's page: attributes as pairs of term and text, the way so far and ahead.

    `decides` says who decides on what is ahead, by the law and the tree of today.
    """

    full_name: str
    standing: str
    holder: str | None
    attributes: tuple[tuple[str, str], ...]
    timeline: tuple[TimelineStep, ...]
    term: str | None
    deadline: Deadline | None
    is_overdue: bool
    decides: str | None
    ahead: tuple[NextLine, ...]
    exits: tuple[NextLine, ...]
    papers: tuple[tuple[str, str], ...]
    findings: tuple[FindingLine, ...]
    approvals: tuple[tuple[str, str], ...]
    is_admitted: bool
    is_closed: bool
    may_begin_again: bool


def person_lines(page: PeoplePage) -> list[PersonLine]:
    """Return the lines of a page of people, each leading to the person."""
    return [
        PersonLine(person, _standing_since(person), url_for("cases.person", person_id=person.id))
        for person in page.people
    ]


def picked_words(wanted: PeopleFilter) -> str | None:
    """Say which people a link from a figure has picked; None where it was none."""
    words = []
    if wanted.taken is not None:
        words.append(_taken_words(wanted.taken))
        if wanted.taken.slot is not None:
            words.append(str(_("thuộc một cơ cấu")))
        if wanted.taken.credit is not None:
            words.append(str(_COUNTED_ON[wanted.taken.credit]))
        if wanted.taken.of is not None:
            words.append(str(_("ở một tổ chức đã kết thúc")))
    if wanted.stood is not None:
        words.append(_stood_words(wanted.stood))
    if wanted.is_in_hand:
        words.append(str(_("Đang làm hồ sơ, chưa có quyết định")))
    return ", ".join(words) or None


_COUNTED_ON = {
    Credit.THEN: lazy_gettext("tính theo tổ chức tại thời điểm đó"),
    Credit.NOW: lazy_gettext("tính theo tổ chức hiện nay"),
}


def _stood_words(stood: Stood) -> str:
    step = render_message(STEP_NAMES[stood.kind])
    words = _("Đã qua bước “%(step)s” và chưa đi tiếp đến %(day)s", step=step, day=day(stood.on))
    return str(words)


def _taken_words(taken: TakenStep) -> str:
    step = render_message(STEP_NAMES[taken.kind])
    if taken.first is None or taken.last is None:
        return str(_("Đã có bước “%(step)s”", step=step))
    words = _(
        "Có bước “%(step)s” từ %(first)s đến %(last)s",
        step=step,
        first=day(taken.first),
        last=day(taken.last),
    )
    return str(words)


def person_page(  # noqa: PLR0917 what is known of one person
    state: CaseState,
    law: Law,
    today: date,
    names: Mapping[int, str],
    segments: Collection[SegmentRow],
    *,
    deciding: str | None,
    may_record: bool,
) -> PersonPage:
    """Arrange a person; sensitive attributes are masked and shown only to who gives a reason."""
    term = deadline(state.dates, law)
    ahead = [_next_line(state.person_id, found, today) for found in next_steps(state, law, today)]
    exits = {render_message(STEP_NAMES[kind]) for kind in (*EXITS, StepKind.REMOVAL)}
    furthest = stage(state.steps)
    return PersonPage(
        full_name=state.person.full_name,
        standing=_name_of(furthest),
        holder=None if state.is_closed else holder_words(holder(furthest), deciding),
        attributes=(
            (_("Chi bộ"), names.get(state.cell_id, NOTHING)),
            *attribute_lines(state.person),
            (_("Thuộc diện"), _stated(state.person, segments)),
        ),
        timeline=_timeline(state, names, segments, may_record=may_record),
        term=render_message(CLOCK_NAMES[term.clock]) if term else None,
        deadline=term,
        is_overdue=bool(term and term.due_on < today),
        decides=_decides(state, deciding),
        ahead=tuple(line for line in ahead if line.name not in exits),
        exits=tuple(line for line in ahead if line.name in exits),
        papers=_papers(state),
        findings=tuple(
            _finding_line(state.person_id, found, may_record=may_record)
            for found in findings(state, law, today)
        ),
        approvals=_approvals(state),
        is_admitted=StepKind.CEREMONY in state.steps or StepKind.DECISION in state.steps,
        is_closed=state.is_closed,
        may_begin_again=state.is_closed
        and (StepKind.RECOGNITION not in state.steps or StepKind.REMOVAL in state.steps),
    )


def holder_words(holding: Holder, deciding: str | None) -> str:
    """Say who has a case on the table; the committee that decides by its name, where known."""
    if holding is Holder.DECIDING_COMMITTEE and deciding is not None:
        words: str = _("Ban thường vụ %(unit)s", unit=deciding)
        return words
    return render_message(HOLDER_NAMES[holding])


def _decides(state: CaseState, deciding: str | None) -> str | None:
    """Say who decides on what is still ahead: the admission, later the recognition."""
    if deciding is None or state.is_closed:
        return None
    words: str = (
        _("Quyết định công nhận chính thức: Ban thường vụ %(unit)s.", unit=deciding)
        if StepKind.DECISION in state.steps
        else _("Quyết định kết nạp: Ban thường vụ %(unit)s.", unit=deciding)
    )
    return words


def attribute_lines(details: PersonDetails) -> tuple[tuple[str, str], ...]:
    """Return a person's attributes as pairs of term and text, sensitive ones masked."""
    return (
        (_("Mã"), details.person_code or NOTHING),
        (_("Ngày sinh"), day(details.date_of_birth)),
        (_("Giới tính"), str(SEX_NAMES[details.sex])),
        (_("Dân tộc"), HIDDEN),
        (_("Tôn giáo"), HIDDEN),
        (_("Học vấn"), str(EDUCATION_NAMES.get(details.education or "", NOTHING))),
        (_("Trình độ"), str(QUALIFICATION_NAMES.get(details.qualification or "", NOTHING))),
        (_("Nghề nghiệp"), details.occupation or NOTHING),
    )


def _next_line(person_id: int, found: NextStep, today: date) -> NextLine:
    return NextLine(
        name=render_message(STEP_NAMES[found.kind]),
        url=url_for("cases.step", person_id=person_id, kind=found.kind.value),
        deadline=found.deadline,
        is_overdue=bool(found.deadline and found.deadline.due_on < today),
        missing=tuple(render_message(text) for text in found.missing),
        paper=found.forms,
    )


def _finding_line(person_id: int, found: Finding, *, may_record: bool) -> FindingLine:
    is_warning = found.severity is Severity.WARNING
    asks = is_warning and not found.is_approved and may_record
    return FindingLine(
        text=f"{render_message(RULE_NAMES[found.rule])}: {render_message(found.message)}",
        is_warning=is_warning,
        is_approved=found.is_approved,
        url=url_for("cases.approval", person_id=person_id, rule=found.rule.value) if asks else None,
    )


def _approvals(state: CaseState) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            render_message(RULE_NAMES[Rule(given.rule)]),
            " · ".join(
                filter(None, (given.approved_by, day(given.approved_on), given.document_no))
            ),
        )
        for given in state.approvals.values()
    )


def _papers(state: CaseState) -> tuple[tuple[str, str], ...]:
    """Say of every step whose paper is known to lie somewhere where that is."""
    return tuple(
        (
            " ".join(filter(None, (render_message(STEP_NAMES[kind]), step.document_no))),
            step.details.kept_at,
        )
        for kind, step in state.steps.items()
        if step.details.kept_at
    )


def _stated(person: PersonDetails, segments: Collection[SegmentRow]) -> str:
    names = [
        segment.name
        for segment in segments
        if segment.origin is Origin.STATED and segment.slot in person.stated_segments
    ]
    return ", ".join(names) or NOTHING


def _timeline(
    state: CaseState,
    names: Mapping[int, str],
    segments: Collection[SegmentRow],
    *,
    may_record: bool,
) -> tuple[TimelineStep, ...]:
    order = list(StepKind)
    organisations = {row.slot: row.name for row in segments if row.origin is Origin.INTRODUCER}
    return tuple(
        TimelineStep(
            name=render_message(STEP_NAMES[kind]),
            taken_on=step.taken_on,
            document_no=step.document_no,
            lines=(
                *(organisations[slot] for slot in step.segments if slot in organisations),
                *detail_lines(step.details),
                *((str(_("Do đảng bộ chuyển hồ sơ ghi và tính")),) if step.is_carried else ()),
            ),
            other_cell=(
                names.get(step.cell_id)
                if step.cell_id is not None and step.cell_id != state.cell_id
                else None
            ),
            url=(
                url_for("cases.step", person_id=state.person_id, kind=kind.value)
                if may_record and not step.is_carried
                else None
            ),
        )
        for kind, step in sorted(
            state.steps.items(), key=lambda item: (item[1].taken_on, order.index(item[0]))
        )
    )


def _standing_since(person: ListedPerson) -> str:
    words = _name_of(person.step)
    return f"{words} · {day(person.step_on)}" if person.step_on else words


def _name_of(step: StepKind | None) -> str:
    return render_message(STEP_NAMES[step]) if step else NOTHING
