"""No sequence of acts reaches a state that the rules forbid, or counts a person twice."""

from datetime import date, timedelta
from functools import partial

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from app.cases.models import Case, Person, Step
from app.cases.rules import StepDraft, StepKind
from app.core.database import db
from app.core.errors import Conflict, Refused
from app.measures.queries import measures
from app.procedure.cases import Taking
from app.procedure.commands import correct, move_person, open_another_case, withdraw_step
from app.procedure.details import VoteDetails
from app.procedure.findings import Rule, Severity, findings
from app.procedure.queries import case_state, law
from app.procedure.recordings import undo
from app.procedure.taking import ApprovalDraft, take_steps
from app.rollups.commands import fold, verify
from tests.factories.cases import make_person

FIRST, DAYS = date(2021, 1, 4), 2100
KINDS = st.sampled_from([kind for kind in StepKind if kind is not StepKind.LISTED])
ON = st.integers(0, DAYS).map(lambda ahead: FIRST + timedelta(days=ahead))
EVERYTHING = [ApprovalDraft(each, "Ban Thường vụ", date(2021, 1, 4)) for each in Rule]


class Acts(RuleBasedStateMachine):
    """Whatever users may do to two people, in any order."""

    def __init__(self, context, tree):
        super().__init__()
        self.context, self.tree = context, tree
        self.savepoint = db.session.begin_nested()
        self.people = [
            make_person(context, tree["V1"], name, steps={StepKind.LISTED: date(2020, 5, 4)})
            for name in ("Lê An", "Lê Bình")
        ]
        self.recordings = []

    def teardown(self):
        self.savepoint.rollback()

    def attempt(self, act):
        """Do something that may be refused; a refusal leaves nothing behind."""
        inner = db.session.begin_nested()
        try:
            done = act()
        except (Refused, Conflict):
            inner.rollback()
            return None
        inner.commit()
        return done

    @rule(who=st.integers(0, 1), kind=KINDS, on=ON, in_favour=st.integers(0, 12), ok=st.booleans())
    def take(self, who, kind, on, *, in_favour, ok):
        vote = VoteDetails(entitled=12, in_favour=in_favour)
        details = vote if kind.value.endswith("resolution") else None
        taking = {kind: Taking(StepDraft(on), details)}
        approvals = EVERYTHING if ok else ()
        done = self.attempt(partial(take_steps, self.context, self.people[who], taking, approvals))
        if done:
            self.recordings.append(done.recording_id)

    @rule(which=st.integers(0, 30))
    def take_back(self, which):
        if self.recordings:
            recording = self.recordings.pop(which % len(self.recordings))
            self.attempt(partial(undo, self.context, recording))

    @rule(who=st.integers(0, 1), kind=KINDS, on=ON)
    def mend(self, who, kind, on):
        taking = Taking(StepDraft(on))
        person_id = self.people[who]
        self.attempt(partial(correct, self.context, person_id, kind, taking, reason="nhầm"))

    @rule(who=st.integers(0, 1), kind=KINDS)
    def strike(self, who, kind):
        self.attempt(partial(withdraw_step, self.context, self.people[who], kind, reason="nhầm"))

    @rule(who=st.integers(0, 1), cell=st.sampled_from(["V1", "V2", "V3"]), on=ON)
    def move(self, who, cell, on):
        cell_id = self.tree[cell].id
        self.attempt(partial(move_person, self.context, self.people[who], cell_id, moved_on=on))

    @rule(who=st.integers(0, 1), on=ON)
    def begin_again(self, who, on):
        listed = Taking(StepDraft(on))
        self.attempt(partial(open_another_case, self.context, self.people[who], listed))

    @invariant()
    def nothing_forbidden_stands(self):
        known = law(self.context)
        for person_id in self.people:
            found = findings(case_state(self.context, person_id), known, self.context.today)
            assert not [each for each in found if each.severity is Severity.STOP]

    @invariant()
    def everybody_is_one_and_each_case_counts_once(self):
        people = db.session.scalar(select(func.count()).select_from(Person))
        current = db.session.scalar(select(func.count()).where(Case.is_current))
        assert (people, current) == (2, 2)
        counted = [measure.counted_step for measure in measures(self.context)]
        twice = db.session.execute(
            select(Step.case_id, Step.kind)
            .where(Step.kind.in_(counted))
            .group_by(Step.case_id, Step.kind)
            .having(func.count() > 1)
        ).all()
        assert twice == []

    @invariant()
    def the_books_agree(self):
        fold(self.context)
        assert verify(self.context).mismatches == ()


def test_no_sequence_of_acts_reaches_what_the_rules_forbid(context, tree):
    run_state_machine_as_test(
        lambda: Acts(context, tree),
        settings=hypothesis.settings(
            max_examples=15, stateful_step_count=12, deadline=None, print_blob=False
        ),
    )
