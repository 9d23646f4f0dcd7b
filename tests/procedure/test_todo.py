"""What waits for whom: the terms that run out, by scope, the same as working each case out."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.cases.models import Case
from app.cases.rules import Clock, StepDraft, StepKind, running_clock, stage
from app.core.database import db
from app.procedure.cases import Taking
from app.procedure.configuration import record_day
from app.procedure.queries import case_state, law
from app.procedure.rules import Holder, deadline
from app.procedure.taking import take_steps
from app.procedure.todo import OldestCase, Window, holdings, pipeline, todo
from app.tenants.context import Scope
from tests.factories.cases import make_person

S = StepKind
LISTED = {S.LISTED: date(2020, 3, 1)}


@pytest.fixture
def people(context, tree):
    return {
        "late decision": make_person(
            context,
            tree["V1"],
            "Lê An",
            steps={**LISTED, S.CELL_RESOLUTION: date(2026, 7, 1)},
        ),
        "ceremony this week": make_person(
            context,
            tree["V2"],
            "Lê Bình",
            steps={**LISTED, S.DECISION_RECEIVED: date(2026, 9, 21), S.DECISION: date(2026, 9, 9)},
        ),
        "certificate": make_person(
            context, tree["V3"], "Lê Cường", steps={**LISTED, S.CERTIFICATE: date(2024, 5, 5)}
        ),
        "member": make_person(
            context,
            tree["V1"],
            "Lê Dung",
            steps={**LISTED, S.CEREMONY: date(2024, 5, 5), S.RECOGNITION: date(2025, 5, 5)},
        ),
        "listed": make_person(context, tree["S1"], "Lê Em", steps=LISTED),
    }


def test_each_line_is_one_act_with_its_day(context, tree, people):
    found = todo(context, tree["T"])

    lines = {line.person_id: (line.next_kind, line.window) for line in found.lines}
    assert lines == {
        people["late decision"]: (S.DECISION, Window.OVERDUE),
        people["ceremony this week"]: (S.CEREMONY, Window.THIS_WEEK),
        people["certificate"]: (S.CELL_RESOLUTION, Window.LATER),
    }
    assert found.counts == {Window.OVERDUE: 1, Window.THIS_WEEK: 1, Window.LATER: 1}
    assert [line.deadline.due_on for line in found.lines] == sorted(
        deadline(case_state(context, number).dates, law(context)).due_on for number in lines
    )


def test_only_of_the_unit_and_of_the_scope(context, tree, people):
    assert [line.full_name for line in todo(context, tree["X2"]).lines] == ["Lê Cường"]

    inside = replace(context, scope=Scope.under(tree["V1"].path))
    assert [line.full_name for line in todo(inside, tree["T"]).lines] == ["Lê An"]


def test_one_window_alone(context, tree, people):
    found = todo(context, tree["T"], window=Window.LATER)

    assert [line.full_name for line in found.lines] == ["Lê Cường"]
    assert found.counts[Window.OVERDUE] == 1


def test_recorded_days_off_put_off_what_is_due(context, tree, people):
    for ahead in range(1, 15):
        record_day(
            context, date(2026, 10, 1) + timedelta(ahead), is_working_day=False, reason="Bão"
        )

    found = todo(context, tree["T"])

    assert found.counts == {Window.OVERDUE: 1, Window.THIS_WEEK: 0, Window.LATER: 2}


def test_who_holds_what_and_since_when(context, tree, people):
    held = holdings(context, [tree["X1"], tree["X2"]])

    assert held[tree["X1"].id].people == {Holder.CELL: 2, Holder.COMMITTEE: 1}
    assert held[tree["X1"].id].oldest[Holder.COMMITTEE] == OldestCase(
        people["late decision"], "Lê An", date(2026, 7, 1)
    )
    assert (held[tree["X1"].id].overdue, held[tree["X2"].id].total) == (1, 1)
    assert (held[tree["X1"].id].candidates, held[tree["X1"].id].prepared) == (2, 1)


def test_the_pipeline_counts_open_cases_by_stage(context, tree, people):
    counts = {count.stage: count.people for count in pipeline(context, tree["T"])}

    assert counts == {
        S.LISTED: 1,
        S.CERTIFICATE: 1,
        S.CELL_RESOLUTION: 1,
        S.DECISION_RECEIVED: 1,
    }


def test_few_statements_however_many_people(context, tree, people, count_statements):
    top, communes = tree["T"], [tree["X1"], tree["X2"]]

    with count_statements() as sent:
        todo(context, top)
        holdings(context, communes)
        pipeline(context, top)

    assert sent.count <= 6


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.dictionaries(
        st.sampled_from(list(StepKind)), st.integers(0, 2500), min_size=1, max_size=6
    )
)
def test_the_database_knows_stage_and_clock_like_the_rules(context, tree, chosen):
    savepoint = db.session.begin_nested()
    in_order = sorted(chosen.values())
    dates = {
        kind: date(2019, 1, 1) + timedelta(days=days)
        for kind, days in zip([k for k in StepKind if k in chosen], in_order, strict=True)
    }
    exits = [kind for kind in dates if kind in (S.WITHDRAWN, S.TAKEN_OFF, S.REFUSED, S.MOVED_AWAY)]
    for kind in exits:
        dates.pop(kind)
    if S.REMOVAL in dates and S.RECOGNITION in dates:
        dates.pop(S.REMOVAL)
    if S.RECOGNITION in dates and S.RECOGNITION_RESOLUTION in dates:
        dates.pop(S.RECOGNITION_RESOLUTION)
    if not dates:
        savepoint.rollback()
        return
    person_id = make_person(context, tree["V1"], "Lê Tùng", steps=dates)

    case = db.session.execute(
        select(Case.stage, Case.stage_on, Case.clock, Case.clock_from).where(
            Case.person_id == person_id
        )
    ).one()

    expected = running_clock(dates)
    assert case.stage == stage(dates)
    assert case.stage_on == dates[stage(dates)]
    assert (case.clock, case.clock_from) == (expected or (None, None))
    term = deadline(dates, law(context))
    lines = todo(context, tree["V1"]).lines
    assert [line.deadline for line in lines] == ([term] if term else [])
    if term:
        counts = todo(context, tree["V1"]).counts
        assert counts[lines[0].window] == 1
        assert sum(counts.values()) == 1
    savepoint.rollback()


def test_a_carried_clock_follows_a_withdrawn_step(context, tree):
    number = make_person(context, tree["V1"], steps=LISTED)
    take_steps(context, number, {S.CERTIFICATE: Taking(StepDraft(date(2025, 1, 6)))})

    case = db.session.scalar(select(Case).where(Case.person_id == number))

    assert (case.stage, case.clock) == (S.CERTIFICATE, Clock.CERTIFICATE)
