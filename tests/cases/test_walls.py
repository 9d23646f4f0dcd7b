"""People are kept inside the reader's tenant and subtree by the database itself."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app.audit.models import AuditEntry
from app.cases.commands import correct_step, record_steps
from app.cases.models import Case, Person, Step
from app.cases.queries import PeopleFilter, people, person
from app.cases.rules import StepDraft, StepKind
from app.core.database import apply_context, db
from app.core.errors import NotFound
from app.tenants.commands import create_tenant
from app.tenants.context import NOTHING, Scope
from tests.cases.conftest import Tree, plant
from tests.factories.cases import admission, make_person

TABLES = (Person, Case, Step)
ADMISSION = admission("1", date(2022, 9, 5))


@pytest.fixture
def numbers(context, tree):
    """A person in each of two communes."""
    made = {code: make_person(context, tree[code], f"Người {code}") for code in ("V1", "V3")}
    db.session.commit()
    return made


def within(context, unit):
    """Act for a unit: in the program's own context and in the database's."""
    scoped = replace(context, scope=Scope.under(unit.path))
    apply_context(db.session(), scoped.for_database)
    return scoped


def visible():
    """Count rows by statements that filter by nothing."""
    return [db.session.scalar(select(func.count()).select_from(table)) for table in TABLES]


def test_without_a_filter_only_rows_of_the_subtree_are_there(context, tree, numbers):
    assert visible() == [2, 2, 2]

    within(context, tree["X1"])
    assert visible() == [1, 1, 1]
    assert db.session.scalar(select(Person.full_name)) == "Người V1"


def test_a_scope_of_nothing_shows_nobody(context, numbers):
    apply_context(db.session(), replace(context, scope=NOTHING).for_database)

    assert visible() == [0, 0, 0]


def test_another_tenant_sees_nobody(context, tree, numbers):
    other = create_tenant("PHUTHO", "Tỉnh Phú Thọ")
    plant(other)
    own = Tree(other)
    make_person(other, own["V1"], "Người khác")

    assert visible() == [1, 1, 1]
    assert [p.full_name for p in people(other, own["T"], PeopleFilter()).people] == ["Người khác"]
    for number in numbers.values():
        with pytest.raises(NotFound):
            person(other, number)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__tablename__)
def test_the_database_refuses_rows_outside_the_subtree(context, tree, numbers, table):
    inside, outside = tree["V1"], tree["V3"]
    row = dict(
        db.session.execute(select(table.__table__).where(table.path == outside.path)).one()._mapping
    )
    row.pop("id")
    within(context, tree["X1"])

    with pytest.raises(DBAPIError, match="row-level security"):
        db.session.execute(insert(table), [row])
    db.session.rollback()
    within(context, tree["X1"])
    with pytest.raises(DBAPIError, match="row-level security"):
        db.session.execute(update(table).where(table.path == inside.path).values(path=outside.path))


def test_commands_do_not_find_people_of_another_subtree(context, tree, numbers):
    clerk = within(context, tree["X1"])
    outside = tree["V3"]
    stranger = numbers["V3"]
    clerk_of_x1 = replace(clerk, scope=Scope.under(tree["X1"].path))

    for attempt in (
        lambda: person(clerk_of_x1, stranger),
        lambda: record_steps(clerk_of_x1, stranger, ADMISSION),
        lambda: correct_step(clerk_of_x1, stranger, StepKind.LISTED, StepDraft(date(2021, 3, 2))),
        lambda: make_person(clerk_of_x1, outside, "Kẻ lạ"),
    ):
        with pytest.raises(NotFound):
            attempt()
    record_steps(clerk_of_x1, numbers["V1"], ADMISSION)


def test_the_trail_of_a_person_is_read_from_above_alone(context, tree, numbers):
    entries = select(func.count()).where(AuditEntry.subject_kind == "person")
    assert db.session.scalar(entries) == 2

    within(context, tree["X2"])

    assert db.session.scalar(entries) == 1


def test_no_context_means_no_rows(context, numbers):
    db.session.execute(text("SELECT set_context(NULL, NULL, NULL)"))

    assert visible() == [0, 0, 0]
