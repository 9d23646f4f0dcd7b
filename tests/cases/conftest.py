"""A commune with cells, in the middle of a province; and another commune."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import event

from app.core import clock
from app.core.database import db
from app.tenants.commands import create_tenant
from app.units.queries import unit_by_code
from app.units.rows import UnitRow
from tests.factories.units import import_lines

TODAY = date(2022, 10, 31)


@dataclass(frozen=True)
class Tree:
    """Units of a test, by code; V cells are village cells, S1 is a school's."""

    context: object

    def __getitem__(self, code) -> UnitRow:
        return unit_by_code(self.context, code)


@pytest.fixture(autouse=True)
def _on_a_day():
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def context(app_context):
    """A province with two communes, their cells, and today held at 31 October 2022."""
    context = create_tenant("VINHPHUC", "Tỉnh Vĩnh Phúc")
    plant(context)
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


def plant(context):
    """Give a tenant the tree of these tests."""
    import_lines(
        context,
        "T,,province,Tỉnh ủy",
        "H,T,district,Huyện ủy Vĩnh Tường",
        "X1,H,commune,Đảng bộ xã Ngũ Kiên",
        "X2,H,commune,Đảng bộ xã Lũng Hoà",
        "V1,X1,cell,Chi bộ thôn An Lão,village_cell",
        "V2,X1,cell,Chi bộ thôn Đồi,village_cell",
        "S1,X1,cell,Chi bộ Trường THCS,school_cell",
        "V3,X2,cell,Chi bộ thôn Trung,village_cell",
    )
