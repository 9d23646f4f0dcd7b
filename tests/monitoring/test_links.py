"""Behind every number of people stands a list of exactly those people."""

import re
from html import unescape

import pytest

from app.cases.models import Person
from app.core.database import db
from app.procedure.commands import move_person
from app.tenants.commands import create_tenant
from app.units.queries import unit_by_code
from app.web.opaque import OpaqueIds
from tests.factories.accounts import make_user
from tests.factories.cases import import_rows
from tests.factories.quotas import give_quotas
from tests.factories.reorganisations import ON, reorganise
from tests.factories.units import import_lines

PAGES = ("attainment", "ranking", "multiples", "treemap", "breakdown", "forecast", "watch")
LINK = re.compile(r'<a href="([^"]*/people\?[^"]*)">([^<]*)</a>')


@pytest.fixture
def province(app_context):
    """X goes from H1 to H2 in March, somebody from one cell to another, two communes merge."""
    context = create_tenant("THU", "Tỉnh thử", clock_on=ON.replace(month=9))
    import_lines(
        context,
        "P,,province,Tỉnh ủy",
        "H1,P,district,Huyện Một",
        "H2,P,district,Huyện Hai",
        *(f"{code},H1,commune,Xã {code}" for code in ("X", "C1", "C2")),
        *(f"B{code},{code},cell,Chi bộ {code},village_cell" for code in ("X", "C1", "C2")),
        "B2,H2,cell,Chi bộ cơ quan",
    )
    import_rows(
        context,
        *(
            {
                "person_code": f"{cell}/{day}",
                "cell_code": cell,
                "sex": "female" if cell == "BX" else "male",
                "listed_on": f"{int(day[:4]) - 1}-02-01",
                "certificate_on": f"{day[:4]}-01-05",
                "decision_no": f"{cell}{day}",
                "decision_on": day,
            }
            for cell in ("BX", "BC1", "BC2", "B2")
            for day in ("2024-02-02", "2024-08-08", "2025-02-02", "2025-08-08")
        ),
        *(
            {"person_code": f"source-{cell}", "cell_code": cell, "listed_on": "2025-04-01"}
            for cell in ("BX", "BC1", "B2")
        ),
    )
    give_quotas(context, None, {"P": 150}, period=2025, decided_on="2025-01-05")
    give_quotas(context, "P", {"H1": 30, "H2": 90}, period=2025, decided_on="2025-01-05")
    import_lines(context, "X,H2,commune,Xã X", effective=ON.replace(month=3))
    (moving,) = db.session.scalars(
        db.select(Person.id).where(
            Person.tenant_id == context.tenant_id, Person.person_code == "BC2/2025-02-02"
        )
    )
    move_person(context, moving, unit_by_code(context, "B2").id, moved_on=ON.replace(month=5))
    reorganise(context, "C1,,N1,Xã Mới,P,whole,1", "C2,,N1,Xã Mới,P,whole,1")
    make_user(context, "tinh", unit_by_code(context, "P").id, "committee")
    db.session.commit()
    return context


@pytest.fixture
def committee(province, client, sign_in):
    """The browser of the province's committee."""
    sign_in(client, "tinh")
    return client


@pytest.fixture
def numbers_behind(app, province, committee):
    """Return the numbers of a unit's pages, and how many people the list behind each holds."""
    ids = OpaqueIds(app.config["SECRET_KEY"])

    def of(code, question):
        unit = unit_by_code(province, code)
        home = f"/units/{ids.seal('unit', unit.id, province.tenant_id)}"
        for page in PAGES:
            shown = committee.get(f"{home}/{page}?{question}")
            assert shown.status_code == 200, (page, shown.text)
            for address, words in LINK.findall(shown.text):
                listed = committee.get(unescape(address)).text
                number = re.search(r'<p class="number">([\d.]+) người</p>', listed)
                yield page, unescape(address), words.partition("/")[0], number and number[1]

    return of


def test_the_list_behind_a_number_has_as_many_people(numbers_behind):
    followed = [
        found
        for question, codes in (
            ("tree=then", ("P", "H1", "H2")),
            ("tree=now", ("P", "N1")),
            ("as_of=2025-04-15&tree=then", ("P",)),
        )
        for code in codes
        for found in numbers_behind(code, f"period=2025&{question}")
    ]

    assert {page for page, *_rest in followed} == set(PAGES)
    assert any("of=" in address for _page, address, *_rest in followed)
    assert [found for found in followed if found[2] != found[3]] == []
