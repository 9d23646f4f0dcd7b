"""The pages where a tenant's administrator keeps its accounts."""

import re

import pytest
from flask import g
from sqlalchemy import select

from app.accounts.queries import user_in_scope, users
from app.audit.models import AuditEntry
from app.core.database import DatabaseContext, apply_context, db
from app.tenants.context import WHOLE_SCOPE
from app.web.opaque import seal_id
from tests.factories.accounts import PASSWORD
from tests.fixtures.accounts import new_browser

NEW = {"full_name": "Trần Văn Bình", "unit": "X1", "role": "clerk", "login_name": "xa.moi"}


@pytest.fixture
def administrator(province, client, sign_in):
    sign_in(client, "quantri")
    return client


@pytest.fixture
def seal(app, province):
    """Seal a number for the province: `seal("user", 4)`."""

    def seal_for_province(kind, number, tenant_id=province.context.tenant_id):
        with app.test_request_context():
            g.tenant_id = tenant_id
            return seal_id(kind, number)

    return seal_for_province


def user(province, name):
    db.session.rollback()
    apply_context(db.session(), DatabaseContext(province.context.tenant_id, *WHOLE_SCOPE))
    return user_in_scope(province.context, province.users[name])


def logins(province):
    db.session.rollback()
    apply_context(db.session(), DatabaseContext(province.context.tenant_id, *WHOLE_SCOPE))
    return {row.login_name for row in users(province.context)}


def new_form(browser, **changes):
    page = browser.get("/staff/new")
    key = re.search('name="client_key" value="([^"]+)"', page.text)[1]
    return {**NEW, "client_key": key, **changes}


def shown_code(page):
    return re.search("<dt>Mã dùng một lần</dt><dd>([^<]+)</dd>", page.text)[1]


def choose_password(browser, login_name, code):
    form = {"new_password": PASSWORD, "repeated": PASSWORD}
    return browser.submit("/join", {"login_name": login_name, "code": code, **form})


def test_a_new_user_chooses_a_password_by_the_code_that_was_shown(app, administrator):
    page = administrator.submit("/staff/new", new_form(administrator))

    assert choose_password(new_browser(app), "xa.moi", shown_code(page)).status_code == 303
    assert "no-store" in page.headers["Cache-Control"]


def test_the_slip_is_printed_of_the_code_that_was_shown_alone(province, administrator, seal):
    path = f"/staff/{seal('user', province.users['xem'])}"
    code = shown_code(administrator.submit(f"{path}/password"))

    paper = administrator.submit(f"{path}/slip.pdf", {"code": code})

    assert paper.content_type == "application/pdf"
    assert paper.data.startswith(b"%PDF")
    assert administrator.submit(f"{path}/slip.pdf", {"code": code[:-1]}).status_code == 404


def test_a_new_user_is_added_once_and_its_code_shown_once(province, administrator):
    form = new_form(administrator)
    first = administrator.submit("/staff/new", form)

    second = administrator.submit("/staff/new", form)

    assert second.status_code == 303
    assert shown_code(first) not in administrator.get(second.location).text
    assert "xa.moi" in logins(province)


def test_a_units_head_adds_a_clerk_in_four_clicks(app, province, client, sign_in):
    sign_in(client, "huyen")
    # The menu, the entry, the button; then the form is sent.
    assert 'href="/staff/"' in client.get("/account").text
    assert 'href="/staff/new"' in client.get("/staff/").text
    page = client.submit("/staff/new", new_form(client))

    assert choose_password(new_browser(app), "xa.moi", shown_code(page)).status_code == 303


def test_a_head_sees_and_changes_nobody_above_or_beside(province, client, sign_in, seal):
    sign_in(client, "huyen")
    listed = client.get("/staff/").text

    assert "Người dùng xa" in listed
    assert "Người dùng tinh" not in listed
    assert client.get(f"/staff/{seal('user', province.users['tinh'])}").status_code == 404
    page = client.submit("/staff/new", new_form(client, role="tenant_administrator"))
    assert page.status_code == 422


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"login_name": "xa"}, "login_name"),
        ({"login_name": "hb.xa"}, "login_name"),
        ({"login_name": "Có Dấu"}, "login_name"),
        ({"full_name": ""}, "full_name"),
        ({"unit": "không có nơi này"}, "unit"),
        ({"unit": "ủy"}, "unit"),
        ({"role": "cell_secretary"}, "role"),
        ({"role": "operator"}, "role"),
    ],
)
def test_a_bad_account_is_refused_at_its_field(
    *, other_province, province, administrator, changes, field
):
    before = logins(province)

    page = administrator.submit("/staff/new", new_form(administrator, **changes))

    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert logins(province) == before


def test_the_unit_may_be_named_without_diacritics(province, administrator):
    form = new_form(administrator, unit="xa ngu kien")

    assert administrator.submit("/staff/new", form).status_code == 200
    assert "xa.moi" in logins(province)


def test_a_role_is_given_for_some_days_and_ended(province, administrator, seal):
    path = f"/staff/{seal('user', province.users['xem'])}"
    form = {
        "grant-role": "monitor",
        "grant-unit": "H1",
        "grant-first_day": "1/1/2026",
        "grant-last_day": "31/12/2026",
    }

    assert administrator.submit(f"{path}/roles", form).status_code == 303

    granted = next(held for held in user(province, "xem").roles if held.role == "monitor")
    assert (granted.unit_code, str(granted.valid.lower), str(granted.valid.upper)) == (
        "H1",
        "2026-01-01",
        "2027-01-01",
    )
    ending = {"role": seal("role", granted.id)}
    assert administrator.submit(f"{path}/roles/end", ending).status_code == 303


def test_lists_show_roles_until_they_end(province, administrator, seal):
    path = f"/staff/{seal('user', province.users['xem'])}"
    form = {"grant-role": "monitor", "grant-unit": "H1"}
    asked = "?q=xem"

    def said():
        file = administrator.get(f"/staff/table.csv{asked}").data.decode("utf-8-sig")
        return [
            "Theo dõi, đôn đốc" in words
            for words in (administrator.get(f"/staff/{asked}").text, file)
        ]

    administrator.submit(f"{path}/roles", form | {"grant-last_day": "31/12/2020"})
    assert said() == [False, False]
    administrator.submit(f"{path}/roles", form | {"grant-first_day": "1/1/2021"})
    assert said() == [True, True]
    assert administrator.get(path).text.count("Theo dõi, đôn đốc") > 1


def test_days_in_the_wrong_order_are_refused(province, administrator, seal):
    path = f"/staff/{seal('user', province.users['xem'])}/roles"
    form = {
        "grant-role": "monitor",
        "grant-unit": "H1",
        "grant-first_day": "2/1/2026",
        "grant-last_day": "1/1/2026",
    }

    page = administrator.submit(path, form)

    assert page.status_code == 422
    assert 'href="#grant-last_day"' in page.text


def test_an_account_is_closed_and_opened(province, administrator, seal):
    path = f"/staff/{seal('user', province.users['xem'])}"

    assert administrator.submit(f"{path}/disable").status_code == 303
    assert user(province, "xem").is_disabled
    assert "đã khóa" in administrator.get(path).text
    assert administrator.submit(f"{path}/enable").status_code == 303
    assert not user(province, "xem").is_disabled


def test_a_password_is_reset_by_a_code_shown_once(province, administrator, seal):
    path = f"/staff/{seal('user', province.users['xem'])}"

    code = shown_code(administrator.submit(f"{path}/password"))

    assert code not in administrator.get(path).text
    owner = new_browser(administrator.application)
    assert choose_password(owner, "xem", code).status_code == 303
    assert owner.get("/account").status_code == 200


def test_ones_own_account_is_not_changed_here(province, administrator, seal):
    path = f"/staff/{seal('user', province.users['quantri'])}"
    role = {"grant-role": "committee", "grant-unit": "P"}

    assert administrator.submit(f"{path}/roles", role).status_code == 403
    assert administrator.submit(f"{path}/disable").status_code == 403
    assert administrator.submit(f"{path}/password").status_code == 403
    assert [held.role for held in user(province, "quantri").roles] == ["tenant_administrator"]


def test_users_of_another_tenant_are_not_found(other_province, province, administrator, seal):
    number = other_province.users["xa"]
    role = {"grant-role": "reader", "grant-unit": "P"}

    for token in (seal("user", number), seal("user", number, other_province.context.tenant_id)):
        path = f"/staff/{token}"
        assert administrator.get(path).status_code == 404
        for act, form in (("disable", {}), ("enable", {}), ("password", {}), ("roles", role)):
            assert administrator.submit(f"{path}/{act}", form).status_code == 404

    assert not user(other_province, "xa").is_disabled


def test_users_are_found_by_name(province, administrator):
    page = administrator.get("/staff/?q=huyen")

    assert "Người dùng huyen" in page.text
    assert "Người dùng xem" not in page.text
    assert "Không tìm thấy" in administrator.get("/staff/?q=khôngcóai").text


def test_users_leave_as_a_file_and_the_trail_keeps_who_took_them(province, administrator):
    rows = administrator.get("/staff/table.csv?q=huyen").data.decode("utf-8-sig")

    assert "Người dùng huyen" in rows
    assert "Người dùng xem" not in rows
    db.session.rollback()
    apply_context(db.session(), DatabaseContext(province.context.tenant_id, *WHOLE_SCOPE))
    taken = select(AuditEntry.after).where(AuditEntry.action == "users.exported")
    assert db.session.scalars(taken).all() == [{"text": "huyen", "rows": 1}]


def test_the_trail_takes_of_strange_words_what_can_be_kept(province, administrator):
    strange = f"%00huyen%20{'x' * 500}"

    assert administrator.get(f"/staff/table.csv?q={strange}").status_code == 200

    db.session.rollback()
    apply_context(db.session(), DatabaseContext(province.context.tenant_id, *WHOLE_SCOPE))
    taken = select(AuditEntry.after).where(AuditEntry.action == "users.exported")
    (about,) = db.session.scalars(taken)
    assert about["text"].startswith("huyen x")
    assert len(about["text"]) <= 120


@pytest.mark.parametrize("page", ["-1", "0", "x", "99999999"])
def test_a_strange_page_number_is_harmless(administrator, page):
    assert administrator.get(f"/staff/?page={page}").status_code == 200
