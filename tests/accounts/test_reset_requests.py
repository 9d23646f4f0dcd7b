"""Asking for a forgotten password tells nothing, and reaches whoever manages the account."""

from datetime import timedelta

import pytest
from flask import g, url_for
from sqlalchemy import func, select

from app.accounts.commands import disable_user
from app.accounts.models import ResetRequest, RoleGrant
from app.accounts.queries import user_in_scope
from app.accounts.reset_requests import LASTS, ask_for_reset, forget_old_requests
from app.audit.models import AuditEntry
from app.core import clock
from app.core.database import apply_context, db
from app.web.opaque import seal_id
from tests.fixtures.accounts import new_browser


@pytest.fixture
def address(app, province):
    def address_of(endpoint, **values):
        with app.test_request_context():
            g.tenant_id = province.context.tenant_id
            return url_for(endpoint, **values)

    return address_of


def asked(province):
    apply_context(db.session(), province.context.for_database)
    found = list(db.session.scalars(select(ResetRequest.user_id)))
    db.session.rollback()
    return found


def test_the_answer_is_one_whoever_is_named(app, province, sign_in, operator):
    apply_context(db.session(), province.context.for_database)
    disable_user(province.context, province.users["xem"])
    db.session.commit()
    answers = set()
    for name in ("xa", "khongcoai", "xem", "vanhanh", " XA "):
        browser = new_browser(app)
        sent = browser.submit("/forgotten", {"login_name": name})
        shown = browser.get(sent.location).text
        answers.add((sent.status_code, sent.location, "Đã nhận." in shown, len(shown)))

    assert len(answers) == 1
    assert asked(province) == [province.users["xa"]]
    apply_context(db.session(), province.context.for_database)
    entries = select(func.count()).where(AuditEntry.action == "user.reset_asked")
    assert db.session.scalar(entries) == 1


def test_too_many_requests_for_one_name_are_refused(client, sign_in, province):
    for _ in range(10):
        assert client.submit("/forgotten", {"login_name": "xa"}).status_code == 303

    assert client.submit("/forgotten", {"login_name": "xa"}).status_code == 429
    assert client.submit("/forgotten", {"login_name": "huyen"}).status_code == 303


def test_who_manages_the_account_sees_it_until_it_is_met(  # noqa: PLR0917 fixtures
    app, client, sign_in, province, other_province, address
):
    for name in ("xa", "hb.xa"):
        ask_for_reset(name)
        db.session.commit()
    sign_in(client, "quantri")
    listed = client.get("/staff/").text
    assert "Yêu cầu cấp lại mật khẩu" in listed
    assert "hb.xa" not in listed

    user = address("admin_accounts.edit", user_id=province.users["xa"])
    assert client.submit(f"{user}/request/dismiss").status_code == 303
    assert "Yêu cầu cấp lại mật khẩu" not in client.get("/staff/").text
    ask_for_reset("xa")
    db.session.commit()
    assert client.submit(f"{user}/password").status_code == 200

    assert asked(province) == []
    assert "Yêu cầu cấp lại mật khẩu" not in client.get("/staff/").text


def test_an_old_request_is_forgotten(province):
    ask_for_reset("xa")
    with clock.frozen(clock.now() + LASTS + timedelta(days=1)):
        forget_old_requests(province.context)

    assert db.session.scalar(select(func.count()).select_from(ResetRequest)) == 0


def test_an_administrator_appoints_who_stands_in(*, app, client, sign_in, province, address):
    absent = province.users["huyen"]
    held = user_in_scope(province.context, absent).roles[0].id
    today = province.context.today
    with app.test_request_context():
        g.tenant_id = province.context.tenant_id
        role = seal_id("role", held)
    page = address("admin_accounts.edit", user_id=absent)
    form = {
        "absence-role": role,
        "absence-login_name": "khongcoai",
        "absence-first_day": f"{today:%d/%m/%Y}",
        "absence-last_day": f"{today + timedelta(days=5):%d/%m/%Y}",
    }
    sign_in(client, "quantri")

    refused = client.submit(f"{page}/absence", form)
    done = client.submit(f"{page}/absence", {**form, "absence-login_name": "xa"})

    assert refused.status_code == 422
    assert done.status_code == 303
    assert "Thôi ủy quyền" in client.get(page).text
    stands_in = select(RoleGrant.id).where(RoleGrant.stands_in_for_id == absent)
    number = db.session.scalar(stands_in)
    db.session.rollback()
    with app.test_request_context():
        g.tenant_id = province.context.tenant_id
        token = seal_id("role", number)
    assert client.submit(f"{page}/absence/end", {"role": token}).status_code == 303
    assert "Thôi ủy quyền" not in client.get(page).text
