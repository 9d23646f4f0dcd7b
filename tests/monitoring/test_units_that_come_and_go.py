"""What pages of figures say of a unit on a tree where it does not stand, or not all the time."""

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
from tests.factories.cases import import_rows
from tests.factories.reorganisations import ON, reorganise
from tests.factories.units import import_lines
from tests.fixtures.accounts import new_browser

PAGES = ("attainment", "ranking", "multiples", "treemap", "breakdown", "forecast", "watch")


@pytest.fixture
def province(app_context):
    """A district has ended; two of its communes are a new one, one has received another.

    Each has two admissions in each year.
    """
    context = create_tenant("THU", "Tỉnh thử", clock_on=ON.replace(month=9))
    import_lines(
        context,
        "P,,province,Tỉnh",
        "D,P,district,Huyện Cũ",
        *(f"C{number},D,commune,Xã {number}" for number in range(1, 5)),
        *(f"B{number},C{number},cell,Chi bộ {number},village_cell" for number in range(1, 5)),
    )
    import_rows(
        context,
        *(
            {
                "person_code": f"{cell}/{year}/{number}",
                "cell_code": cell,
                "listed_on": f"{year}-01-02",
                "decision_no": f"{cell}{year}",
                "decision_on": f"{year}-03-01",
            }
            for cell in ("B1", "B2", "B3", "B4")
            for year in (2023, 2024, 2025)
            for number in range(2)
        ),
    )
    reorganise(
        context,
        "D,,,,,close,",
        *(f"C{number},,N,Xã Mới,P,whole,1" for number in (1, 2)),
        *(f"C{number},,C3,Xã 3,P,whole,1" for number in (3, 4)),
    )
    make_user(context, "tinh", unit_by_code(context, "P").id, Role.COMMITTEE)
    db.session.commit()
    return context


@pytest.fixture
def read(app, province, sign_in):
    """Return a function that reads a page of figures of a unit."""
    ids = OpaqueIds(app.config["SECRET_KEY"])
    rows = db.session.execute(
        select(Unit.code, Unit.id).where(Unit.tenant_id == province.tenant_id)
    )
    units = {row.code: row.id for row in rows}
    db.session.rollback()
    browser = new_browser(app)
    sign_in(browser, "tinh")

    def read(code, page="attainment", **asked):
        sealed = ids.seal("unit", units[code], province.tenant_id)
        answer = browser.get(f"/units/{sealed}/{page}", query_string=asked)
        assert answer.status_code == 200, answer.text
        return answer.text

    return read


@pytest.mark.parametrize("page", PAGES)
def test_a_unit_that_had_not_begun_names_its_predecessors_and_shows_no_figure(read, page):
    text = read("N", page, period="2024", tree="then")

    assert "chưa có tổ chức này" in text
    assert "01/07/2025" in text
    assert "Xã 1" in text
    assert "Xã 2" in text
    assert "tree=now" in text
    assert "giảm" not in text


def test_restated_it_has_what_its_predecessors_had_and_says_so(read):
    text = read("N", period="2024", tree="now")

    assert "4 người" in text
    assert "bằng cùng kỳ năm 2023" in text
    assert "quy về tổ chức hiện nay" in text
    assert "Cùng kỳ năm trước chưa có tổ chức này" in text
    assert "theo tổ chức lúc đó" not in text


def test_a_unit_that_has_ended_names_its_heir(read):
    after = read("C1", period="2025", tree="now")
    before = read("C1", period="2024", tree="then")

    assert "đã kết thúc ngày 01/07/2025" in after
    assert "Xã Mới" in after
    assert "2 người" in before
    assert "bằng cùng kỳ năm 2023" in before


def test_the_year_in_which_a_unit_ended_or_began_is_compared_with_none(read):
    ended, begun = read("C1", period="2025"), read("N", period="2025", tree="then")

    assert "kết thúc ngày 01/07/2025" in ended
    assert "được lập ngày 01/07/2025" in begun
    for text in (ended, begun):
        assert "không so với cùng kỳ" in text
        assert "so với cùng kỳ năm" not in text


@pytest.mark.parametrize("page", ["attainment", "ranking"])
def test_a_district_that_has_ended_has_last_year_what_it_had_itself(read, page):
    text = read("P", page, period="2024", tree="then")

    row = re.search(r"<tr>(?:(?!</tr>).)*Huyện Cũ.*?</tr>", text, re.DOTALL)[0]
    numbers = re.findall(r">\s*(\d+)\s*<", row)
    assert numbers.count("8") == 2


def test_a_year_before_others_came_is_compared_on_mapped_units_on_both_sides(read):
    text = read("C3", period="2024", tree="then")

    assert "2 người, chưa có chỉ tiêu" in text
    assert "bằng cùng kỳ năm 2023" in text
    assert "kỳ này 4, cùng kỳ 4" in text
    assert "theo tổ chức lúc đó là 2" in text
