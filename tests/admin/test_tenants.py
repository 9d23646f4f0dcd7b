"""Operators manage tenants and see nothing inside them."""

import re

import pytest
from flask import g
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import DatabaseContext, apply_context, db
from app.tenants.context import WHOLE_SCOPE
from app.tenants.models import Tenant
from app.units.models import Level
from app.web.opaque import seal_id


@pytest.fixture
def at_work(operator, client, sign_in):
    """A browser that an operator has signed in with."""
    sign_in(client, "vanhanh")
    return client


def tenants():
    db.session.rollback()
    return dict(db.session.execute(select(Tenant.code, Tenant.name)).all())


def inside(tenant_id, statement):
    db.session.rollback()
    apply_context(db.session(), DatabaseContext(tenant_id, *WHOLE_SCOPE))
    return db.session.scalars(statement).all()


def test_the_list_of_tenants_leaves_a_line_of_the_log(province, at_work, caplog):
    caplog.set_level("INFO")

    assert at_work.get("/admin/tenants/table.csv").status_code == 200

    assert "list taken out: tenants, 1 rows" in caplog.text


def test_all_tenants_are_listed_with_totals_alone(other_province, province, at_work):
    page = at_work.get("/admin/tenants/")

    assert page.status_code == 200
    assert {"HOABINH", "VINHPHUC"} <= set(re.findall("[A-Z]{6,}", page.text))
    assert "Người dùng" not in page.text
    assert "Huyện ủy" not in page.text


def test_a_tenant_is_created_with_its_usual_configuration(at_work):
    form = {"code": "PHUTHO", "name": "Đảng bộ tỉnh Phú Thọ"}

    assert at_work.submit("/admin/tenants/new", form).status_code == 303

    assert tenants() == {"PHUTHO": "Đảng bộ tỉnh Phú Thọ"}
    [tenant_id] = db.session.scalars(select(Tenant.id))
    assert "commune" in inside(tenant_id, select(Level.code))
    [creation] = inside(tenant_id, select(AuditEntry).where(AuditEntry.action == "tenant.created"))
    assert creation.actor_kind == "operator"


@pytest.mark.parametrize(
    "form",
    [
        {"code": "VINHPHUC", "name": "Một tỉnh khác"},
        {"code": "thường", "name": "Một tỉnh khác"},
        {"code": "PHUTHO", "name": " "},
    ],
)
def test_a_bad_tenant_is_refused(province, at_work, form):
    page = at_work.submit("/admin/tenants/new", form)

    assert page.status_code == 422
    assert set(tenants()) == {"VINHPHUC"}


def test_a_tenant_is_renamed_and_its_trail_says_by_whom(app, province, at_work):
    with app.test_request_context():
        g.tenant_id = 0
        path = f"/admin/tenants/{seal_id('tenant', province.context.tenant_id)}"

    form = {"name": "Đảng bộ tỉnh Vĩnh Phúc", "code": "KHAC"}
    assert at_work.submit(path, form).status_code == 303

    assert tenants() == {"VINHPHUC": "Đảng bộ tỉnh Vĩnh Phúc"}
    [renaming] = inside(
        province.context.tenant_id,
        select(AuditEntry).where(AuditEntry.action == "tenant.renamed"),
    )
    assert (renaming.actor_kind, renaming.after) == (
        "operator",
        {"name": "Đảng bộ tỉnh Vĩnh Phúc"},
    )


def test_no_user_of_a_tenant_manages_tenants(province, client, sign_in):
    sign_in(client, "quantri")

    assert client.get("/admin/tenants/").status_code == 403
    assert client.submit("/admin/tenants/new", {"code": "PHUTHO", "name": "x"}).status_code == 403
    assert set(tenants()) == {"VINHPHUC"}
