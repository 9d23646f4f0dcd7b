"""The pages of figures answer whatever period and day their address asks for."""

import pytest

from app.web.opaque import OpaqueIds


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
