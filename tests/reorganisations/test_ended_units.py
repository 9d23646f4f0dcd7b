"""Units that have ended keep their page and their papers, to be read and not to be changed."""

import re

import pytest
from sqlalchemy import select

from app.accounts.rules import Role
from app.core.database import db
from app.tenants.commands import create_tenant
from app.units.models import Unit
from app.units.queries import unit_by_code
from app.web.opaque import OpaqueIds
from tests.factories.accounts import make_user
from tests.factories.quotas import give_quotas
from tests.factories.reorganisations import ON, reorganise
from tests.factories.units import import_lines
from tests.fixtures.accounts import new_browser

QUESTION = "period=2025&measure=admission"


@pytest.fixture
def province(app_context):
    """A district that gave quotas to two communes; it ended, they merged, the root was renamed."""
    context = create_tenant("THU", "Tỉnh thử", clock_on=ON.replace(month=9))
    import_lines(
        context,
        "P,,province,Tỉnh ủy Cũ",
        "D,P,district,Huyện ủy Cũ",
        *(f"C{number},D,commune,Xã {number}" for number in (1, 2)),
        *(f"B{number},C{number},cell,Chi bộ {number},village_cell" for number in (1, 2)),
    )
    stated = {"period": 2025, "decided_on": "2025-01-05", "reason": "dự phòng"}
    give_quotas(context, None, {"P": 30}, **stated)
    give_quotas(context, "P", {"D": 20}, **stated)
    give_quotas(context, "D", {"C1": 5, "C2": 6}, **stated)
    reorganise(
        context,
        "P,,P,Tỉnh ủy Mới,,whole,",
        "D,,,,,close,",
        "C1,,N,Xã Mới,P,whole,1",
        "C2,,N,Xã Mới,P,whole,1",
    )
    make_user(context, "tinh", unit_by_code(context, "P").id, Role.COMMITTEE)
    db.session.commit()
    return context


@pytest.fixture
def district(app, province):
    """Return the address of the district that has ended."""
    found = db.session.scalars(
        select(Unit.id).where(Unit.tenant_id == province.tenant_id, Unit.code == "D")
    ).one()
    db.session.rollback()
    sealed = OpaqueIds(app.config["SECRET_KEY"]).seal("unit", found, province.tenant_id)
    return f"/units/{sealed}"


@pytest.fixture
def browser(app, province, sign_in):
    browser = new_browser(app)
    sign_in(browser, "tinh")
    return browser


def links(text, part):
    return [link.replace("&amp;", "&") for link in re.findall(rf'href="([^"]*{part}[^"]*)"', text)]


def test_its_page_leads_to_its_board_its_versions_and_their_annex(browser, district):
    page = browser.get(district).text
    board_link, *_ = links(page, f"{district}/quotas")
    board = browser.get(board_link).text
    version_link, *_ = links(board, "/quotas/versions/")
    version = browser.get(version_link).text
    annex_link, *_ = links(version, "/annex")
    annex = browser.get(annex_link)

    assert "period=2025" in version_link
    assert "Tổ chức này đã kết thúc" in board
    assert district in board
    assert "Xã 1" in version
    assert annex.status_code == 200
    assert "HUYỆN ỦY CŨ" in annex.text.upper()
    assert "TỈNH ỦY CŨ" in annex.text.upper()
    for file in links(annex.text, r"annex\."):
        assert browser.get(file).status_code == 200


def test_its_board_cannot_be_changed(browser, district):
    board = browser.get(f"{district}/quotas?{QUESTION}").text

    refused = browser.submit(f"{district}/quotas?{QUESTION}", {"seen": "1.0", "was": ""})

    assert "data-board" not in board
    assert refused.status_code in {403, 404}


def test_its_history_leads_to_whom_it_stood_under_and_who_stood_below(browser, district):
    page = browser.get(district).text

    assert "Tỉnh ủy Mới" in page
    for link in links(page, "/units/"):
        assert browser.get(link).status_code in {200, 303}, link


@pytest.mark.parametrize("table", ["attainment", "breakdown", "ranking"])
def test_its_tables_are_sent_as_files(browser, district, table):
    page = browser.get(f"{district}/{table}?{QUESTION}").text
    files = links(page, r"\.(?:xlsx|csv)")

    assert files
    for file in files:
        assert browser.get(file).status_code in {200, 303}, file
        assert browser.get(f"{file}&tree=now").status_code == 422, file
