"""Standing in: the work of somebody away, for some days, under both names."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from app.accounts import commands, grants
from app.accounts.grants import NewGrant
from app.accounts.queries import user_in_scope
from app.accounts.rules import LONGEST_STANDING_IN, Role
from app.accounts.standing_in import Appointment, appoint, end_standing_in, stand_ins_of
from app.audit.models import AuditEntry
from app.core import clock
from app.core.database import apply_context, db
from app.core.errors import NotAllowed, NotFound, Refused
from tests.factories.accounts import acting_as

DAY = timedelta(days=1)


def as_holder(province):
    return acting_as(province.context, province.users["huyen"], province.district)


def appointed(province, context=None, **changes):
    """Have xa stand in for huyen from today for a week."""
    apply_context(db.session(), province.context.for_database)
    held = user_in_scope(province.context, province.users["huyen"]).roles[0]
    values = {
        "grant_id": held.id,
        "login_name": "xa",
        "first_day": province.context.today,
        "last_day": province.context.today + 6 * DAY,
        **changes,
    }
    wanted = Appointment(**values)
    return appoint(context or as_holder(province), province.users["huyen"], wanted)


def act_in_stead(browser):
    """Choose on the page of one's account to do the work of somebody away."""
    page = browser.get("/account").text
    form = page.split('name="absent" value="')[1]
    absent, unit = form.split('"')[0], form.split('name="unit" value="')[1].split('"')[0]
    return browser.submit("/account/unit", {"absent": absent, "unit": unit})


def test_who_stands_in_acts_for_the_unit_and_every_page_says_for_whom(province, client, sign_in):
    appointed(province)
    db.session.commit()
    sign_in(client, "xa")
    assert "Đảng ủy xã Ngũ Kiên" in client.get("/account").text

    assert act_in_stead(client).status_code == 303

    page = client.get("/account").text
    assert "Đang làm thay Người dùng huyen" in page
    assert "Huyện ủy Vĩnh Tường" in page


def test_the_trail_names_both(province, client, sign_in):
    appointed(province)
    db.session.commit()
    sign_in(client, "xa")
    act_in_stead(client)

    client.submit("/language", {"language": "en", "next": "/account"})

    apply_context(db.session(), province.context.for_database)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "user.language_chosen")
    ).one()
    assert (entry.actor_name, entry.on_behalf_of_name) == ("Người dùng xa", "Người dùng huyen")
    assert entry.acting_unit_id == province.district.id
    db.session.rollback()


def test_who_stands_in_gives_no_rights_on(province, client, sign_in):
    appointed(province)
    db.session.commit()
    sign_in(client, "xa")
    act_in_stead(client)

    assert client.get("/staff/").status_code == 403
    assert client.get("/account/absence").status_code == 404


def test_it_begins_and_ends_by_itself(province, client, sign_in):
    first = province.context.today + 2 * DAY
    appointed(province, first_day=first, last_day=first + DAY)
    db.session.commit()
    shown = []
    for days in range(5):
        with clock.frozen(province.context.today + days * DAY):
            sign_in(client, "xa")
            shown.append("làm thay" in client.get("/account").text)

    assert shown == [False, False, True, True, False]


def leave_office(province):
    held = user_in_scope(province.context, province.users["huyen"]).roles[0]
    grants.end_role(province.context, province.users["huyen"], held.id)


def lock_out(province):
    commands.disable_user(province.context, province.users["huyen"])


def end(province):
    [stand_in] = stand_ins_of(province.context, province.users["huyen"])
    end_standing_in(as_holder(province), province.users["huyen"], stand_in.id)


@pytest.mark.parametrize("happening", [leave_office, lock_out, end])
def test_it_ends_with_what_it_rests_on(province, client, sign_in, happening):
    appointed(province)
    db.session.commit()
    sign_in(client, "xa")
    act_in_stead(client)
    apply_context(db.session(), province.context.for_database)

    happening(province)
    db.session.commit()

    assert "làm thay" not in client.get("/account").text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first_day": -1}, "first_day"),
        ({"last_day": -1}, "last_day"),
        ({"last_day": LONGEST_STANDING_IN.days + 1}, "last_day"),
        ({"login_name": "huyen"}, "login_name"),
    ],
)
def test_days_and_persons_that_cannot_be_are_refused(province, changes, field):
    days = {
        name: province.context.today + value * DAY if isinstance(value, int) else value
        for name, value in changes.items()
    }
    if changes == {"last_day": -1}:
        days["first_day"] = province.context.today

    with pytest.raises(Refused) as refused:
        appointed(province, **days)

    assert refused.value.problems[0].field == field


def test_nobody_stands_in_longer_than_the_holder_holds(province):
    last = province.context.today + 3 * DAY
    leave_office(province)

    held = NewGrant(Role.COMMITTEE, province.district.id, Range(province.context.today, last + DAY))
    db.session.flush()
    grants.grant_role(province.context, province.users["huyen"], held)
    roles = user_in_scope(province.context, province.users["huyen"]).roles
    grant_id = next(role.id for role in roles if not role.is_over(province.context.today))

    with pytest.raises(Refused):
        appointed(province, grant_id=grant_id, last_day=last + DAY)
    assert appointed(province, grant_id=grant_id, last_day=last)


def test_somebody_outside_the_scope_is_not_found(other_province, province):
    apply_context(db.session(), province.context.for_database)
    for login_name in ("tinh", "hb.xa", "khongco"):
        with pytest.raises(NotFound):
            appointed(province, login_name=login_name)


def test_only_the_holder_and_who_manages_the_holder_appoint(province):
    clerk = acting_as(province.context, province.users["xa"], province.district)
    administrator = acting_as(province.context, province.users["quantri"], province.top)

    with pytest.raises(NotAllowed):
        appointed(province, context=clerk)
    assert appointed(province, context=administrator)


def test_the_page_appoints_and_ends(province, client, sign_in):
    sign_in(client, "huyen")
    page = client.get("/account/absence").text
    role = page.split('<option value="')[1].split('"')[0]
    today = province.context.today
    form = {
        "role": role,
        "login_name": "xa",
        "first_day": today.isoformat(),
        "last_day": (today + DAY).isoformat(),
    }

    assert client.submit("/account/absence", form).status_code == 303
    page = client.get("/account/absence").text
    assert "Người dùng xa" in page
    number = page.split('name="role" value="')[1].split('"')[0]
    assert client.submit("/account/absence/end", {"role": number}).status_code == 303
    assert "Người dùng xa" not in client.get("/account/absence").text
