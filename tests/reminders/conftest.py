"""The small province with quotas at two levels, people admitted, and users who write and read."""

from datetime import date

import pytest

from app.cases.rules import StepKind
from app.core.database import db
from app.rollups.commands import fold
from tests.factories.accounts import make_user
from tests.factories.cases import make_person
from tests.factories.quotas import give_quotas
from tests.quotas.conftest import make_province


def admit(province, cell, number, on):
    """Record some admissions of a day in a cell."""
    steps = {StepKind.LISTED: date(2021, 3, 1), StepKind.DECISION: on}
    for one in range(number):
        make_person(province.context, province[cell], f"Người {cell} {on} {one}", steps=steps)


@pytest.fixture
def province(app_context):
    """P gives D1 40 and D2 5; D1 gives C1 10 and C2 8. C1 has six, folded; then one in October."""
    province = make_province()
    give_quotas(province.context, "P", {"D1": 40, "D2": 5})
    give_quotas(province.context, "D1", {"C1": 10, "C2": 8})
    admit(province, "B1", 6, date(2022, 5, 19))
    while fold(province.context):
        pass
    admit(province, "B2", 1, date(2022, 10, 20))
    for code, name, role in (
        ("P", "tinh", "committee"),
        ("D1", "huyen", "committee"),
        ("D1", "theodoi", "monitor"),
        ("C1", "xa", "clerk"),
        ("P", "quantri", "tenant_administrator"),
    ):
        make_user(province.context, name, province[code].id, role)
    db.session.commit()
    return province
