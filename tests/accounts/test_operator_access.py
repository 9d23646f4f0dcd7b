"""Operators see nothing inside a tenant, unless its administrator lets them look for a while."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import g
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core import clock
from app.core.database import apply_context, db
from app.web.opaque import seal_id
from tests.fixtures.accounts import new_browser

START = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
REASON = "tìm nguyên nhân báo cáo không in được"


@pytest.fixture(autouse=True)
def _at_start():
    with clock.frozen(START):
        yield


@pytest.fixture
def administrator(app, province, operator, sign_in):
    browser = new_browser(app)
    sign_in(browser, "quantri")
    return browser


@pytest.fixture
def visitor(client, operator, sign_in):
    sign_in(client, "vanhanh")
    return client


def allow(administrator, **changes):
    form = {"login_name": "vanhanh", "reason": REASON, "hours": "2", **changes}
    return administrator.submit("/admin/operator-access/", form)


def enter(app, visitor, tenant_id):
    with app.test_request_context():
        g.tenant_id = 0
        tenant = seal_id("tenant", tenant_id)
    return visitor.submit("/operator/visit", {"tenant": tenant})


def sees_figures(app, province, browser):
    with app.test_request_context():
        g.tenant_id = province.context.tenant_id
        unit = seal_id("unit", province.top.id)
    return browser.get(f"/units/{unit}/attainment").status_code


def test_without_leave_nobody_gets_in(app, province, administrator, visitor):
    enter(app, visitor, province.context.tenant_id)

    assert sees_figures(app, province, visitor) in {403, 404}
    assert REASON not in visitor.get("/account").text


def test_with_leave_an_operator_looks_and_every_page_says_so(app, province, administrator, visitor):
    assert allow(administrator).status_code == 303
    assert enter(app, visitor, province.context.tenant_id).location == "/"

    assert sees_figures(app, province, visitor) == 200
    for browser, words in ((visitor, REASON), (administrator, "được phép xem dữ liệu")):
        assert words in browser.get("/account").text


def test_looking_is_all(app, province, administrator, visitor):
    allow(administrator)
    enter(app, visitor, province.context.tenant_id)

    assert visitor.submit("/account/devices/end-others").status_code == 403
    assert visitor.get("/staff/").status_code == 403
    assert visitor.get("/admin/tenants/").status_code == 403
    with app.test_request_context():
        g.tenant_id = province.context.tenant_id
        cell = seal_id("unit", province.cell.id)
    assert visitor.get(f"/units/{cell}/people").status_code == 403
    allow(administrator, sees_people="y", hours="3")
    assert visitor.get(f"/units/{cell}/people").status_code == 200
    assert visitor.get(f"/units/{cell}/people/new").status_code == 403


def test_it_ends_by_itself_and_when_it_is_taken_back(app, province, administrator, visitor):
    allow(administrator)
    enter(app, visitor, province.context.tenant_id)
    with clock.frozen(START + timedelta(minutes=10)):
        assert sees_figures(app, province, visitor) == 200
        page = administrator.get("/admin/operator-access/").text
        number = page.split('name="access" value="')[1].split('"')[0]
        administrator.submit("/admin/operator-access/end", {"access": number})
        assert sees_figures(app, province, visitor) in {403, 404}
        allow(administrator, hours="1")
        assert sees_figures(app, province, visitor) == 200
    for minutes in (30, 50, 69):
        with clock.frozen(START + timedelta(minutes=minutes)):
            assert sees_figures(app, province, visitor) == 200
    with clock.frozen(START + timedelta(minutes=71)):
        assert sees_figures(app, province, visitor) in {403, 404}


def test_each_look_is_in_the_tenants_trail(app, province, administrator, visitor):
    allow(administrator)
    enter(app, visitor, province.context.tenant_id)
    sees_figures(app, province, visitor)
    visitor.submit("/operator/leave")

    apply_context(db.session(), province.context.for_database)
    entries = db.session.execute(
        select(AuditEntry.action, AuditEntry.actor_kind)
        .where(AuditEntry.action.startswith("operator."))
        .order_by(AuditEntry.id)
    ).all()
    db.session.rollback()
    assert [tuple(entry) for entry in entries] == [
        ("operator.access_given", "user"),
        ("operator.entered", "operator"),
        ("operator.looked", "operator"),
        ("operator.left", "operator"),
    ]


def test_leave_is_of_one_tenant_and_one_operator(
    *, app, other_province, province, administrator, visitor
):
    allow(administrator)

    enter(app, visitor, other_province.context.tenant_id)

    assert sees_figures(app, other_province, visitor) in {403, 404}


@pytest.mark.parametrize(
    "changes",
    [{"reason": "xem"}, {"hours": "25"}, {"hours": "0"}, {"login_name": "tinh"}],
)
def test_leave_has_a_reason_an_end_and_an_operator(administrator, changes):
    assert allow(administrator, **changes).status_code == 422
