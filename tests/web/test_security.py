"""What every answer tells browsers to refuse, and what cookies are allowed."""

import logging
import re
import time
from dataclasses import replace

import pytest
from itsdangerous import TimestampSigner

from app.accounts.limits import limiter
from app.factory import create_app
from tests.factories.accounts import PASSWORD
from tests.fixtures.accounts import new_browser


@pytest.fixture
def published(settings):
    """The program as it is behind TLS."""
    shared = dict(vars(limiter))
    application = create_app(replace(settings, is_local=False))
    application.testing = True
    yield application
    vars(limiter).update(shared)


@pytest.mark.parametrize("path", ["/sign-in", "/no-such-page", "/healthz", "/account"])
def test_every_answer_says_what_to_refuse(published, path):
    headers = new_browser(published).get(path, base_url="https://localhost").headers

    policy = headers["Content-Security-Policy"]
    for directive in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in policy
    assert "unsafe-" not in policy
    assert "http" not in policy
    assert "max-age=31556926" in headers["Strict-Transport-Security"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in headers


def test_cookies_are_for_tls_and_out_of_reach_of_scripts(province, published, sign_in):
    browser = new_browser(published)
    over_tls = {"base_url": "https://localhost"}
    page = browser.get("/sign-in", **over_tls).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    form = {"csrf_token": token, "login_name": "xem", "password": PASSWORD, "next": "/account"}
    referrer = {"Referer": "https://localhost/sign-in"}
    answer = browser.post("/sign-in", data=form, headers=referrer, **over_tls)

    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) >= 3
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" in cookie
        assert cookie.startswith("__Host-")
        assert "Path=/;" in f"{cookie};"
        assert "Domain" not in cookie


def test_signing_out_clears_what_the_browser_keeps(province, client, sign_in):
    sign_in(client, "xem")

    assert client.submit("/sign-out").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_tracing_is_not_answered(client):
    assert client.open("/sign-in", method="TRACE").status_code == 405


def test_a_field_without_a_readable_name_is_refused(client):
    """Found by schemathesis: the check of tokens stumbled over it, before anybody signed in."""
    for said in ("form-data", 'form-data; filename="a"', 'form-data; name="a\rb"'):
        answer = client.post(
            "/sign-in",
            data=f"--x\r\nContent-Disposition: {said}\r\n\r\n1\r\n--x--\r\n",
            content_type="multipart/form-data; boundary=x",
        )
        assert answer.status_code == 400, said


def test_a_cookie_signed_by_a_clock_that_goes_ahead_is_taken(
    province, client, sign_in, monkeypatch
):
    """Servers' clocks drift; the session's row says how long it lasts, not the cookie's age."""
    ahead = time.time() + 600
    with monkeypatch.context() as patch:
        patch.setattr(TimestampSigner, "get_timestamp", lambda _: int(ahead))
        sign_in(client, "xem")

    assert client.get("/account").status_code == 200
    client.set_cookie("session", "forged.by.hand")
    assert client.get("/account").status_code == 303


def test_what_was_refused_is_a_line_of_the_log_with_who_tried(province, client, sign_in, caplog):
    """Attempts at other people's tokens, forms and ids are found by status and account."""
    sign_in(client, "xem")
    with caplog.at_level(logging.INFO, logger="app.web.requests"):
        client.post("/language", data={"language": "en"})
        client.submit("/language", {"language": "tlh"})
        client.get("/units/AAAAAAAAAAAAAAAAAAAAAA/people")

    told = [record.fields for record in caplog.records if hasattr(record, "fields")]
    assert [(each["endpoint"], each["status"]) for each in told] == [
        ("language.choose", 400),
        ("language.choose", 400),
        ("cases.people", 403),
    ]
