import json

import pytest
from sqlalchemy import select

from app.core.database import db
from app.tenants.models import Tenant


@pytest.fixture
def run(app):
    return app.test_cli_runner().invoke


def test_a_tenant_is_created_and_listed(app_context, run):
    created = run(args=["tenants", "create", "VINHPHUC", "Đảng bộ tỉnh Vĩnh Phúc"])

    assert created.exit_code == 0, created.output
    listed = run(args=["tenants", "list", "--format", "json"])
    assert json.loads(listed.stdout) == [
        {"code": "VINHPHUC", "name": "Đảng bộ tỉnh Vĩnh Phúc", "units": 0, "people": 0}
    ]


def test_every_tenant_is_counted_in_its_own_context(other_province, province, run):
    listed = json.loads(run(args=["tenants", "list", "--format", "json"]).stdout)

    assert [(row["code"], row["units"]) for row in listed] == [("HOABINH", 5), ("VINHPHUC", 5)]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("VĨNHPHÚC", "Vĩnh Phúc"),
        ("", "Vĩnh Phúc"),
        ("VINH PHUC", "x"),
        ("V" * 41, "x"),
        ("VINHPHUC", " "),
    ],
)
def test_a_bad_tenant_is_refused_and_not_kept(app_context, run, code, name):
    result = run(args=["tenants", "create", code, name])

    assert result.exit_code == 1
    assert result.stdout == ""
    assert db.session.scalars(select(Tenant.id)).all() == []


@pytest.mark.parametrize("code", ["quang-nam", "P_26", "T1.2025", "V", "26"])
def test_a_code_is_letters_digits_and_signs(app_context, run, code):
    created = run(args=["tenants", "create", code, "Tỉnh"])

    assert created.exit_code == 0, created.output
    assert db.session.scalars(select(Tenant.code)).all() == [code]


@pytest.mark.parametrize("code", ["VINHPHUC", "vinhphuc"])
def test_a_taken_code_is_refused(province, run, code):
    result = run(args=["tenants", "create", code, "Một tỉnh khác"])

    assert result.exit_code == 1
    assert "đã có" in result.stderr


def test_a_refusal_is_one_line_wherever_the_command_runs(app):
    result = app.test_cli_runner().invoke(args=["units", "tree", "--tenant", "NOPE"])

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Không có đảng bộ nào mang mã “NOPE”.\n"


def test_lists_without_tenants_are_lists(app_context, run):
    assert json.loads(run(args=["tenants", "list", "--format", "json"]).stdout) == []
