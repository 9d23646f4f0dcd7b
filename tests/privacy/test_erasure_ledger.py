"""Who was erased stays erased, whichever copy of the database comes back."""

import pytest
from sqlalchemy import select

from app.cases.models import Person
from app.core.database import db
from app.privacy.commands import ERASED_NAME, erase_person
from app.privacy.erasure_ledger import LEDGER, Erasure, add_new, entries, replay
from tests.factories.cases import make_person


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / LEDGER


@pytest.fixture
def people(province):
    return [make_person(province.context, province.cell, f"Người thứ {n}") for n in range(3)]


def names(context):
    rows = db.session.execute(
        select(Person.id, Person.full_name).where(Person.tenant_id == context.tenant_id)
    )
    return {row.id: row.full_name for row in rows}


def test_an_erasure_is_listed_once_and_names_nobody(province, people, ledger):
    erase_person(province.context, people[1], "theo yêu cầu")

    assert add_new(province.context, ledger, entries(ledger)) == 1
    assert add_new(province.context, ledger, entries(ledger)) == 0

    (entry,) = entries(ledger)
    assert (entry.tenant, entry.person_id) == ("VINHPHUC", people[1])
    assert "Người" not in ledger.read_text()
    assert ledger.stat().st_mode & 0o077 == 0


def test_whoever_is_back_after_a_restore_is_erased_again(province, people, ledger):
    context = province.context
    db.session.commit()
    erase_person(context, people[1], "theo yêu cầu")
    add_new(context, ledger, entries(ledger))
    # As a copy from before does: the erasure has not happened.
    db.session.rollback()
    assert ERASED_NAME not in names(context).values()

    assert replay(context, entries(ledger)) == 1
    db.session.commit()

    assert [names(context)[number] == ERASED_NAME for number in people] == [False, True, False]
    assert replay(context, entries(ledger)) == 0


def test_another_person_of_the_same_number_is_left_alone(province, people):
    listed = [
        Erasure("VINHPHUC", people[0], "2020-01-01T00:00:00.000000", ""),
        Erasure("HOABINH", people[1], "2020-01-01T00:00:00.000000", ""),
    ]

    assert replay(province.context, listed) == 0


def test_a_line_that_was_cut_off_costs_no_other(province, people, ledger):
    for number in people[:2]:
        erase_person(province.context, number, "theo yêu cầu")
    add_new(province.context, ledger, [])
    whole = ledger.read_text()
    ledger.write_text(whole[:-20])

    assert len(entries(ledger)) == 1
    assert add_new(province.context, ledger, entries(ledger)) == 1

    assert {entry.person_id for entry in entries(ledger)} == set(people[:2])
