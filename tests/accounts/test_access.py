"""Deny by default: who gets which page, and what everybody else gets instead."""

import re
from contextlib import contextmanager
from datetime import date

import pytest
from flask import g
from sqlalchemy import event, text
from sqlalchemy.dialects.postgresql import Range

from app.accounts import grants
from app.accounts.grants import NewGrant
from app.accounts.principal import load_principal
from app.accounts.rules import Role
from app.accounts.sessions import begin_user_session
from app.core import clock
from app.core.database import db
from app.web.opaque import seal_id
from tests.factories.accounts import PASSWORD, make_user


def test_a_page_asks_for_a_sign_in_and_comes_back(province, client):
    answer = client.get("/account?x=1")

    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/account?x%3D1"


def test_a_sent_form_does_not_come_back(province, client):
    assert client.submit("/account/unit").location == "/sign-in"


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(province, client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/account?x=1"}

    answer = client.get("/account", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/account?x%3D1"


def test_a_part_of_a_foreign_page_does_not_come_back(province, client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://example.com//evil"}

    assert client.get("/account", headers=headers).headers["HX-Redirect"] == "/sign-in"


def test_a_missing_permission_is_told_in_words(province, client, sign_in):
    sign_in(client, "xa")

    answer = client.get("/admin/levels/")

    assert answer.status_code == 403
    assert "không có quyền" in answer.text


def test_the_permission_opens_the_page(province, client, sign_in):
    sign_in(client, "quantri")

    assert client.get("/admin/levels/").status_code == 200


def test_an_unlabelled_endpoint_is_not_found(province, client, sign_in, monkeypatch):
    sign_in(client, "quantri")
    assert client.get("/account").status_code == 200

    monkeypatch.setitem(client.application.view_functions, "accounts.overview", lambda: "open")

    assert client.get("/account").status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/sign-in"])
def test_public_pages_ask_for_nobody(client, path):
    assert client.get(path).status_code == 200


def test_a_first_password_must_be_changed_before_anything_else(province, client, sign_in):
    make_user(province.context, "moi", province.commune.id, "clerk", must_change_password=True)
    db.session.commit()
    sign_in(client, "moi")

    assert client.get("/account").location == "/account/password?next=/account"
    assert "site-navigation" not in client.get("/account/password").text
    new = "một câu của riêng mình"
    form = {"password": PASSWORD, "new_password": new, "repeated": new}
    assert client.submit("/account/password", form).status_code == 303
    assert client.get("/account").status_code == 200


@pytest.fixture
def clerk(province, client, sign_in):
    sign_in(client, "xa")
    return client


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ({"password": "không phải", "new_password": "x" * 12, "repeated": "x" * 12}, "hiện nay"),
        ({"password": PASSWORD, "new_password": "ngắn", "repeated": "ngắn"}, "12"),
        ({"password": PASSWORD, "new_password": PASSWORD, "repeated": PASSWORD}, "phải khác"),
        ({"password": PASSWORD, "new_password": "x" * 12, "repeated": "y" * 12}, "giống nhau"),
    ],
)
def test_a_refused_password_changes_nothing(clerk, sign_in, form, complaint):
    answer = clerk.submit("/account/password", form)

    assert answer.status_code == 422
    assert complaint in answer.text
    clerk.submit("/sign-out")
    sign_in(clerk, "xa")


def test_without_a_role_there_is_nothing_but_ones_account(province, client, sign_in):
    make_user(province.context, "khachmoi", province.commune.id)
    db.session.commit()
    sign_in(client, "khachmoi")

    assert "Chưa có vai trò nào" in client.get("/account").text
    answer = client.get("/admin/levels/")
    assert answer.status_code == 403
    assert "chưa được giao vai trò" in answer.text


def test_a_refusal_is_in_the_log_without_the_address(province, client, sign_in, caplog):
    sign_in(client, "xem")

    assert client.get("/admin/levels/?q=Nguyen").status_code == 403

    refusals = [line.getMessage() for line in caplog.records if line.name.endswith("access")]
    assert refusals == ["refused: admin_levels.index asks for a permission that is not held"]


def test_roles_count_from_their_first_day_to_their_last(province, client, sign_in):
    user_id = make_user(province.context, "thaythe", province.top.id)
    days = Range(date(2026, 11, 10), date(2026, 11, 20))
    grants.grant_role(
        province.context,
        user_id,
        NewGrant(Role.TENANT_ADMINISTRATOR, province.top.id, days),
    )
    db.session.commit()

    opened = {}
    for day in (9, 10, 19, 20):
        with clock.frozen(date(2026, 11, day)):
            sign_in(client, "thaythe")
            opened[day] = client.get("/admin/levels/").status_code

    assert opened == {9: 403, 10: 200, 19: 200, 20: 403}


@pytest.fixture
def two_hats(province, client, sign_in):
    """A browser of somebody who is a clerk of a commune and administers the whole tenant."""
    user_id = make_user(province.context, "haivai", province.commune.id, "clerk")
    top = NewGrant(Role.TENANT_ADMINISTRATOR, province.top.id)
    grants.grant_role(province.context, user_id, top)
    db.session.commit()
    sign_in(client, "haivai")
    return client


def test_one_acts_for_ones_home_unit_until_one_chooses_another(province, two_hats):
    assert "Người dùng huyen" not in two_hats.get("/staff/").text

    [other] = re.findall('name="unit" value="([^"]+)"', two_hats.get("/account").text)
    assert two_hats.submit("/account/unit", {"unit": other}).status_code == 303

    assert "Người dùng huyen" in two_hats.get("/staff/").text


def test_nobody_acts_for_a_unit_without_a_role_on_it(app, province, two_hats):
    with app.test_request_context():
        g.tenant_id = province.context.tenant_id
        district = seal_id("unit", province.district.id)
        top_as_user = seal_id("user", province.top.id)

    for unit in (district, top_as_user, "x" * 22, ""):
        assert two_hats.submit("/account/unit", {"unit": unit}).status_code == 404


def test_the_database_shows_people_to_those_alone_who_may_see_them(province, app):
    memberships = {
        name: begin_user_session(
            province.context.tenant_id, province.users[name], verified_at=clock.now()
        )
        for name in ("xa", "xem", "quantri")
    }
    db.session.commit()

    scopes = {}
    for name, membership in memberships.items():
        load_principal(membership, "request")
        scopes[name] = db.session.execute(
            text("SELECT current_setting('app.scope_from'), current_setting('app.scope_to')")
        ).one()
        db.session.rollback()

    path = province.commune.path
    assert scopes == {"xa": (path, path + "~"), "xem": ("", ""), "quantri": ("", "")}


def test_a_principal_costs_three_statements(province, app):
    membership = begin_user_session(province.context.tenant_id, province.users["xa"])
    db.session.commit()
    db.session.remove()
    statements = []

    with recorded(statements):
        principal = load_principal(membership, "request")

    assert principal.login_name == "xa"
    assert len(statements) == 3, statements


def test_the_tenant_is_the_sessions_whatever_the_request_says(
    other_province, province, client, sign_in
):
    sign_in(client, "tinh")
    other = other_province.context.tenant_code

    page = client.get(
        f"/account?tenant={other}", headers={"X-Tenant": other, "X-Forwarded-Host": other}
    )

    assert "Vĩnh Phúc" in page.text
    assert "Hòa Bình" not in page.text


def test_an_operator_gets_nothing_of_a_tenant(operator, province, client, sign_in):
    sign_in(client, "vanhanh")

    for path in ("/admin/levels/", "/staff/", "/admin/settings/"):
        assert client.get(path).status_code == 403
    assert client.get("/admin/tenants/").status_code == 200


@contextmanager
def recorded(statements):
    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
