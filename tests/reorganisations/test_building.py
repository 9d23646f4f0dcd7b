"""Building a reorganisation on screen, previewing, applying by a worker, and undoing it."""

import io
import re

import pytest
from sqlalchemy import text

from app.accounts.rules import Role
from app.core.database import apply_context, db
from app.reorganisations.jobs import AT_WORK, carry_out_reorganisations
from app.tenants.commands import create_tenant
from app.units.dated import tree_as_of
from app.units.queries import unit_by_code
from tests.factories.accounts import make_user
from tests.factories.cases import import_rows
from tests.factories.people import cells_of_people
from tests.factories.reorganisations import ON, reorganisation_csv
from tests.factories.units import import_lines
from tests.fixtures.accounts import new_browser

TREE = (
    "P,,province,Tỉnh thử",
    *(f"C{number},P,commune,Xã {number}" for number in (1, 2, 3)),
    *(f"B{number},C{number},cell,Chi bộ {number},village_cell" for number in (1, 2, 3)),
    "B4,C3,cell,Chi bộ 4,village_cell",
)


@pytest.fixture
def province(app_context):
    """A province with two people in each cell, admitted before and after the day."""
    context = create_tenant("THU", "Tỉnh thử", clock_on=ON.replace(month=9))
    import_lines(context, *TREE)
    import_rows(
        context,
        *(
            {
                "person_code": f"{cell}/{month}",
                "full_name": f"Người {cell} {month}",
                "cell_code": cell,
                "listed_on": "2025-01-05",
                "decision_no": f"{cell}{month}",
                "decision_on": f"2025-{month:02}-01",
            }
            for cell in ("B1", "B2", "B3", "B4")
            for month in (3, 8)
        ),
    )
    make_user(context, "tinh", unit_by_code(context, "P").id, Role.COMMITTEE)
    db.session.commit()
    return context


@pytest.fixture
def browser(app, province, sign_in):
    browser = new_browser(app)
    sign_in(browser, "tinh")
    return browser


def begun(browser, *lines):
    """Begin a draft, from a file or empty; return its address."""
    page = browser.get("/reorganisations/new").text
    key = re.search(r'name="client_key" value="([^"]+)"', page)[1]
    sent = {"decision_no": "1-QĐ/TU", "effective_on": "01/07/2025", "share_by": "cells"}
    if lines:
        sent["file"] = (io.BytesIO(reorganisation_csv(*lines)), "sap-xep.csv")
    answer = browser.submit("/reorganisations/new", sent | {"client_key": key})
    assert answer.status_code == 303, answer.text
    return answer.location


def done(browser, address, what):
    answer = browser.submit(f"{address}/{what}")
    assert answer.status_code == 303, answer.text
    carry_out_reorganisations()
    return browser.get(address).text


def tree(context):
    db.session.rollback()
    apply_context(db.session(), context.for_database)
    found = {row.unit.code: row.parent_code for row in tree_as_of(context, context.today)}
    db.session.rollback()
    return found


def test_the_units_to_merge_are_chosen_by_name_below_any_unit(browser):
    address = f"{begun(browser)}/add/merge"

    at_first = browser.get(address).text
    elsewhere = browser.submit(address, {"look": "1", "under": "C1", "old_codes": ["C2"]}).text
    nowhere = browser.submit(address, {"look": "1", "under": "KHONGCO"}).text

    assert all(f"Xã {number} · C{number}" in at_first for number in (1, 2, 3))
    assert "checked" not in at_first
    assert re.search(r'<input[^>]*checked[^>]*value="C2"', elsewhere)
    assert "C3 " not in elsewhere
    assert "Không có tổ chức mang mã này." in nowhere
    assert "Hãy chọn ít nhất một tổ chức." in browser.submit(address, {"new_code": "N1"}).text


@pytest.mark.parametrize("codes", [["C1\x00", "C\x002"], ["C1", "KHONGCO", "KHONGCO"], ["C1", ""]])
def test_whatever_is_sent_as_a_choice_to_merge_is_answered(browser, codes):
    address = f"{begun(browser)}/add/merge"
    sent = {"old_codes": codes, "new_code": "N1", "new_name": "Xã Mới"}

    assert browser.submit(address, {**sent, "look": "1"}).status_code == 200
    assert browser.submit(address, sent).status_code in {303, 422}


def test_a_merge_and_a_split_are_built_previewed_applied_and_undone(app, province, browser):
    before_tree = tree(province)
    address = begun(browser)
    for kind, fields in (
        (
            "merge",
            {"old_codes": ["C1", "C2"], "new_code": "N1", "new_name": "Xã Mới"},
        ),
        (
            "split",
            {
                "old_code": "C3",
                "code_1": "N2",
                "name_1": "Xã Trên",
                "code_2": "N3",
                "name_2": "Xã Dưới",
            },
        ),
        (
            "create",
            {
                "new_code": "N4",
                "new_name": "Đặc khu",
                "new_parent_code": "P",
                "level": "commune",
                "kind": "commune_committee",
            },
        ),
    ):
        answer = browser.submit(f"{address}/add/{kind}", fields)
        assert answer.status_code == 303, answer.text
    page = browser.get(address).text
    route = re.search(r'href="([^"]*/split/\d+)"', page)[1]
    below = browser.get(route).text
    place = re.search(r'for="to-(\d)">Chi bộ 4', below)[1]
    browser.submit(route, {f"to-{place}": "N3", f"to-{1 - int(place)}": "N2"})

    previewed = browser.submit(f"{address}/preview")
    assert previewed.status_code == 303, previewed.text
    page = browser.get(address).text
    assert "Đã xem trước" in page
    assert "Xã Mới" in page
    assert tree(province) == before_tree

    applied = done(browser, address, "apply")
    assert "Đã thực hiện" in applied
    assert tree(province) == {
        **dict.fromkeys(("P",)),
        "N1": "P",
        "N2": "P",
        "N3": "P",
        "N4": "P",
        "B1": "N1",
        "B2": "N1",
        "B3": "N2",
        "B4": "N3",
    }

    undone = done(browser, address, "undo")
    assert "Đã hoàn tác" in undone
    assert tree(province) == before_tree


def test_a_unit_that_stays_is_told_by_what_it_was_and_becomes(app, province, browser):
    address = begun(
        browser, "C1,,C1,Xã Đổi Tên,P,whole,1", "C2,,N2,Xã 2,P,whole,1", "B4,,B4,Ấp 4,N2,whole,1"
    )

    browser.submit(f"{address}/preview")

    said = re.sub(r"<[^>]+>|\s+", " ", browser.get(address).text)
    said = re.sub(" +", " ", said)
    assert "Xã 1 C1 thành Xã Đổi Tên (C1)" in said
    assert "Xã 2 C2 thành Xã 2 (N2)" in said
    assert "Chi bộ 4 B4 thành Ấp 4 (B4); từ Xã 3 (C3) về Xã 2 (N2)" in said


def test_who_receives_under_another_name_is_one_of_the_merged_and_cells_go_along(browser):
    address = begun(browser, "C1,,C1,Xã Chung,P,whole,1", "C2,,C1,Xã Chung,P,whole,0")

    browser.submit(f"{address}/preview")

    said = re.sub(r"(<[^>]+>|\s)+", " ", browser.get(address).text)
    assert "Xã Chung C1 Xã 1 (C1); Xã 2 (C2)" in said
    assert "Theo cấp trên: 1 " in said
    assert "Xã 2 (C2) 1 tổ chức theo về Xã Chung (C1)" in said


def test_who_watches_the_worker_is_led_to_the_whole_page_when_it_has_ended(app, province, browser):
    address = begun(browser, "C1,,N1,Xã Mới,P,whole,1")
    watching = {"HX-Request": "true", "HX-Trigger": "reorganisation"}
    browser.submit(f"{address}/preview")
    browser.submit(f"{address}/apply")

    at_work = browser.get(address, headers=watching)
    carry_out_reorganisations()
    ended = browser.get(address, headers=watching)

    assert 'hx-trigger="every 2s"' in at_work.text
    assert ended.headers["HX-Redirect"] == address


def test_people_of_a_split_cell_are_routed_one_by_one(app, province, browser):
    address = begun(browser, "B1,,X1,Chi bộ X1,C1,part,1", "B1,,X2,Chi bộ X2,C1,part,0")
    route = re.search(r'href="([^"]*/split/\d+)"', browser.get(address).text)[1]
    page = browser.get(route).text
    place = re.search(r'for="to-(\d)">Người B1 8', page)[1]
    browser.submit(route, {f"to-{place}": "X2"})
    browser.submit(f"{address}/preview")

    applied = done(browser, address, "apply")

    assert "Đã thực hiện" in applied
    assert cells_of_people(province, "B1") == {"B1/3": "X1", "B1/8": "X2"}
    done(browser, address, "undo")
    assert cells_of_people(province, "B1") == {"B1/3": "B1", "B1/8": "B1"}


def test_what_is_wrong_is_told_and_nothing_changes(app, province, browser):
    address = begun(browser, "C1,,N1,Xã Mới,KHONG,whole,1")

    answer = browser.submit(f"{address}/preview")

    assert answer.status_code == 422
    assert "KHONG" in answer.text
    refused = browser.submit(f"{address}/apply")
    assert refused.status_code == 409
    wrong = browser.submit(f"{address}/add/close", {"old_code": "KHONGCO"})
    assert wrong.status_code == 422
    assert "KHONGCO" in wrong.text or "Không có tổ chức nào" in wrong.text


def test_a_worker_leaves_a_tenant_to_the_one_that_is_at_it(app, province, browser):
    before = tree(province)
    address = begun(browser, "C1,,N1,Xã Mới,P,whole,1", "C2,,N1,Xã Mới,P,whole,1")
    browser.submit(f"{address}/preview")

    with db.engine.begin() as another:
        another.execute(
            text("SELECT pg_advisory_xact_lock(:work, :tenant)"),
            {"work": AT_WORK, "tenant": province.tenant_id},
        )
        done(browser, address, "apply")
        left = tree(province)
    carry_out_reorganisations()

    assert left == before
    assert tree(province)["B1"] == "N1"


def test_a_worker_renames_the_topmost_unit_and_the_tenant_that_is_called_as_it(browser):
    address = begun(browser, "P,,NP,Tỉnh Hợp Nhất,,whole,1")
    browser.submit(f"{address}/preview")

    applied = done(browser, address, "apply")
    called = browser.get("/reorganisations").text
    undone = done(browser, address, "undo")

    assert "Đã thực hiện" in applied
    assert "Tỉnh Hợp Nhất" in called
    assert "Đã hoàn tác" in undone
    assert "Tỉnh Hợp Nhất" not in browser.get("/reorganisations").text
