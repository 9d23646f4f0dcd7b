"""What the pages of people show, arranged for the reader."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _

from app.cases.forms import EDUCATION_NAMES, QUALIFICATION_NAMES, SEX_NAMES
from app.cases.queries import ListedPerson, PeoplePage, TakenStep
from app.cases.rules import (
    PRINCIPAL_STEPS,
    STEP_NAMES,
    RecordedCase,
    RecordedStep,
    StepKind,
    standing,
)
from app.measures.queries import SegmentRow
from app.measures.rules import Origin
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
    """A step of the timeline: what, when, on what paper, through whom, and where it counts."""

    name: str
    taken_on: date
    document_no: str | None
    introducers: tuple[str, ...]
    other_cell: str | None
    url: str


@dataclass(frozen=True)
class PersonPage:
    """A person's page: attributes as pairs of term and text, and the steps in their order.

    `missing` names the principal steps not taken, each with the address at which it is recorded.
    """

    full_name: str
    standing: str
    attributes: tuple[tuple[str, str], ...]
    timeline: tuple[TimelineStep, ...]
    missing: tuple[tuple[str, str], ...]
    is_admitted: bool


def person_lines(page: PeoplePage) -> list[PersonLine]:
    """Return the lines of a page of people, each leading to the person."""
    return [
        PersonLine(person, _standing_since(person), url_for("cases.person", person_id=person.id))
        for person in page.people
    ]


def taken_words(taken: TakenStep) -> str:
    """Say which people a link from a figure has picked."""
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


def person_page(
    case: RecordedCase,
    *,
    cell_names: Mapping[int, str],
    segments: Collection[SegmentRow],
) -> PersonPage:
    """Arrange a person; sensitive attributes are masked and shown only to who gives a reason."""
    return PersonPage(
        full_name=case.details.full_name,
        standing=_standing(standing(case.steps)),
        attributes=(
            (_("Chi bộ"), cell_names.get(case.cell_id, NOTHING)),
            *_attributes(case),
            (_("Thuộc diện"), _stated(case, segments)),
        ),
        timeline=_timeline(case, cell_names, segments),
        missing=tuple(
            (render_message(STEP_NAMES[kind]), _step_url(case, kind))
            for kind in PRINCIPAL_STEPS
            if kind not in case.steps
        ),
        is_admitted=StepKind.CEREMONY in case.steps,
    )


def _attributes(case: RecordedCase) -> tuple[tuple[str, str], ...]:
    details = case.details
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


def _stated(case: RecordedCase, segments: Collection[SegmentRow]) -> str:
    names = [
        segment.name
        for segment in segments
        if segment.origin is Origin.STATED and segment.slot in case.details.stated_segments
    ]
    return ", ".join(names) or NOTHING


def _timeline(
    case: RecordedCase, cell_names: Mapping[int, str], segments: Collection[SegmentRow]
) -> tuple[TimelineStep, ...]:
    introducers = {row.slot: row.name for row in segments if row.origin is Origin.INTRODUCER}
    return tuple(
        TimelineStep(
            name=render_message(STEP_NAMES[kind]),
            taken_on=step.taken_on,
            document_no=step.document_no,
            introducers=tuple(introducers[slot] for slot in case.draft_of(kind).introducers),
            other_cell=cell_names.get(step.cell_id) if step.cell_id != case.cell_id else None,
            url=_step_url(case, kind),
        )
        for kind, step in sorted(case.steps.items(), key=_way)
    )


def _step_url(case: RecordedCase, kind: StepKind) -> str:
    return url_for("cases.step", person_id=case.person_id, kind=kind.value)


def _way(item: tuple[StepKind, RecordedStep]) -> tuple[date, int]:
    """Order steps by their days, those of one day by the way of the procedure."""
    kind, step = item
    return step.taken_on, list(StepKind).index(kind)


def _standing_since(person: ListedPerson) -> str:
    words = _standing(person.step)
    return f"{words} · {day(person.step_on)}" if person.step_on else words


def _standing(step: StepKind | None) -> str:
    return render_message(STEP_NAMES[step]) if step else NOTHING
