"""The tree of the tests of people, with a clerk of one of its communes."""

from dataclasses import replace

import pytest

from app.core import clock
from app.core.database import apply_context, db
from app.intake.commands import send_file
from app.intake.jobs import advance
from app.tenants.commands import create_tenant
from app.tenants.context import Actor, Scope
from tests.cases.conftest import TODAY, Tree, plant
from tests.factories.accounts import make_user


@pytest.fixture(autouse=True)
def _on_a_day():
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def context(app_context):
    context = create_tenant("VINHPHUC", "Tỉnh Vĩnh Phúc")
    plant(context)
    return context


@pytest.fixture
def tree(context):
    return Tree(context)


@pytest.fixture
def clerk(context, tree):
    """The context of the clerk of commune X1, committed and open again."""
    unit = tree["X1"]
    number = make_user(context, "xa", unit.id, "clerk")
    db.session.commit()
    return within(replace(context, actor=Actor("user", number, "Cán bộ xã"), unit_id=unit.id), unit)


def within(context, unit):
    """Act for a unit: in the program's own context and in the database's."""
    scoped = replace(context, scope=Scope.under(unit.path))
    apply_context(db.session(), scoped.for_database)
    return scoped


@pytest.fixture
def send(clerk, tree):
    """Send a file for commune X1 and have it checked."""

    def send_and_check(content, name="danh-sach.csv"):
        file_id = send_file(clerk, tree["X1"].id, name, content)
        db.session.commit()
        work(clerk, file_id)
        return file_id

    return send_and_check


def work(context, file_id):
    """Do what a worker does with a file until nothing is left; the batches it took."""
    db.session.commit()
    batches = 1
    while advance(context.tenant_code, file_id):
        batches += 1
    apply_context(db.session(), context.for_database)
    return batches
