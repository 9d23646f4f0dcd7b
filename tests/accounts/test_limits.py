"""Ten guesses in a quarter of an hour for an account; its owner still gets in."""

from dataclasses import replace

import pytest

from app.accounts.limits import limiter
from app.factory import create_app
from tests.factories.accounts import PASSWORD
from tests.fixtures.accounts import new_browser

ALLOWED = 10


def guess(browser, login_name, password="không phải mật khẩu"):
    form = {"login_name": login_name, "password": password}
    return browser.submit("/sign-in", form).status_code


@pytest.fixture(autouse=True)
def _no_guesses_yet(province, sign_in):
    """Begin with empty buckets."""


def test_an_account_takes_ten_guesses_from_wherever_they_come(app):
    answers = [guess(new_browser(app), "chibo") for _ in range(ALLOWED + 2)]

    assert answers == [200] * ALLOWED + [429] * 2


def test_writing_the_name_otherwise_gives_no_more_guesses(client):
    names = ["xa", "XA", " xa ", "Xa", "xA"] * 2

    answers = [guess(client, name) for name in [*names, "xa"]]

    assert answers == [200] * ALLOWED + [429]


def test_names_that_do_not_exist_are_counted_alike(client):
    assert [guess(client, "khongco") for _ in range(ALLOWED + 1)][-1] == 429


def test_guesses_at_one_account_cost_another_nothing(client):
    for _ in range(ALLOWED + 1):
        guess(client, "chibo")

    assert guess(client, "xem", PASSWORD) == 303


def test_the_right_password_is_refused_too_once_the_guesses_are_used_up(app, client):
    for _ in range(ALLOWED):
        guess(client, "chibo")

    assert guess(new_browser(app), "chibo", PASSWORD) == 429


def test_the_owner_gets_in_where_they_have_signed_in_before(app, client):
    assert guess(client, "chibo", PASSWORD) == 303
    client.submit("/sign-out")
    for _ in range(ALLOWED + 1):
        guess(new_browser(app), "chibo")
    assert guess(new_browser(app), "chibo", PASSWORD) == 429

    assert guess(client, "chibo", PASSWORD) == 303


def test_a_known_browser_has_no_endless_guesses_either(client):
    assert guess(client, "chibo", PASSWORD) == 303
    client.submit("/sign-out")

    answers = [guess(client, "chibo") for _ in range(ALLOWED + 1)]

    assert answers == [200] * ALLOWED + [429]


def test_a_browser_known_to_one_account_is_unknown_to_others(app, client):
    assert guess(client, "chibo", PASSWORD) == 303
    own = next(cookie for cookie in cookies(client) if cookie.key.startswith("device-"))
    assert guess(client, "xem", PASSWORD) == 303
    other = next(
        cookie
        for cookie in cookies(client)
        if cookie.key.startswith("device-") and cookie.key != own.key
    )
    stranger = new_browser(app)
    stranger.set_cookie(other.key, own.value)
    for _ in range(ALLOWED):
        guess(new_browser(app), "xem")

    assert guess(stranger, "xem") == 429


def test_a_forged_mark_is_no_mark(app, client):
    assert guess(client, "chibo", PASSWORD) == 303
    mark = next(cookie for cookie in cookies(client) if cookie.key.startswith("device-"))
    for _ in range(ALLOWED):
        guess(new_browser(app), "chibo")
    stranger = new_browser(app)
    stranger.set_cookie(mark.key, mark.value[:-4] + "AAAA")

    assert guess(stranger, "chibo") == 429


def test_too_many_guesses_are_answered_in_words(client):
    for _ in range(ALLOWED):
        guess(client, "chibo")

    answer = client.submit("/sign-in", {"login_name": "chibo", "password": "?"})

    assert "thử quá nhiều lần" in answer.text


def cookies(browser):
    return list(browser._cookies.values())


@pytest.fixture
def without_redis(settings):
    """The program with a Redis that is not there."""
    shared = dict(vars(limiter))
    application = create_app(replace(settings, redis_url="unix:///nowhere/redis.sock"))
    application.testing = True
    yield application
    vars(limiter).update(shared)


def test_without_redis_each_process_counts_for_itself(province, without_redis):
    stranger = new_browser(without_redis)

    answers = [guess(stranger, "chibo") for _ in range(ALLOWED + 1)]

    assert answers == [200] * ALLOWED + [429]


def test_without_redis_the_owner_gets_in(province, without_redis):
    assert guess(new_browser(without_redis), "chibo", PASSWORD) == 303
