"""Taking steps one by one and together, undoing, correcting, approving, moving."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.cases.models import Case, Person, Step
from app.cases.rules import Clock, StepDraft, StepKind
from app.core import clock
from app.core.database import db
from app.core.errors import Conflict, NotFound, Refused
from app.core.periods import parse_period
from app.measures.queries import measure_by_code
from app.procedure.cases import Taking
from app.procedure.commands import (
    approve,
    correct,
    keep_details,
    move_person,
    open_another_case,
    withdraw_step,
)
from app.procedure.details import (
    ExitDetails,
    ExitReason,
    Inquiry,
    Introducer,
    IntroducerKind,
    IntroductionDetails,
    MentorDetails,
    Rating,
    Verification,
    VerificationDetails,
    VoteDetails,
    with_mentor,
    with_remark,
)
from app.procedure.findings import Rule
from app.procedure.nil_reports import nil_reports, report_nothing
from app.procedure.queries import case_state
from app.procedure.recordings import undo
from app.procedure.taking import (
    ApprovalDraft,
    ApprovalNeeded,
    RefusedTogether,
    add_person,
    take_steps,
    take_together,
)
from app.rollups.commands import verify
from app.tenants.context import Actor, Scope
from tests.factories.cases import details, make_person

S = StepKind
CONSENT = {"approved_by": "Ban Thường vụ Tỉnh ủy", "approved_on": date(2026, 1, 5)}


def at(year, month, day, number=None, *, kept=None):
    return Taking(StepDraft(date(year, month, day), number), kept)


def counted(context, code):
    measure = measure_by_code(context, code)
    return db.session.scalar(
        select(func.count()).select_from(Step).where(Step.kind == measure.counted_step)
    )


@pytest.fixture
def person_id(context, tree):
    return make_person(
        context,
        tree["V1"],
        steps={S.LISTED: date(2024, 3, 1), S.CERTIFICATE: date(2024, 9, 10)},
        education="upper_secondary",
    )


def test_the_whole_way_is_recorded_with_its_details(context, person_id):
    two = IntroductionDetails(
        introducers=(
            Introducer(
                kind=IntroducerKind.MEMBER, name="Trần Văn Bình", together_since=date(2020, 1, 1)
            ),
            Introducer(kind=IntroducerKind.YOUTH_UNION, name="Đoàn xã Ngũ Kiên"),
        )
    )
    asked = VerificationDetails(
        inquiries=(Inquiry(asked="Đảng ủy xã Lũng Hoà", asked_on=date(2025, 3, 5)),)
    )
    vote = VoteDetails(entitled=12, present=10, in_favour=9, against=1)
    mentors = with_mentor(MentorDetails(), "Lê Thị Hoa", date(2024, 4, 1))
    take_steps(context, person_id, {S.MENTOR: at(2024, 4, 1, kept=mentors)})
    take_steps(
        context,
        person_id,
        {
            S.APPLICATION: at(2025, 3, 1),
            S.VERIFICATION: at(2025, 3, 5, kept=asked),
            S.INTRODUCTION: at(2025, 4, 1, kept=two),
            S.COMMENTS: at(2025, 4, 10),
            S.CELL_RESOLUTION: at(2025, 9, 3, "12-NQ/CB", kept=vote),
        },
    )
    take_steps(context, person_id, {S.DECISION: at(2025, 10, 1, "9-QĐ/ĐU")})
    take_steps(
        context,
        person_id,
        {S.DECISION_RECEIVED: at(2025, 10, 6), S.CEREMONY: at(2025, 10, 20)},
    )

    state = case_state(context, person_id)
    assert state.steps[S.CELL_RESOLUTION].details == vote
    assert state.steps[S.INTRODUCTION].details == two
    case = db.session.scalar(select(Case).where(Case.person_id == person_id))
    assert (case.stage, case.clock, case.clock_from) == (
        S.CEREMONY,
        Clock.RECOGNITION_RESOLUTION,
        date(2025, 10, 20),
    )
    slots = db.session.scalar(select(Step.segments).where(Step.kind == S.INTRODUCTION))
    assert len(slots) == 2


def test_a_vote_below_two_thirds_of_all_official_members_stops(context, person_id):
    vote = VoteDetails(entitled=13, present=9, in_favour=8, against=1)

    with pytest.raises(Refused, match="ít nhất 9 phiếu"):
        take_steps(context, person_id, {S.CELL_RESOLUTION: at(2025, 9, 3, kept=vote)})

    assert S.CELL_RESOLUTION not in case_state(context, person_id).steps


def test_a_late_decision_needs_a_recorded_approval(context, person_id):
    take_steps(context, person_id, {S.CELL_RESOLUTION: at(2025, 9, 3)})
    late = {S.DECISION: at(2026, 3, 2, "20-QĐ/ĐU")}

    with pytest.raises(ApprovalNeeded) as needed:
        take_steps(context, person_id, late)
    assert [item.rule for item in needed.value.findings[person_id]] == [Rule.DECISION_LATE]

    consent = ApprovalDraft(Rule.DECISION_LATE, document_no="7-CV/TU", **CONSENT)
    take_steps(context, person_id, late, [consent])
    approvals = case_state(context, person_id).approvals
    assert approvals[Rule.DECISION_LATE].document_no == "7-CV/TU"


def test_an_approval_recorded_before_covers_the_step(context, tree):
    old = make_person(
        context,
        tree["V1"],
        "Phạm Văn Già",
        steps={S.LISTED: date(2024, 3, 1)},
        date_of_birth=date(1960, 2, 1),
    )
    considered = {S.CELL_RESOLUTION: at(2026, 3, 2)}
    with pytest.raises(ApprovalNeeded):
        take_steps(context, old, considered)

    approve(context, old, ApprovalDraft(Rule.AGE, **CONSENT))
    take_steps(context, old, considered)

    assert S.CELL_RESOLUTION in case_state(context, old).steps
    with pytest.raises(Conflict):
        approve(context, old, ApprovalDraft(Rule.AGE, **CONSENT))


def test_a_step_taken_again_with_the_same_values_changes_nothing(context, person_id):
    first = take_steps(context, person_id, {S.DECISION: at(2025, 10, 1, "9-QĐ/ĐU")})

    again = take_steps(context, person_id, {S.DECISION: at(2025, 10, 1, " 9-QĐ/ĐU ")})

    assert (first.steps, again.steps) == (1, 0)
    with pytest.raises(Refused, match="đã ghi"):
        take_steps(context, person_id, {S.DECISION: at(2025, 10, 2, "9-QĐ/ĐU")})
    assert counted(context, "admission") == 1


class TestTogether:
    @pytest.fixture
    def three(self, context, tree):
        names = ("Nguyễn Văn An", "Nguyễn Văn Ba", "Nguyễn Văn Cảnh")
        return [
            make_person(
                context,
                tree[cell],
                name,
                steps={S.LISTED: date(2024, 3, 1), S.DECISION: date(2026, 9, 1)},
            )
            for cell, name in zip(("V1", "V2", "V3"), names, strict=True)
        ]

    def test_one_ceremony_for_many_is_one_act(self, context, three):
        recorded = take_together(context, {each: {S.CEREMONY: at(2026, 9, 15)} for each in three})

        assert (recorded.person_ids, recorded.steps) == (tuple(three), 3)
        entries = db.session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "case.advanced")
        )
        assert entries == 3
        assert undo(context, recorded.recording_id) == tuple(three)
        assert all(S.CEREMONY not in case_state(context, each).steps for each in three)
        assert verify(context).mismatches == ()

    def test_nobody_takes_it_when_one_cannot(self, context, three):
        take_steps(context, three[1], {S.CEREMONY: at(2026, 9, 10)})
        others = {each: {S.CEREMONY: at(2026, 9, 15)} for each in three}

        with pytest.raises(RefusedTogether) as refused:
            take_together(context, others)

        assert set(refused.value.reasons) == {three[1]}
        assert S.CEREMONY not in case_state(context, three[0]).steps

    def test_many_cost_as_many_statements_as_one(self, context, three, count_statements):
        ceremony = {S.CEREMONY: at(2026, 9, 15)}
        with count_statements() as one:
            take_together(context, {three[0]: ceremony})
        with count_statements() as two:
            take_together(context, dict.fromkeys(three[1:], ceremony))

        assert two.count == one.count

    def test_people_of_another_subtree_are_not_found(self, context, tree, three):
        inside = replace(context, scope=Scope.under(tree["X1"].path))

        with pytest.raises(NotFound):
            take_together(inside, {each: {S.CEREMONY: at(2026, 9, 15)} for each in three})


class TestUndo:
    def test_a_new_person_disappears_whole(self, context, tree):
        recorded = add_person(context, tree["V1"].id, details(), {S.LISTED: at(2026, 10, 1)})

        undo(context, recorded.recording_id)

        assert db.session.scalar(select(func.count()).select_from(Person)) == 0
        assert counted(context, "source") == 0
        assert verify(context).mismatches == ()

    def test_a_person_with_later_steps_stays(self, context, tree):
        recorded = add_person(context, tree["V1"].id, details(), {S.LISTED: at(2026, 10, 1)})
        take_steps(context, recorded.person_ids[0], {S.CERTIFICATE: at(2026, 10, 20)})

        with pytest.raises(Conflict):
            undo(context, recorded.recording_id)

    def test_only_for_ten_minutes(self, context, person_id):
        recorded = take_steps(context, person_id, {S.APPLICATION: at(2025, 3, 1)})

        with (
            clock.frozen(clock.now() + timedelta(minutes=10, seconds=1)),
            pytest.raises(Refused, match="mười phút"),
        ):
            undo(context, recorded.recording_id)

    def test_only_by_whoever_recorded(self, context, person_id):
        recorded = take_steps(context, person_id, {S.APPLICATION: at(2025, 3, 1)})

        with pytest.raises(NotFound):
            undo(replace(context, actor=Actor("user", 8, "Người khác")), recorded.recording_id)

    def test_only_once(self, context, person_id):
        recorded = take_steps(context, person_id, {S.APPLICATION: at(2025, 3, 1)})
        undo(context, recorded.recording_id)

        with pytest.raises(Conflict):
            undo(context, recorded.recording_id)

    def test_not_after_a_correction(self, context, person_id):
        recorded = take_steps(context, person_id, {S.APPLICATION: at(2025, 3, 1)})
        correct(context, person_id, S.APPLICATION, at(2025, 3, 2), reason="Ghi nhầm ngày")

        with pytest.raises(Conflict):
            undo(context, recorded.recording_id)


def test_a_correction_keeps_its_reason_on_the_trail(context, person_id):
    take_steps(context, person_id, {S.DECISION: at(2025, 10, 1, "9-QĐ/ĐU")})

    correct(context, person_id, S.DECISION, at(2025, 10, 2, "9-QĐ/ĐU"), reason="Ghi nhầm ngày")

    assert case_state(context, person_id).steps[S.DECISION].taken_on == date(2025, 10, 2)
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "step.corrected"))
    assert entry.after["reason"] == "Ghi nhầm ngày"
    with pytest.raises(Refused, match="lý do"):
        correct(context, person_id, S.DECISION, at(2025, 10, 3), reason="  ")


def test_a_withdrawn_step_is_no_longer_counted(context, person_id):
    take_steps(context, person_id, {S.DECISION: at(2025, 10, 1, "9-QĐ/ĐU")})

    withdraw_step(context, person_id, S.DECISION, reason="Nhầm người")

    assert counted(context, "admission") == 0
    assert verify(context).mismatches == ()


def test_mentors_and_remarks_are_kept_as_they_come(context, person_id):
    first = with_mentor(MentorDetails(), "Lê Thị Hoa", date(2024, 4, 1))
    take_steps(context, person_id, {S.MENTOR: at(2024, 4, 1, kept=first)})

    changed = with_remark(
        with_mentor(first, "Trần Văn Bình", date(2025, 1, 6)), date(2025, 4, 1), Rating.GOOD
    )
    keep_details(context, person_id, S.MENTOR, changed)

    kept = case_state(context, person_id).steps[S.MENTOR].details
    assert [(mentor.name, mentor.until) for mentor in kept.mentors] == [
        ("Lê Thị Hoa", date(2025, 1, 6)),
        ("Trần Văn Bình", None),
    ]
    assert kept.remarks[0].rating is Rating.GOOD


def test_details_of_the_future_are_refused(context, person_id):
    answered = VerificationDetails(status=Verification.CONCLUDED, concluded_on=date(2026, 11, 1))

    with pytest.raises(Refused, match="chưa tới"):
        take_steps(context, person_id, {S.VERIFICATION: at(2026, 10, 1, kept=answered)})


class TestMoving:
    def test_a_person_keeps_the_case_and_each_step_its_cell(self, context, tree, person_id):
        move_person(context, person_id, tree["V3"].id, moved_on=date(2025, 6, 2))
        take_steps(context, person_id, {S.APPLICATION: at(2025, 3, 1)})
        take_steps(context, person_id, {S.CELL_RESOLUTION: at(2025, 9, 3)})

        state = case_state(context, person_id)
        credited = {kind: step.cell_id for kind, step in state.steps.items()}
        assert state.cell_id == tree["V3"].id
        assert credited[S.APPLICATION] == credited[S.LISTED] == tree["V1"].id
        assert credited[S.CELL_RESOLUTION] == tree["V3"].id
        assert db.session.scalar(select(func.count()).select_from(Case)) == 1
        assert verify(context).mismatches == ()

    def test_approvals_and_moves_go_along(self, context, tree, person_id):
        approve(context, person_id, ApprovalDraft(Rule.AGE, **CONSENT))
        move_person(context, person_id, tree["V3"].id, moved_on=date(2025, 6, 2))

        inside = replace(context, scope=Scope.under(tree["X2"].path))
        state = case_state(inside, person_id)
        assert state.approvals[Rule.AGE].approved_by == CONSENT["approved_by"]
        assert state.moves[0].from_cell_id == tree["V1"].id

    @pytest.mark.parametrize("moved_on", [date(2026, 11, 1), date(1998, 5, 20)])
    def test_on_a_day_that_is_possible(self, context, tree, person_id, moved_on):
        with pytest.raises(Refused):
            move_person(context, person_id, tree["V2"].id, moved_on=moved_on)


class TestAnotherCase:
    def test_who_was_taken_off_may_be_listed_again(self, context, person_id):
        why = ExitDetails(reason=ExitReason.INACTIVE)
        take_steps(context, person_id, {S.TAKEN_OFF: at(2025, 5, 5, kept=why)})
        assert case_state(context, person_id).is_closed

        open_another_case(context, person_id, at(2026, 2, 2))

        state = case_state(context, person_id)
        assert set(state.steps) == {S.LISTED}
        assert [case.was_admitted for case in state.earlier_cases] == [False]
        assert counted(context, "source") == 2
        assert db.session.scalar(select(func.count()).select_from(Person)) == 1

    def test_readmission_waits_thirty_six_months(self, context, person_id):
        take_steps(context, person_id, {S.DECISION: at(2024, 10, 1)})
        take_steps(context, person_id, {S.CEREMONY: at(2024, 10, 20)})
        take_steps(context, person_id, {S.REMOVAL: at(2025, 5, 5)})
        open_another_case(context, person_id, at(2026, 2, 2))

        with pytest.raises(ApprovalNeeded) as needed:
            take_steps(context, person_id, {S.CELL_RESOLUTION: at(2026, 9, 1)})

        assert [item.rule for item in needed.value.findings[person_id]] == [Rule.READMISSION]

    def test_not_while_the_case_is_open(self, context, person_id):
        with pytest.raises(Refused, match="chưa khép lại"):
            open_another_case(context, person_id, at(2026, 2, 2))


def test_a_closed_case_takes_no_later_steps(context, person_id):
    take_steps(context, person_id, {S.WITHDRAWN: at(2025, 5, 5)})

    with pytest.raises(Refused):
        take_steps(context, person_id, {S.APPLICATION: at(2025, 6, 1)})


class TestNothingArose:
    def test_is_recorded_once_and_may_be_undone(self, context, tree):
        october = parse_period("2026-10")
        first = report_nothing(context, tree["V1"].id, october)

        assert report_nothing(context, tree["V1"].id, october) == first
        assert not nil_reports(context, [tree["V1"].id], october)[tree["V1"].id].is_contradicted
        undo(context, first.recording_id)
        assert nil_reports(context, [tree["V1"].id], october) == {}

    @pytest.mark.usefixtures("person_id")
    def test_is_refused_where_something_did(self, context, tree):
        with pytest.raises(Refused, match="đã có 1 bước"):
            report_nothing(context, tree["V1"].id, parse_period("2024-03"))

    def test_is_contradicted_by_what_is_recorded_later(self, context, tree, person_id):
        may = parse_period("2025-05")
        report_nothing(context, tree["V1"].id, may)
        take_steps(context, person_id, {S.APPLICATION: at(2025, 5, 9)})

        assert nil_reports(context, [tree["V1"].id], may)[tree["V1"].id].is_contradicted
