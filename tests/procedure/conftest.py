"""The tree of the tests of cases, with today held at 31 October 2026, under the newest law."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import event

from app.core import clock
from app.core.database import db
from app.tenants.commands import create_tenant
from app.tenants.context import Actor
from app.units.queries import unit_by_code
from tests.factories.units import import_lines

TODAY = date(2026, 10, 31)


class Tree:
    """Units of a test, by code."""

    def __init__(self, context):
        self.context = context

    def __getitem__(self, code):
        return unit_by_code(self.context, code)


@pytest.fixture(autouse=True)
def _on_a_day():
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def context(app_context):
    context = create_tenant("VINHPHUC", "Tỉnh Vĩnh Phúc", actor=Actor("user", 7, "Thư ký"))
    import_lines(
        context,
        "T,,province,Tỉnh ủy",
        "X1,T,commune,Đảng ủy xã Ngũ Kiên",
        "X2,T,commune,Đảng ủy xã Lũng Hoà",
        "V1,X1,cell,Chi bộ thôn An Lão,village_cell",
        "V2,X1,cell,Chi bộ thôn Đồi,village_cell",
        "V3,X2,cell,Chi bộ thôn Trung,village_cell",
        "S1,X1,cell,Chi bộ Trường THCS,school_cell",
    )
    return context


@pytest.fixture
def tree(context):
    return Tree(context)


@dataclass
class Statements:
    """How many statements a block has sent."""

    count: int = 0


@pytest.fixture
def count_statements(app_context):
    """Count the statements of a block: `with count_statements() as sent`."""

    @contextmanager
    def counting():
        sent = Statements()

        def note(*_):
            sent.count += 1

        event.listen(db.engine, "after_cursor_execute", note)
        yield sent
        event.remove(db.engine, "after_cursor_execute", note)

    return counting
