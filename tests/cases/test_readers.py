"""Who has read a person is shown to those who oversee; the trail's words are all known."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import g, url_for

from app.accounts.rules import Role
from app.audit.commands import Change, record
from app.casework.history import ACTIONS
from app.casework.readings import readings
from app.core.database import apply_context, db
from app.factory import metadata
from app.privacy.commands import reveal
from app.tenants.context import Actor
from app.web.opaque import seal_id
from tests.factories.accounts import make_user
from tests.factories.cases import make_person

APP = Path(__file__).parents[2] / "app"
SAID = re.compile(r'"((?:person|case|step)\.[a-z_]+)"')


def test_every_action_on_a_person_has_words():
    columns = {
        f"{table}.{column}"
        for table in ("person", "step")
        for column in [*metadata().tables[table].columns.keys()]
    }
    said = {
        action
        for path in APP.rglob("*.py")
        for action in SAID.findall(path.read_text(encoding="utf-8"))
    }

    assert said - columns <= ACTIONS.keys()


@pytest.fixture
def read(province):
    """A person whom the commune looked at, and lists taken at the top and beside the way."""
    number = make_person(province.context, province.cell, "Nguyễn Thị Đọc")
    looker = replace(province.context, actor=Actor("user", province.users["xa"], "Cán bộ xã"))
    reveal(
        replace(looker, on_behalf_of=Actor("user", province.users["huyen"], "Bí thư vắng")),
        number,
        "đối chiếu hồ sơ",
    )
    for unit, name in ((province.top, "Người cấp trên"), (province.other_district, "Người ngoài")):
        context = replace(province.context, actor=Actor("user", None, name))
        after = {"table": "people", "rows": 3}
        record(context, Change("people.exported", "unit", unit.id, after=after, path=unit.path))
    operator = replace(province.context, actor=Actor("operator", 1, "Người vận hành"))
    g.tenant_id = province.context.tenant_id
    address = f"/people/{seal_id('person', number)}/summary"
    after = {"page": "cases.summary", "address": address}
    record(operator, Change("operator.looked", "operator", 1, after=after))
    db.session.commit()
    return number


def test_who_oversees_reads_who_has_read(*, app, client, sign_in, province, read):
    make_user(province.context, "vanthu", province.commune.id, Role.CLERK)
    db.session.commit()
    with app.test_request_context():
        g.tenant_id = province.context.tenant_id
        pages = [
            url_for(f"cases.{name}", person_id=read)
            for name in ("person_readers", "person_history")
        ]

    sign_in(client, "vanthu")
    readers, history = (client.get(page).text for page in pages)

    assert "Cán bộ xã làm thay Bí thư vắng" in readers
    assert "đối chiếu hồ sơ" in readers
    assert "đối chiếu hồ sơ" not in history
    assert "Người cấp trên" in readers
    assert province.top.name in readers
    assert "Người ngoài" not in readers
    assert "Người vận hành xem trang của người này" in readers
    sign_in(client, "chibo")
    assert client.get(pages[0]).status_code == 403
    assert client.get(pages[1]).status_code == 200


def test_lists_taken_before_the_person_was_recorded_are_not_told(app, province):
    taken = replace(province.context, actor=Actor("user", None, "Người cấp trên"))
    top = province.top
    record(taken, Change("people.exported", "unit", top.id, after={}, path=top.path))
    db.session.commit()
    apply_context(db.session(), province.context.for_database)
    number = make_person(province.context, province.cell)
    db.session.commit()

    with app.test_request_context():
        g.tenant_id = province.context.tenant_id
        assert readings(province.context, number, province.cell.path) == ()
