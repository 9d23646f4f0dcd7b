"""The pages of figures answer whatever period and day their address asks for."""

import pytest

from app.core.database import db
from app.web.opaque import OpaqueIds
from tests.factories.units import make_cell


@pytest.fixture
def address(app, province):
    """Return a function that gives the address of a unit's page of figures."""
    ids = OpaqueIds(app.config["SECRET_KEY"])

    def of(unit, page):
        return f"/units/{ids.seal('unit', unit.id, province.context.tenant_id)}/{page}"

    return of


@pytest.fixture
def committee(province, client, sign_in):
    """The browser of the province's committee, and the units whose pages it opens."""
    sign_in(client, "tinh")
    return client, (province.top, province.district, province.cell)


@pytest.mark.parametrize("page", ["attainment", "breakdown"])
@pytest.mark.parametrize(
    "question",
    ["", "period=2099", "period=2022&as_of=31/12/2021", "period=2022-Q3&as_of=2022-01-01&tree=now"],
)
def test_a_day_before_the_period_has_a_page_too(committee, address, page, question):
    browser, units = committee
    for unit in units:
        response = browser.get(f"{address(unit, page)}?{question}")
        assert response.status_code == 200, response.text


def test_children_of_one_name_are_told_apart_by_their_codes(committee, address, province):
    for code, name in (("ZZ1", "Chi bộ thôn Đoài"), ("ZZ2", "Chi bộ thôn Đoài"), ("ZZ3", "Tự")):
        make_cell(province.context, code, province.district, name=name)
    db.session.commit()
    browser, _units = committee

    page = browser.get(f"{address(province.district, 'attainment')}?period=2022").text

    assert page.count("Chi bộ thôn Đoài") == 2
    assert [code in page for code in ("ZZ1", "ZZ2", "ZZ3")] == [True, True, False]
    assert "/attainment.csv" in page
    cell = browser.get(f"{address(province.cell, 'attainment')}?period=2022").text
    assert "/attainment.csv" not in cell
