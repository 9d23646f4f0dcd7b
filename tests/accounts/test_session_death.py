"""A session opens pages until something ends it; then it opens nothing on the next request."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from app.accounts import commands, grants, queries
from app.accounts.grants import NewGrant
from app.accounts.models import UserSession
from app.accounts.rules import LONGEST_PAUSE, LONGEST_SESSION, Role
from app.core import clock
from app.core.database import apply_context, db
from app.core.jobs import run_job
from tests.factories.accounts import PASSWORD
from tests.fixtures.accounts import new_browser

NEW_PASSWORD = "một câu khác hẳn và dài"
START = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)


def is_open(browser):
    return browser.get("/account").status_code == 200


@pytest.fixture
def browsers(app, province, sign_in):
    """A browser of xa, another of xa, and one of huyen, all signed in."""
    pair = [new_browser(app), new_browser(app), new_browser(app)]
    for browser, login_name in zip(pair, ("xa", "xa", "huyen"), strict=True):
        sign_in(browser, login_name)
    return pair


def test_a_session_lives_while_nothing_ends_it(browsers):
    assert all(is_open(browser) for browser in browsers for _ in range(2))


def test_signing_out_ends_a_copied_cookie_too(app, browsers):
    stolen = new_browser(app)
    with browsers[0].session_transaction() as held:
        membership = held["membership"]
    with stolen.session_transaction() as held:
        held["membership"] = membership
    assert is_open(stolen)

    browsers[0].submit("/sign-out")

    assert not is_open(stolen)
    assert not is_open(browsers[0])
    assert is_open(browsers[1])


def grant(province):
    new = NewGrant(Role.READER, province.district.id)
    grants.grant_role(province.context, province.users["xa"], new)


def end_role(province):
    held = queries.user_in_scope(province.context, province.users["xa"]).roles[0]
    grants.end_role(province.context, province.users["xa"], held.id)


def disable(province):
    commands.disable_user(province.context, province.users["xa"])


def reset(province):
    commands.reset_password(province.context, province.users["xa"])


@pytest.mark.parametrize("change", [grant, end_role, disable, reset])
def test_a_change_of_rights_ends_every_session_of_the_user_and_nobody_elses(
    province, browsers, change
):
    assert all(map(is_open, browsers))

    change(province)
    db.session.commit()

    assert [is_open(browser) for browser in browsers] == [False, False, True]


def test_a_name_may_change_without_ending_sessions(province, browsers):
    commands.change_user(
        province.context,
        province.users["xa"],
        full_name="Nguyễn Thị Ánh",
        unit_id=province.commune.id,
    )
    db.session.commit()

    assert "Nguyễn Thị Ánh" in browsers[0].get("/account").text


def test_a_disabled_user_stays_out_even_with_a_session_left(province, browsers):
    db.session.execute(text("UPDATE user_account SET is_disabled = true WHERE login_name = 'xa'"))
    db.session.commit()

    assert [is_open(browser) for browser in browsers] == [False, False, True]


def test_changing_the_password_ends_all_sessions_and_begins_one(browsers):
    with browsers[0].session_transaction() as held:
        before = held["membership"]
    form = {"password": PASSWORD, "new_password": NEW_PASSWORD, "repeated": NEW_PASSWORD}

    answer = browsers[0].submit("/account/password", form)

    assert answer.status_code == 303
    assert [is_open(browser) for browser in browsers] == [True, False, True]
    with browsers[0].session_transaction() as held:
        assert held["membership"] != before


def test_a_session_ends_after_twelve_hours_however_busy(province, client, sign_in):
    with clock.frozen(START):
        sign_in(client, "xa")
    step = timedelta(hours=1)
    moment = START
    while moment + step < START + LONGEST_SESSION:
        moment += step
        with clock.frozen(moment):
            assert is_open(client)

    with clock.frozen(START + LONGEST_SESSION):
        assert not is_open(client)


def test_a_session_ends_after_a_pause_of_two_hours(province, client, sign_in):
    with clock.frozen(START):
        sign_in(client, "xa")

    with clock.frozen(START + LONGEST_PAUSE - timedelta(seconds=1)):
        assert is_open(client)
    with clock.frozen(START + 2 * LONGEST_PAUSE - timedelta(seconds=1)):
        assert not is_open(client)


def test_the_last_use_is_written_once_a_minute_at_most(province, client, sign_in):
    with clock.frozen(START):
        sign_in(client, "xa")
    with clock.frozen(START + timedelta(seconds=59)):
        assert is_open(client)
    assert db.session.scalars(select(UserSession.seen_at)).one() == START
    db.session.rollback()

    with clock.frozen(START + timedelta(seconds=61)):
        assert is_open(client)

    assert db.session.scalars(select(UserSession.seen_at)).one() > START


def test_expired_sessions_of_every_tenant_are_forgotten(other_province, province, app, sign_in):
    browsers = {"xa": new_browser(app), "xa2": new_browser(app)}
    with clock.frozen(START):
        sign_in(browsers["xa"], "xa")
    with clock.frozen(START + timedelta(hours=1)):
        sign_in(browsers["xa2"], "xa")

    with clock.frozen(START + LONGEST_SESSION):
        run_job("forget_sessions", {})

    apply_context(db.session(), province.context.for_database)
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 1


def test_a_session_of_one_tenant_is_none_of_another(other_province, province, client, sign_in):
    sign_in(client, "xa")
    with client.session_transaction() as held:
        _own, token = held["membership"]
        held["membership"] = [other_province.context.tenant_id, token]

    assert not is_open(client)


def test_a_users_session_is_none_of_an_operator(province, client, sign_in):
    sign_in(client, "xa")
    with client.session_transaction() as held:
        held["membership"] = [0, held["membership"][1]]

    assert not is_open(client)


def test_a_cookie_signed_by_another_key_is_no_cookie(province, app, client, sign_in):
    sign_in(client, "xa")
    cookie = client.get_cookie("session")
    client.set_cookie("session", cookie.value[:-3] + "abc")

    assert not is_open(client)
