"""Sensitive acts ask again who it is; devices are seen and signed out from afar; pauses end."""

from datetime import UTC, datetime, timedelta

import pytest

from app.accounts.devices import device_name
from app.accounts.rules import PROOF_LASTS, TIMEOUTS_OF_OPERATOR, TIMEOUTS_OF_ROLE, Role
from app.core import clock
from app.web.guards import guard_of
from tests.factories.accounts import PASSWORD
from tests.fixtures.accounts import new_browser

START = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"

SENSITIVE = {
    *("accounts.factor", "accounts.renew_recovery_codes"),
    *("admin_accounts.new", "admin_accounts.grant", "admin_accounts.end_role"),
    *("admin_accounts.disable", "admin_accounts.enable", "admin_accounts.slip"),
    *("admin_accounts.reset_password", "admin_accounts.reset_second_factor"),
    *("admin_accounts.invite_again", "admin_operator-access.index", "accounts.absence"),
    *("admin_accounts.appoint", "admin_accounts.end_absence"),
    *("privacy.show", "privacy.export", "privacy.erase"),
    *("admin_two-people.index", "countersigning.approve_act", "countersigning.merging"),
}
"""What asks for the password again; changing the password asks for it by itself."""


def test_the_sensitive_acts_ask_again(app):
    asking = {name for name in app.view_functions if (g := guard_of(app, name)) and g.asks_again}

    assert asking == SENSITIVE


def test_a_sensitive_act_long_after_the_sign_in_asks_for_the_password(province, client, sign_in):
    with clock.frozen(START):
        sign_in(client, "quantri")
        assert client.get("/staff/new").status_code == 200
    with clock.frozen(START + PROOF_LASTS):
        asked = client.get("/staff/new?unit=P")
        assert asked.location == "/account/confirm?next=/staff/new?unit%3DP"
        wrong = client.submit("/account/confirm", {"password": "không phải"})
        assert "không đúng" in wrong.text
        assert client.get("/staff/new").status_code == 303

        form = {"password": PASSWORD, "next": "/staff/new"}
        assert client.submit("/account/confirm", form).location == "/staff/new"
        assert client.get("/staff/new").status_code == 200


def test_a_form_that_was_sent_comes_back_to_its_page(province, client, sign_in):
    with clock.frozen(START):
        sign_in(client, "quantri")
        page = client.get("/staff/?q=xa").text
    address = page.split('<th scope="row"><a href="')[1].split('"')[0]
    with clock.frozen(START + PROOF_LASTS):
        asked = client.submit(
            f"{address}/disable", headers={"Referer": f"http://localhost{address}"}
        )

    assert asked.location == f"/account/confirm?next={address}"


def test_another_device_is_seen_and_signed_out(app, province, client, sign_in):
    other = new_browser(app)
    other.environ_base["HTTP_USER_AGENT"] = WINDOWS
    sign_in(other, "xa")
    sign_in(client, "xa")
    page = client.get("/account/devices").text
    assert "Chrome · Windows" in page
    token = page.split('name="session" value="')[1].split('"')[0]

    client.submit("/account/devices/end", {"session": token})

    assert other.get("/account").status_code == 303
    assert client.get("/account").status_code == 200


def test_all_other_devices_are_signed_out_at_once_and_nobody_elses(app, province, client, sign_in):
    others = [new_browser(app), new_browser(app)]
    for browser in others:
        sign_in(browser, "xa")
    stranger = new_browser(app)
    sign_in(stranger, "huyen")
    sign_in(client, "xa")

    client.submit("/account/devices/end-others")

    opened = [browser.get("/account").status_code for browser in (*others, stranger, client)]
    assert opened == [303, 303, 200, 200]


@pytest.mark.parametrize(
    ("login_name", "timeouts"),
    [
        ("quantri", TIMEOUTS_OF_ROLE[Role.TENANT_ADMINISTRATOR]),
        ("tinh", TIMEOUTS_OF_ROLE[Role.COMMITTEE]),
        ("xa", TIMEOUTS_OF_ROLE[Role.CLERK]),
        ("vanhanh", TIMEOUTS_OF_OPERATOR),
    ],
)
def test_sessions_end_by_role(*, province, operator, client, sign_in, login_name, timeouts):
    second, opened = timedelta(seconds=1), []
    with clock.frozen(START):
        sign_in(client, login_name)
    with clock.frozen(START + timeouts.idle - second):
        opened.append(client.get("/account").status_code)
    with clock.frozen(START + 2 * timeouts.idle):
        opened.append(client.get("/account").status_code)
        sign_in(client, login_name)
    moment, end = START + 2 * timeouts.idle, START + 2 * timeouts.idle + timeouts.absolute
    while (moment := moment + timeouts.idle / 2) < end:
        with clock.frozen(moment):
            assert client.get("/account").status_code == 200
    with clock.frozen(end):
        opened.append(client.get("/account").status_code)

    assert opened == [200, 303, 303]


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (WINDOWS, "Chrome · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Firefox/133.0", "Firefox · Linux"),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_few_words(user_agent, name):
    assert device_name(user_agent) == name
