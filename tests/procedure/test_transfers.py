"""A case that goes to another tenant: closed here, carried there, counted once."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.cases.models import Step
from app.cases.rules import StepDraft, StepKind
from app.core.database import db
from app.core.errors import Refused
from app.procedure.cases import Taking
from app.procedure.commands import correct
from app.procedure.queries import case_state
from app.procedure.taking import take_steps
from app.procedure.todo import pipeline
from app.procedure.transfer_files import read_file
from app.procedure.transfers import accept_case, send_case
from app.procedure.transfers import transfer_file as handed_over
from app.tenants.commands import create_tenant
from app.units.queries import unit_by_code
from tests.factories.cases import make_person, transfer_file
from tests.factories.units import make_cell, make_unit

S = StepKind
TAKEN = {S.LISTED: date(2024, 3, 1), S.CERTIFICATE: date(2024, 9, 10)}


@pytest.fixture
def sent(context, tree):
    person_id = make_person(context, tree["V1"], steps=TAKEN, education="upper_secondary")
    file = send_case(context, person_id, to="Tỉnh ủy Hòa Bình", sent_on=date(2026, 10, 1))
    assert case_state(context, person_id).is_closed
    again = send_case(context, person_id, to="Nơi khác", sent_on=date(2026, 10, 2))
    assert again == file
    db.session.commit()
    return file


@pytest.fixture
def receiver(sent):
    receiver = create_tenant("HOABINH", "Tỉnh Hòa Bình")
    make_cell(receiver, "C1", make_unit(receiver, "X"))
    return receiver


def test_the_receiver_goes_on_where_the_sender_stopped(receiver, sent):
    cell = unit_by_code(receiver, "C1")

    person_id = accept_case(receiver, cell.id, sent.content)

    state = case_state(receiver, person_id)
    assert state.dates == TAKEN
    assert all(step.is_carried for step in state.steps.values())
    assert db.session.scalar(select(func.count()).select_from(Step)) == 0
    assert [count.stage for count in pipeline(receiver, cell)] == [S.CERTIFICATE]
    take_steps(receiver, person_id, {S.APPLICATION: Taking(StepDraft(date(2026, 10, 20)))})
    with pytest.raises(Refused, match="đã ghi"):
        take_steps(receiver, person_id, {S.CERTIFICATE: Taking(StepDraft(date(2026, 10, 20)))})


def test_a_corrected_day_of_leaving_stands_in_the_file(context, tree):
    person_id = make_person(context, tree["V1"], steps=TAKEN)
    first = send_case(context, person_id, to="Tỉnh ủy Hòa Bình", sent_on=date(2026, 10, 1))

    leaving = Taking(StepDraft(date(2026, 9, 28)))
    correct(context, person_id, S.MOVED_AWAY, leaving, reason="Ghi nhầm ngày")

    renewed = handed_over(context, person_id)
    said = read_file(renewed.content, context.today)
    assert (said.sent_on, renewed.number) == (date(2026, 9, 28), first.number)


def test_the_same_file_twice_is_one_person(receiver, sent):
    cell = unit_by_code(receiver, "C1")

    first = accept_case(receiver, cell.id, sent.content)

    assert accept_case(receiver, cell.id, sent.content) == first


def test_a_file_that_was_changed_is_refused(receiver, sent):
    cell = unit_by_code(receiver, "C1")
    changed = sent.content.replace("Nguyễn Văn An".encode(), "Nguyễn Văn Ba".encode())

    for content in (changed, b"{}", b"[]", b"\xff", json.dumps({"checksum": 1}).encode()):
        with pytest.raises(Refused):
            accept_case(receiver, cell.id, content)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.just("2022-02-30"),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=9), part),
    max_leaves=6,
)
PLACES = [
    ("number",),
    ("from",),
    ("sent_on",),
    ("person",),
    ("steps",),
    ("steps", 0),
    *(("steps", 0, key) for key in ("kind", "taken_on", "document_no", "details")),
    *(
        ("person", key)
        for key in ("full_name", "date_of_birth", "sex", "ethnicity", "education", "segments")
    ),
]


@given(place=st.sampled_from(PLACES), value=ANYTHING)
def test_whatever_a_file_says_it_is_read_or_refused(place, value):
    """Its checksum is right: anybody can write such a file."""
    body = json.loads(transfer_file())
    del body["checksum"]
    part = body
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value

    try:
        said = read_file(transfer_file(**body), date(2022, 11, 1))
    except Refused:
        return

    assert said.person.full_name
    assert all(step.taken_on <= date(2022, 11, 1) for step in said.steps.values())


def test_a_tenant_whose_code_begins_alike_is_another_one(receiver, sent):
    cell = unit_by_code(receiver, "C1")

    assert accept_case(receiver, cell.id, transfer_file(number="HOABINH-CU-2022-7"))
    with pytest.raises(Refused, match="chính đảng bộ này"):
        accept_case(receiver, cell.id, transfer_file(number="HOABINH-2022-7"))


def test_a_step_that_is_there_twice_is_refused():
    step = json.loads(transfer_file())["steps"][0]

    with pytest.raises(Refused):
        read_file(transfer_file(steps=[step, step]), date(2022, 11, 1))
