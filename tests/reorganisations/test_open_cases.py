"""Open cases go on after a reorganisation: by the new law, decided in the new structure."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from app.accounts.rules import Role
from app.cases.rules import StepKind
from app.core.database import apply_context, db, mark_audited
from app.procedure.deciding import deciding_committees
from app.procedure.queries import case_state, law
from app.procedure.rules import deadline
from app.procedure.todo import todo
from app.tenants.commands import create_tenant
from app.tenants.context import COMMAND_LINE, load_context
from app.tenants.models import Setting
from app.units.queries import unit_by_code
from app.web.opaque import OpaqueIds
from tests.factories.accounts import make_user
from tests.factories.cases import make_person
from tests.factories.reorganisations import ON, reorganise
from tests.factories.units import import_lines
from tests.fixtures.accounts import new_browser

WAITING = {
    StepKind.LISTED: date(2024, 1, 5),
    StepKind.CELL_RESOLUTION: date(2025, 6, 20),
    StepKind.COMMITTEE_RESOLUTION: date(2025, 6, 25),
}
DUE_ON = date(2025, 9, 16)
"""60 working days after the cell's resolution of 20 June; 1 and 2 September are none."""


@pytest.fixture
def province(app_context):
    """The day before: a case that waits for a decision below a district, one below the province."""
    context = create_tenant("THU", "Tỉnh thử", clock_on=ON - timedelta(1))
    import_lines(
        context,
        "P,,province,Đảng bộ tỉnh",
        "D,P,district,Đảng bộ huyện",
        *(f"C{number},D,commune,Đảng bộ xã {number}" for number in (1, 2)),
        *(f"B{number},C{number},cell,Chi bộ {number},village_cell" for number in (1, 2)),
        "A1,P,cell,Chi bộ cơ quan,agency_cell",
    )
    for cell in ("B1", "A1"):
        make_person(context, unit_by_code(context, cell), f"Người {cell}", steps=WAITING)
    make_user(context, "xa", unit_by_code(context, "C1").id, Role.CLERK)
    db.session.commit()
    apply_context(db.session(), context.for_database)
    return context


def on_the_day(context):
    """Reorganise: the district has ended, two communes are one; return the context of the day."""
    db.session.execute(
        update(Setting).where(Setting.tenant_id == context.tenant_id).values(clock_on=ON)
    )
    mark_audited(db.session())
    context = load_context(context.tenant_id, COMMAND_LINE)
    merged = "N,Đảng bộ xã Mới,P,whole,1"
    reorganise(context, "D,,,,,close,", f"C1,,{merged}", f"C2,,{merged}")
    return context


def decides(context):
    """Return who decides on what waits, by the name of the person."""
    lines = todo(context, unit_by_code(context, "P")).lines
    return {line.full_name: line.decided_by for line in lines}


def test_the_committee_that_decides_is_that_of_the_new_law_and_structure(province):
    before = decides(province)
    after = decides(on_the_day(province))

    assert before == {"Người B1": "Đảng bộ huyện", "Người A1": "Đảng bộ tỉnh"}
    assert after == {"Người B1": "Đảng bộ xã Mới", "Người A1": "Đảng bộ tỉnh"}


def test_a_commune_decides_from_the_day_of_the_law_even_while_a_district_stands(province):
    cell = unit_by_code(province, "B1")
    rules = law(province)

    names = [
        deciding_committees(province, (cell.path,), rules.on(day))[cell.path]
        for day in (ON - timedelta(1), ON)
    ]

    assert names == ["Đảng bộ huyện", "Đảng bộ xã 1"]


def test_the_term_of_a_case_goes_on_and_it_waits_for_its_new_clerk(app, province, sign_in):
    (line,) = todo(province, unit_by_code(province, "C1")).lines
    context = on_the_day(province)
    state = case_state(context, line.person_id)
    new = unit_by_code(context, "N")
    db.session.commit()

    browser = new_browser(app)
    sign_in(browser, "xa")
    ids = OpaqueIds(app.config["SECRET_KEY"])
    waiting = browser.get(f"/units/{ids.seal('unit', new.id, context.tenant_id)}/todo").text
    person = browser.get(re.search(r'href="(/people/[^"/]+)(?:/[^"]*)?"', waiting)[1]).text

    assert line.deadline.due_on == DUE_ON
    assert deadline(state.dates, law_of(context)).due_on == DUE_ON
    assert state.path.startswith(new.path)
    assert state.dates == WAITING
    for page in (waiting, person):
        assert "Ban thường vụ Đảng bộ xã Mới" in page
    assert "Quyết định kết nạp" in person


def law_of(context):
    apply_context(db.session(), context.for_database)
    return law(context)
