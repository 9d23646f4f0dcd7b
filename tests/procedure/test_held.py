"""The open cases one by one: the same as counted, each with its holder, days and term."""

from datetime import date, timedelta

from app.cases.rules import StepKind
from app.core.database import db
from app.procedure.held import HeldFilter, held_cases, held_cases_in_batches
from app.procedure.rules import Holder
from app.procedure.todo import holdings
from tests.factories.cases import make_person
from tests.procedure.test_todo import people

__all__ = ["people"]
S = StepKind


def found(context, unit, **wanted):
    """Return the numbers of the people found, in their order."""
    page = held_cases(context, unit, HeldFilter(**wanted))
    assert page.total == len(page.cases)
    return [case.person_id for case in page.cases]


def test_every_open_case_is_listed_the_longest_held_first(context, tree, people):
    order = ["listed", "certificate", "late decision", "ceremony this week"]

    assert found(context, tree["T"]) == [people[name] for name in order]
    batches = held_cases_in_batches(context, tree["T"], HeldFilter())
    assert [case.person_id for case in batches] == [people[name] for name in order]


def test_the_filters_leave_the_others_out(context, tree, people):
    assert found(context, tree["T"], holder=Holder.COMMITTEE) == [people["late decision"]]
    assert found(context, tree["T"], is_overdue=True) == [people["late decision"]]
    assert found(context, tree["T"], since=date(2024, 5, 5)) == [
        people["listed"],
        people["certificate"],
    ]
    assert found(context, tree["V1"]) == [people["late decision"]]


def test_a_case_without_a_step_is_held_by_its_cell(context, tree):
    number = make_person(context, tree["V1"], steps={S.LISTED: context.today - timedelta(days=9)})
    db.session.execute(db.text("DELETE FROM step"))

    assert found(context, tree["T"], holder=Holder.CELL) == [number]
    assert found(context, tree["T"], holder=Holder.COMMITTEE) == []
    (case,) = held_cases(context, tree["T"], HeldFilter()).cases
    assert (case.stage, case.holder, case.deadline) == (None, Holder.CELL, None)


def test_as_many_are_listed_for_each_holder_as_are_counted(context, tree, people):
    counted = holdings(context, [tree["T"]])[tree["T"].id].people

    for holder in Holder:
        assert len(found(context, tree["T"], holder=holder)) == counted.get(holder, 0)
