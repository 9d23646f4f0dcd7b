"""What one person asks for another one approves, or nothing happens; nobody approves their own."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import g, url_for
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from app.accounts.commands import disable_user
from app.accounts.rules import Role
from app.audit.models import AuditEntry
from app.cases.queries import person
from app.core import clock
from app.core.database import apply_context, db
from app.core.errors import Conflict, NotAllowed, NotFound, Refused
from app.countersigning.commands import (
    Wanted,
    approve,
    ask,
    choose_rules,
    expire,
    refuse,
    set_rules,
    withdraw,
)
from app.countersigning.models import CountersignedAct
from app.countersigning.queries import act_in_reach, is_merging_approved, two_person_rules
from app.countersigning.rules import LASTS, Kind, State, TwoPersonRules, tightened
from app.countersigning.views import LISTS
from app.exports.jobs import draw_exports
from app.exports.models import ExportFile
from app.exports.tables import EXPORTS
from app.privacy.commands import ERASED_NAME, erase_person
from app.tenants.context import Actor, Scope
from tests.cases.conftest import TODAY
from tests.factories.accounts import acting_as, make_user
from tests.factories.cases import make_person

PEOPLE = frozenset({Kind.ERASURE, Kind.EXPORT})
TENANT = frozenset({Kind.MERGING, Kind.RELAXATION})
WHY = "người đó yêu cầu"
RULES = st.builds(TwoPersonRules, st.booleans(), st.booleans(), st.none() | st.integers(1, 1000))


@pytest.fixture(autouse=True)
def _on_a_day():
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def clerk(province):
    """The commune's clerk, in a tenant where erasing needs a second person."""
    apply_context(db.session(), province.context.for_database)
    set_rules(province.context, TwoPersonRules(erasure=True, merging=True, export_rows=1))
    number = make_user(province.context, "vanthu", province.commune.id, Role.CLERK)
    return acting_as(province.context, number, province.commune)


@pytest.fixture
def head(province):
    """The commune's head."""
    number = make_user(province.context, "bithu", province.commune.id, Role.COMMITTEE)
    return acting_as(province.context, number, province.commune)


@pytest.fixture
def asked(province, clerk):
    """A person whom the clerk asks to erase, and the request."""
    number = make_person(province.context, province.cell, "Nguyễn Văn Xin")
    return number, erase_person(clerk, number, WHY)


def name_of(context, number):
    db.session.expire_all()
    return person(context, number).details.full_name


def actions():
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@given(RULES, RULES)
def test_what_holds_at_once_is_never_looser_than_before(before, wanted):
    stricter = tightened(before, wanted)

    assert tightened(stricter, before) == stricter == tightened(stricter, wanted)
    assert stricter.erasure >= before.erasure
    assert stricter.merging >= before.merging
    if before.export_rows is not None:
        assert stricter.export_rows is not None
        assert stricter.export_rows <= before.export_rows


def test_without_the_rule_one_person_erases(province):
    number = make_person(province.context, province.cell)

    assert erase_person(province.context, number, WHY) is None
    assert name_of(province.context, number) == ERASED_NAME


def test_nothing_is_erased_before_another_person_approves(province, clerk, head, asked):
    number, act_id = asked
    assert name_of(clerk, number) == "Nguyễn Văn Xin"
    with pytest.raises(Refused, match="đang chờ duyệt"):
        erase_person(clerk, number, WHY)

    approve(head, act_id, PEOPLE)

    assert name_of(clerk, number) == ERASED_NAME
    assert actions()[-3:] == ["person.erasure_asked", "person.erasure_approved", "person.erased"]
    entry = db.session.execute(
        select(AuditEntry.actor_id, AuditEntry.after).where(AuditEntry.action == "person.erased")
    ).one()
    assert entry.actor_id == head.actor.id
    assert entry.after == {"reason": WHY, "asked_by": clerk.actor.name}
    with pytest.raises(Conflict):
        approve(head, act_id, PEOPLE)


def test_nobody_approves_their_own(clerk, head, asked):
    _, act_id = asked
    through_a_stand_in = replace(head, on_behalf_of=Actor("user", clerk.actor.id, "Văn thư"))

    for own in (clerk, through_a_stand_in):
        with pytest.raises(NotAllowed):
            approve(own, act_id, PEOPLE)
        with pytest.raises(NotAllowed):
            refuse(own, act_id, PEOPLE, "không được")


@pytest.mark.parametrize("values", ["answerer_id = requester_id", "answered_for_id = requester_id"])
def test_the_database_refuses_who_approves_their_own(head, asked, values):
    _, act_id = asked
    statement = (
        f"UPDATE countersigned_act SET state = 'approved', answered_at = requested_at,"
        f" answerer_id = {head.actor.id}, {values} WHERE id = {act_id}"
    ).replace(f"answerer_id = {head.actor.id}, answerer_id", "answerer_id")

    with pytest.raises(IntegrityError, match=r"nobody_answers_their_own|nor_through_who_stands_in"):
        db.session.execute(text(statement))


def test_the_database_keeps_what_was_asked_and_answered(clerk, head, asked):
    _, act_id = asked
    of_act = update(CountersignedAct).where(CountersignedAct.id == act_id)
    answered = insert(CountersignedAct).values(
        tenant_id=clerk.tenant_id,
        kind="merging",
        about={},
        reason=WHY,
        requester_id=clerk.actor.id,
        requester_name="",
        requested_at=clock.now(),
        expires_at=clock.now(),
        state="approved",
        answerer_id=head.actor.id,
        answered_at=clock.now(),
    )
    late = of_act.values(expires_at=clock.now() + 2 * LASTS)

    for change in (of_act.values(reason="khác hẳn"), of_act.values(about={"a": 1}), answered, late):
        with pytest.raises(IntegrityError, match="countersigned_act"), db.session.begin_nested():
            db.session.execute(change)
    refuse(head, act_id, PEOPLE, "chưa rõ lý do")
    with pytest.raises(IntegrityError, match="never changed"):
        db.session.execute(of_act.values(state="waiting", answerer_id=None, answered_at=None))


def test_who_is_refused_reads_why_and_may_ask_again(province, clerk, head, asked):
    number, act_id = asked

    with pytest.raises(Refused):
        refuse(head, act_id, PEOPLE, " ")
    refuse(head, act_id, PEOPLE, "còn đang giải quyết đơn")

    found = act_in_reach(clerk, act_id, ())
    assert (found.state, found.refused_because) == (State.REFUSED, "còn đang giải quyết đơn")
    assert name_of(clerk, number) == "Nguyễn Văn Xin"
    again = erase_person(clerk, number, WHY)
    withdraw(clerk, again)
    assert actions()[-1] == "person.erasure_withdrawn"
    with pytest.raises(NotFound):
        withdraw(replace(head, scope=Scope.under(province.other_district.path)), again)


def test_a_request_nobody_answers_expires(clerk, head, asked):
    number, act_id = asked

    with clock.frozen(TODAY + timedelta(days=8)):
        with pytest.raises(Conflict, match="hết hạn"):
            approve(head, act_id, PEOPLE)
        assert expire(clerk) == 1
        assert expire(clerk) == 0
        assert erase_person(clerk, number, WHY) is not None

    assert "person.erasure_expired" in actions()


def test_only_who_may_answer_finds_it(*, province, other_province, clerk, head, asked):
    _, act_id = asked
    elsewhere = replace(head, scope=Scope.under(province.other_district.path))
    apply_context(db.session(), elsewhere.for_database)
    with pytest.raises(NotFound):
        approve(elsewhere, act_id, PEOPLE)
    apply_context(db.session(), province.context.for_database)
    with pytest.raises(NotFound):
        approve(head, act_id, TENANT)
    apply_context(db.session(), other_province.context.for_database)
    stranger = acting_as(other_province.context, head.actor.id, other_province.top)
    with pytest.raises(NotFound):
        approve(stranger, act_id, PEOPLE)


def test_who_asked_must_still_be_allowed_to(province, clerk, head, asked):
    number, act_id = asked
    disable_user(province.context, clerk.actor.id)

    with pytest.raises(Refused, match="không còn quyền"):
        approve(head, act_id, PEOPLE)
    assert name_of(head, number) == "Nguyễn Văn Xin"


def test_a_request_follows_its_person(province, head, asked):
    number, act_id = asked
    elsewhere = province.commune.path + "999."
    db.session.execute(
        text("UPDATE person SET path = :path WHERE id = :person"),
        {"path": elsewhere, "person": number},
    )

    assert db.session.scalar(select(CountersignedAct.path)) == elsewhere
    with pytest.raises(NotFound):
        approve(replace(head, scope=Scope.under(province.cell.path)), act_id, PEOPLE)


def test_loosening_a_rule_needs_a_second_administrator(province, clerk):
    first, second = (
        acting_as(
            province.context,
            make_user(province.context, name, province.top.id, Role.TENANT_ADMINISTRATOR),
            province.top,
        )
        for name in ("quantri1", "quantri2")
    )
    strict = two_person_rules(first)
    wanted = TwoPersonRules(erasure=False, merging=True, export_rows=2)

    with pytest.raises(Refused):
        choose_rules(first, wanted, "")
    act_id = choose_rules(first, wanted, "ít người làm")
    assert two_person_rules(first) == strict
    with pytest.raises(NotAllowed):
        approve(first, act_id, TENANT)
    approve(second, act_id, TENANT)

    assert two_person_rules(first) == wanted
    assert choose_rules(first, replace(wanted, erasure=True), "") is None
    assert two_person_rules(first) == replace(wanted, erasure=True)


def test_the_only_administrator_is_told_what_to_do(client, sign_in, province, clerk):
    gone = make_user(province.context, "danghi", province.top.id, Role.TENANT_ADMINISTRATOR)
    alone = acting_as(province.context, province.users["quantri"], province.top)
    disable_user(alone, gone)
    strict = two_person_rules(alone)

    with pytest.raises(Refused, match="quản trị viên duy nhất"):
        choose_rules(alone, TwoPersonRules(), "ít người làm")

    assert two_person_rules(alone) == strict
    assert db.session.scalar(select(CountersignedAct.id)) is None
    db.session.commit()
    sign_in(client, "quantri")
    assert "two-people rule --tenant VINHPHUC" in client.get("/admin/two-people/").text


def test_the_only_administrator_is_told_which_rules_cannot_be_kept(client, sign_in, province):
    apply_context(db.session(), province.context.for_database)
    before = TwoPersonRules(erasure=True, export_rows=2)
    set_rules(province.context, before)
    db.session.commit()
    sign_in(client, "quantri")

    mixed = {"merging": "1", "export_rows": "2", "reason": "ít người làm"}
    page = client.submit("/admin/two-people/", mixed)

    assert page.status_code == 422
    # In the list above the form, and at the field itself.
    assert page.text.count("Việc này bớt quy định, nên chưa lưu được.") == 2
    assert page.text.count("Việc này thêm quy định: lưu được ngay") == 2
    assert 'value="ít người làm"' in page.text
    apply_context(db.session(), province.context.for_database)
    assert two_person_rules(province.context) == before


def test_whoever_answers_sees_every_list_that_holds_people():
    assert {name for name, export in EXPORTS.items() if export.holds_people} == set(LISTS)


def test_a_merging_is_approved_by_its_decision_alone(province, clerk):
    first, second = (
        acting_as(
            province.context,
            make_user(province.context, name, province.top.id, Role.TENANT_ADMINISTRATOR),
            province.top,
        )
        for name in ("quantri1", "quantri2")
    )
    day = date(2025, 7, 1)
    about = {"into": "PHUTHO", "decision_no": "12", "effective_on": day.isoformat()}
    act_id = ask(first, Wanted(kind=Kind.MERGING, reason="theo nghị quyết", about=about))
    assert not is_merging_approved(first, "PHUTHO", "12", day)

    approve(second, act_id, TENANT)

    assert is_merging_approved(first, "PHUTHO", "12", day)
    assert not is_merging_approved(first, "PHUTHO", "13", day)
    assert not is_merging_approved(first, "HANOI", "12", day)
    with clock.frozen(TODAY + timedelta(days=31)):
        assert not is_merging_approved(first, "PHUTHO", "12", day)


@pytest.fixture
def address(app, province):
    def address_of(endpoint, **values):
        with app.test_request_context():
            g.tenant_id = province.context.tenant_id
            return url_for(endpoint, **values)

    return address_of


def test_a_large_export_is_drawn_once_approved(*, client, sign_in, province, clerk, head, address):
    for name in ("Lê Thị Một", "Lê Thị Hai"):
        make_person(province.context, province.cell, name)
    db.session.commit()
    unit = {"unit_id": province.commune.id}

    sign_in(client, "vanthu")
    taken = client.get(address("exports.people", **unit, ending="csv"))
    assert taken.status_code == 303
    shelf = client.get(taken.location)
    assert "phải được một người khác duyệt" in shelf.text
    order = taken.location
    for empty in ({}, {"reason": ""}):
        assert client.submit(order, {"client_key": "k1", **empty}).status_code == 422
    sent = client.submit(order, {"client_key": "k2", "reason": "đối chiếu danh sách"})
    assert "không tự duyệt được" in client.get(sent.location).text
    assert client.submit(f"{sent.location}/approve").status_code == 403
    assert db.session.scalar(select(ExportFile.id)) is None
    db.session.commit()

    sign_in(client, "bithu")
    assert "việc chờ bạn duyệt" in client.get("/account").text
    page = client.get(sent.location).text
    assert "đối chiếu danh sách" in page
    assert client.submit(f"{sent.location}/approve").status_code == 303
    draw_exports()
    apply_context(db.session(), province.context.for_database)
    found = db.session.scalars(select(ExportFile)).one()
    assert (found.state, found.orderer_id, found.rows) == ("done", clerk.actor.id, 2)


def test_a_small_export_needs_nobody(*, client, sign_in, province, clerk, address):
    make_person(province.context, province.cell)
    db.session.commit()
    sign_in(client, "vanthu")

    taken = client.get(address("exports.people", unit_id=province.commune.id, ending="csv"))

    assert taken.status_code == 200


def test_both_sides_of_an_erasure_on_screen(
    *, client, sign_in, province, clerk, head, asked, address
):
    number, act_id = asked
    db.session.commit()
    page = address("countersigning.act", act_id=act_id)

    sign_in(client, "bithu")
    assert "Nguyễn Văn Xin" in client.get("/two-people").text
    assert WHY in client.get(page).text
    assert client.submit(f"{page}/refuse", {"because": ""}).status_code == 422
    assert client.submit(f"{page}/approve").status_code == 303
    assert ERASED_NAME in client.get(address("cases.person", person_id=number)).text
    assert client.submit(f"{page}/approve").status_code == 409

    sign_in(client, "xa")
    assert "đã duyệt" in client.get("/two-people").text


def test_an_administrator_sees_no_request_about_people(
    *, client, sign_in, province, asked, address
):
    _, act_id = asked
    make_user(province.context, "quantri9", province.top.id, Role.TENANT_ADMINISTRATOR)
    db.session.commit()
    sign_in(client, "quantri9")

    assert "Nguyễn Văn Xin" not in client.get("/two-people").text
    assert client.get(address("countersigning.act", act_id=act_id)).status_code == 404
