"""What judges the fault runs notices what it is there to notice."""

from datetime import date

import pytest

from app.cases.rules import StepKind
from app.core.database import db
from app.units.queries import unit_by_code
from faults.ledger import Fact, Known, Ledger, recount
from faults.run import make_posts
from faults.verdict import judge
from faults.writers import TENANT, in_transaction
from tests.factories.cases import make_person

TODAY = date(2022, 10, 31)
LISTED, DECIDED = date(2021, 2, 1), date(2022, 5, 5)


@pytest.fixture
def post(app_context):
    return make_posts()[0]


@pytest.fixture
def written(post):
    """A person as the program has stored it, and the ledger that says so."""
    steps = {StepKind.LISTED: LISTED, StepKind.DECISION: DECIDED}
    db.session.remove()

    def write(context):
        make_person(context, unit_by_code(context, "C0B0"), "Người C0 thứ 1", steps=steps)

    in_transaction(write, post, is_everywhere=True)
    facts = {"listed": Fact(LISTED, "C0B0"), "decision": Fact(DECIDED, "C0B0")}
    return Ledger(people={"Người C0 thứ 1": Known("C0B0", "male", facts)})


def test_what_was_told_and_stored_alike_is_clean(written):
    verdict = judge(TENANT, written)

    assert verdict.is_clean
    assert verdict.recounted > 500


@pytest.mark.parametrize("what", ["an unknown person", "a lost person", "a lost step", "a move"])
def test_a_difference_is_noticed(written, what):
    person = written.people["Người C0 thứ 1"]
    if what == "an unknown person":
        written.people.clear()
    elif what == "a lost person":
        written.people["Người C0 thứ 2"] = Known("C0B1", "female")
    elif what == "a lost step":
        del person.steps["decision"]
    else:
        written.parents["C0"] = [(date(2022, 1, 1), "D2")]

    verdict = judge(TENANT, written)

    assert not verdict.is_clean
    assert bool(verdict.lost) == (what != "a move")
    assert bool(verdict.miscounted) == (what != "a lost person")


def test_the_recount_follows_moves_on_the_tree_of_then_and_of_now():
    facts = {"listed": Fact(LISTED, "C0B0"), "decision": Fact(DECIDED, "C0B0")}
    people = [Known("C0B0", "female", facts)]

    counted = recount(people, {"C0": [(date(2022, 1, 1), "D2")]}, TODAY)

    assert counted["D1", "listed", "", False] == {date(2021, 2, 1): 1}
    assert counted["D2", "decision", "female", False] == {date(2022, 5, 1): 1}
    assert counted["D2", "listed", "", True] == {date(2021, 2, 1): 1}
    assert ("D1", "listed", "", True) not in counted
    assert counted["P", "decision", "", True] == {date(2022, 5, 1): 1}
