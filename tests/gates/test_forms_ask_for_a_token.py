"""Every unsafe route refuses a form without a token, and one with somebody else's."""

import pytest
from flask import g

from tests.fixtures.accounts import new_browser

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
BAD_REQUEST = 400


def unsafe_addresses(app, tenant_id):
    """Return method and address of every unsafe route, each with a number of this tenant."""
    with app.test_request_context():
        g.tenant_id = tenant_id
        adapter = app.url_map.bind("localhost")
        return [
            (method, adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1)))
            for rule in app.url_map.iter_rules()
            for method in sorted(rule.methods & UNSAFE)
        ]


@pytest.fixture
def stranger(app, province, sign_in):
    browser = new_browser(app)
    sign_in(browser, "huyen")
    return browser


@pytest.mark.parametrize("login_name", ["quantri", "tinh", "xa", "vanhanh"])
def test_unsafe_routes_take_ones_own_token_alone(
    *, app, province, operator, client, sign_in, stranger, login_name
):
    sign_in(client, login_name)
    with client.session_transaction() as held:
        held["csrf_token"] = "a" * 40
    with stranger.session_transaction() as held:
        held["csrf_token"] = "b" * 40
    addresses = unsafe_addresses(app, province.context.tenant_id)
    assert len(addresses) > 10

    for method, address in addresses:
        foreign = {"csrf_token": stranger.csrf_token()}
        assert send(client, method, address, {}) == BAD_REQUEST, address
        assert send(client, method, address, foreign) == BAD_REQUEST, address


def test_the_own_token_is_taken(app, province, client, sign_in):
    sign_in(client, "quantri")

    for method, address in unsafe_addresses(app, province.context.tenant_id):
        own = {"csrf_token": client.csrf_token(), "language": "vi"}
        assert send(client, method, address, own) != BAD_REQUEST, address


def send(browser, method, address, data):
    return browser.open(address, method=method, data=data).status_code
