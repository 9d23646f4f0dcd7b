"""Taking steps of the procedure: one person's, or many people's in one act.

Sets are read and checked, then written by a fixed number of statements. What the law says comes
back as `Refused` (a stop, named by its step) or as `ApprovalNeeded`, with the findings that a
committee may approve.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import insert, select, update

from app.audit.commands import Change, record_all
from app.cases import commands as people
from app.cases.models import Person, Step
from app.cases.rules import (
    STEP_NAMES,
    PersonDetails,
    StepKind,
    cleaned_number,
    cleaned_words,
)
from app.cases.trail import spoken_steps
from app.cases.writing import NewStep, hold_cells, insert_steps
from app.core.database import db
from app.core.errors import Conflict, NotFound, Problem, Refused, refused_at
from app.core.messages import Message, message
from app.measures.queries import SegmentRow, introducers, segments
from app.procedure.cases import CaseState, GivenApproval, Law, TakenStep, Taking
from app.procedure.details import (
    IntroductionDetails,
    PaperDetails,
    checked_details,
    from_json,
    to_json,
)
from app.procedure.findings import Finding, Rule, objections, stops
from app.procedure.models import Approval
from app.procedure.queries import case_state, case_states, law
from app.procedure.recordings import Recorded, open_recording
from app.tenants.context import Context
from app.units.queries import units_by_number

MOST_PEOPLE_AT_ONCE = 500


@dataclass(frozen=True)
class ApprovalDraft:
    """A committee's consent that a case departs from a rule: who, when, under which number."""

    rule: Rule
    approved_by: str
    approved_on: date
    document_no: str | None = None


class ApprovalNeeded(Refused):
    """The law warns of something; with a recorded approval it may be done.

    `findings` says of which person what is found.
    """

    def __init__(self, findings: Mapping[int, Sequence[Finding]]) -> None:
        super().__init__(
            message("Có điểm khác quy định; cần ghi ý kiến đồng ý của cấp có thẩm quyền."),
            (Problem(found.kind, found.message) for each in findings.values() for found in each),
        )
        self.findings = findings


class RefusedTogether(Refused):
    """Some of many people cannot take the step; `reasons` says who and why. Nobody took it.

    `problems_of` names the kind of step that each reason is about.
    """

    def __init__(self, problems_of: Mapping[int, Sequence[Problem]]) -> None:
        first = next(iter(problems_of.values()))
        super().__init__(
            first[0].message,
            (
                Problem(f"person-{person_id}", problem.message)
                for person_id, problems in problems_of.items()
                for problem in problems
            ),
        )
        self.problems_of = problems_of

    @property
    def reasons(self) -> Mapping[int, Sequence[Message]]:
        """Why not, by person."""
        return {
            person_id: [problem.message for problem in problems]
            for person_id, problems in self.problems_of.items()
        }


def add_person(
    context: Context,
    cell_id: int,
    details: PersonDetails,
    steps: Mapping[StepKind, Taking],
) -> Recorded:
    """Add a person to a cell with the steps so far; the act may be undone as a whole."""
    drafts = {kind: taking.draft for kind, taking in steps.items()}
    person_id = people.add_person(context, cell_id, details, drafts)
    recording_id = open_recording(context, added_person_id=person_id)
    state = case_state(context, person_id)
    given = {
        kind: checked(kind, taking.details, context.today)
        for kind, taking in steps.items()
        if taking.details is not None
    }
    after = {
        kind: replace(step, details=given.get(kind, step.details))
        for kind, step in state.steps.items()
    }
    refuse_any_stop(replace(state, steps=after), law(context), context.today)
    for kind, kept in given.items():
        set_details(context, state.case_id, kind, kept)
    db.session.execute(
        update(Step)
        .where(Step.tenant_id == context.tenant_id, Step.case_id == state.case_id)
        .values(recording_id=recording_id),
        execution_options={"synchronize_session": False},
    )
    return Recorded(recording_id, (person_id,), len(steps))


def take_steps(
    context: Context,
    person_id: int,
    steps: Mapping[StepKind, Taking],
    approvals: Sequence[ApprovalDraft] = (),
) -> Recorded:
    """Take steps of one person; see `take_together`. A stop is named by its kind of step."""
    try:
        return take_together(context, {person_id: steps}, approvals)
    except RefusedTogether as refusal:
        (problems,) = refusal.problems_of.values()
        raise Refused(problems[0].message, problems) from refusal


def take_together(
    context: Context,
    steps_of: Mapping[int, Mapping[StepKind, Taking]],
    approvals: Sequence[ApprovalDraft] = (),
) -> Recorded:
    """Take steps of many people in one act: one ceremony, one class, one resolution.

    All or nothing: `RefusedTogether` when a stop meets anybody, `ApprovalNeeded` when the law
    warns and neither a recorded approval nor one given here covers it. An approval given here
    holds for everybody whom its rule concerns. A step recorded already with the same values is
    left as it is. Each step is credited to the cell in which the person was on its day.
    """
    if not 0 < len(steps_of) <= MOST_PEOPLE_AT_ONCE:
        raise Refused(message("Chọn từ 1 đến %(most)s người.", most=MOST_PEOPLE_AT_ONCE))
    states = held_cases(context, steps_of)
    known, definitions = law(context), segments(context)
    given = tuple(cleaned_approval(draft, context.today) for draft in approvals)
    acts = [_drawn_up(state, steps_of[state.person_id], definitions, context) for state in states]
    _refuse_stops(acts, known, context.today)
    _ask_for_approvals(acts, known, given, context.today)
    recording_id = open_recording(context)
    approved = _insert_approvals(context, acts, known, given, recording_id=recording_id)
    written = _insert(context, acts, definitions, recording_id=recording_id)
    record_all(
        context,
        [
            Change(
                "case.advanced",
                "person",
                act.before.person_id,
                after={**_spoken(act.new), **approved[act.before.person_id]},
                path=act.before.path,
            )
            for act in acts
            if act.new
        ],
    )
    return Recorded(recording_id, tuple(state.person_id for state in states), written)


def held_cases(context: Context, person_ids: Iterable[int]) -> list[CaseState]:
    """Hold the cells that people are in, then read their cases; NotFound if any is missing."""
    wanted = set(person_ids)
    homes = cells_of(context, wanted)
    if homes.keys() != wanted:
        raise NotFound(message("Không tìm thấy người này."))
    hold_cells(context, set(homes.values()))
    states = case_states(context, wanted)
    if len(states) != len(wanted) or any(s.cell_id != homes[s.person_id] for s in states):
        raise Conflict(message("Có người vừa được chuyển sang chi bộ khác; hãy mở lại trang."))
    return states


def cells_of(context: Context, person_ids: Iterable[int]) -> dict[int, int]:
    """Return the cells in which people of the scope are."""
    rows = db.session.execute(
        select(Person.id, Person.cell_id).where(
            Person.tenant_id == context.tenant_id,
            Person.path >= context.scope.first,
            Person.path < context.scope.last,
            Person.id.in_(set(person_ids)),
        )
    )
    return {row.id: row.cell_id for row in rows}


def checked(kind: StepKind, details: PaperDetails, today: date) -> PaperDetails:
    """Return the details of a step as they are stored; a refusal names the step."""
    try:
        return checked_details(kind, details, today)
    except Refused as refusal:
        raise refused_at(kind, refusal.message) from refusal


def refuse_any_stop(state: CaseState, known: Law, today: date) -> None:
    """Refuse a case that no approval could excuse."""
    found = tuple(stops(state, known, today))
    if found:
        raise Refused(found[0].message, [Problem(stop.kind, stop.message) for stop in found])


def cleaned_approval(draft: ApprovalDraft, today: date) -> GivenApproval:
    """Return an approval as it is stored."""
    approved_by = cleaned_words(draft.approved_by)
    if approved_by is None:
        raise refused_at("approved_by", message("Chưa ghi cấp nào đồng ý."))
    if draft.approved_on > today:
        raise refused_at("approved_on", message("Ngày đồng ý là ngày chưa tới."))
    return GivenApproval(
        Rule(draft.rule).value,
        approved_by,
        draft.approved_on,
        cleaned_number(draft.document_no or ""),
    )


def approval_row(
    context: Context, state: CaseState, given: GivenApproval, recording_id: int | None
) -> dict[str, object]:
    """Return an approval of a case as its row holds it."""
    return {
        "tenant_id": context.tenant_id,
        "case_id": state.case_id,
        "path": state.path,
        "recording_id": recording_id,
        "rule": given.rule,
        **spoken_approval(given),
    }


def spoken_approval(given: GivenApproval) -> dict[str, object]:
    """Return an approval for the trail."""
    return {
        "approved_by": given.approved_by,
        "approved_on": given.approved_on,
        "document_no": given.document_no,
    }


def set_details(context: Context, case_id: int, kind: StepKind, details: PaperDetails) -> None:
    """Write the details of a step anew."""
    db.session.execute(
        update(Step)
        .where(Step.tenant_id == context.tenant_id, Step.case_id == case_id, Step.kind == kind)
        .values(details=to_json(details) or None),
        execution_options={"synchronize_session": False},
    )


@dataclass(frozen=True)
class _Act:
    """What changes for one person: the case before, what is asked, what is new, the case after."""

    before: CaseState
    asked: Mapping[StepKind, Taking]
    new: Mapping[StepKind, Taking]
    after: CaseState


def _drawn_up(
    state: CaseState,
    asked: Mapping[StepKind, Taking],
    definitions: tuple[SegmentRow, ...],
    context: Context,
) -> _Act:
    """Clean what is asked, leave out what is recorded with the same values already."""
    organisations = introducers(definitions)
    new = {}
    for kind, taking in asked.items():
        details = checked(kind, taking.details or from_json(kind, None), context.today)
        draft = replace(
            taking.draft,
            document_no=cleaned_number(taking.draft.document_no or ""),
            introducers=taking.draft.introducers or _introducing(details, organisations),
        )
        known = state.steps.get(kind)
        values = draft.taken_on, draft.document_no
        if known is None or (known.taken_on, known.document_no) != values:
            new[kind] = Taking(draft, details)
    taken = {
        kind: TakenStep(
            taken_on=taking.draft.taken_on,
            document_no=taking.draft.document_no,
            details=taking.details or from_json(kind, None),
        )
        for kind, taking in new.items()
    }
    return _Act(state, asked, new, replace(state, steps={**state.steps, **taken}))


def _introducing(details: PaperDetails, known: Mapping[str, SegmentRow]) -> frozenset[int]:
    """Return the slots of those who introduced, as far as measures know them."""
    if not isinstance(details, IntroductionDetails):
        return frozenset()
    return frozenset(
        known[introducer.kind].slot
        for introducer in details.introducers
        if introducer.kind in known
    )


def _refuse_stops(acts: Sequence[_Act], known: Law, today: date) -> None:
    problems_of = {}
    for act in acts:
        problems = [
            *(
                Problem(
                    kind,
                    message(
                        "“%(step)s” đã ghi ngày %(day)s; muốn đổi hãy sửa ở trang cá nhân.",
                        step=STEP_NAMES[kind],
                        day=act.before.steps[kind].taken_on,
                    ),
                )
                for kind in act.new
                if kind in act.before.steps
            ),
            *(Problem(found.kind, found.message) for found in stops(act.after, known, today)),
        ]
        if problems:
            problems_of[act.before.person_id] = problems
    if problems_of:
        raise RefusedTogether(problems_of)


def _ask_for_approvals(
    acts: Sequence[_Act], known: Law, given: Sequence[GivenApproval], today: date
) -> None:
    covered = {approval.rule for approval in given}
    asked = {}
    for act in acts:
        found = objections(act.after, known, today, act.new)
        if open_findings := [finding for finding in found if finding.rule not in covered]:
            asked[act.before.person_id] = open_findings
    if asked:
        raise ApprovalNeeded(asked)


def _insert_approvals(
    context: Context,
    acts: Sequence[_Act],
    known: Law,
    given: Sequence[GivenApproval],
    *,
    recording_id: int,
) -> dict[int, dict[str, object]]:
    """Keep each approval with the cases that need it; say so for the trail, by person."""
    rows = []
    said: dict[int, dict[str, object]] = {}
    for act in acts:
        found = {item.rule for item in objections(act.after, known, context.today, act.new)}
        needed = [approval for approval in given if approval.rule in found]
        rows += [approval_row(context, act.before, each, recording_id) for each in needed]
        spoken = {each.rule: spoken_approval(each) for each in needed}
        said[act.before.person_id] = {"approvals": spoken} if spoken else {}
    if rows:
        db.session.execute(insert(Approval), rows)
    return said


def _insert(
    context: Context,
    acts: Sequence[_Act],
    definitions: tuple[SegmentRow, ...],
    *,
    recording_id: int,
) -> int:
    """Write the steps of all by one statement; return how many."""
    credited = {
        (act.before.person_id, kind): act.before.cell_on(taking.draft.taken_on)
        for act in acts
        for kind, taking in act.new.items()
    }
    cells = units_by_number(context, set(credited.values()))
    new = [
        NewStep(
            act.before.case_id,
            kind,
            taking.draft,
            cells[credited[act.before.person_id, kind]],
            act.before.person,
            path=act.before.path,
            facts=to_json(taking.details) if taking.details else None,
            recording_id=recording_id,
        )
        for act in acts
        for kind, taking in act.new.items()
    ]
    insert_steps(context, new, definitions)
    return len(new)


def _spoken(steps: Mapping[StepKind, Taking]) -> dict[str, object]:
    said = spoken_steps({kind: taking.draft for kind, taking in steps.items()})
    details = {kind.value: to_json(t.details) for kind, t in steps.items() if t.details}
    return {**said, **({"details": details} if any(details.values()) else {})}
