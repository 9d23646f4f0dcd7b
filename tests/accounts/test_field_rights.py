"""The written table of rights over fields holds on the pages, and in the documentation."""

from pathlib import Path

import pytest
from flask import g

from app.accounts.field_rights import NEEDED, Fields, Right, as_table, rights
from app.accounts.rules import Role
from app.core.database import db
from app.exports.tables import EXPORTS
from app.web.guards import guard_of
from app.web.opaque import seal_id
from tests.factories.accounts import make_user
from tests.factories.cases import make_person

DOCUMENT = Path(__file__).parents[2] / "docs" / "field-rights.md"

PAGES = {
    "cases.people": (Fields.IDENTIFYING, Right.READ),
    "cases.person": (Fields.COURSE, Right.READ),
    "cases.new_person": (Fields.IDENTIFYING, Right.WRITE),
    "cases.save_new_person": (Fields.SENSITIVE, Right.WRITE),
    "cases.save_step": (Fields.COURSE, Right.WRITE),
    "cases.save_admission": (Fields.COURSE, Right.WRITE),
    "intake.send": (Fields.CIRCUMSTANCES, Right.WRITE),
    "intake.accept": (Fields.SENSITIVE, Right.WRITE),
    "intake.rejects": (Fields.SENSITIVE, Right.EXPORT),
    "exports.people": (Fields.IDENTIFYING, Right.EXPORT),
    "exports.todo": (Fields.COURSE, Right.EXPORT),
    "exports.take": (Fields.IDENTIFYING, Right.EXPORT),
    "privacy.private": (Fields.IDENTITY_NUMBER, Right.READ),
    "privacy.show": (Fields.SENSITIVE, Right.READ),
    "privacy.keep": (Fields.IDENTITY_NUMBER, Right.WRITE),
    "privacy.export": (Fields.IDENTITY_NUMBER, Right.EXPORT),
    "privacy.erase": (Fields.IDENTIFYING, Right.WRITE),
}
"""What a page does with which fields."""


def test_the_documentation_says_what_the_table_says():
    assert as_table() in DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize("endpoint", PAGES)
def test_a_page_asks_for_what_the_table_says(app, endpoint):
    fields, right = PAGES[endpoint]

    assert guard_of(app, endpoint).permission == NEEDED[fields][right]


def test_every_list_of_people_asks_for_what_the_table_says(app):
    """A list that is added later holds what the table lets its readers take out."""
    lists = [export for export in EXPORTS.values() if export.holds_people]

    assert {export.permission for export in lists} == {NEEDED[Fields.IDENTIFYING][Right.EXPORT]}


def test_every_page_about_people_is_in_the_table(app):
    asking = {*NEEDED[Fields.IDENTIFYING].values()}
    of_people = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(("cases.", "privacy.")) and "POST" in rule.methods
    }

    assert all(guard_of(app, endpoint).permission in asking for endpoint in of_people)


@pytest.mark.parametrize("role", Role)
def test_each_role_opens_what_the_table_says(*, app, province, client, sign_in, role):
    place = province.top if role is Role.TENANT_ADMINISTRATOR else province.cell
    make_user(province.context, "thu", place.id, role)
    person = make_person(province.context, province.cell, "Nguyễn Thị Thử", ethnicity="Mường")
    db.session.commit()
    sign_in(client, "thu")
    with app.test_request_context():
        g.tenant_id = province.context.tenant_id
        address = f"/people/{seal_id('person', person)}"

    page = client.get(address)
    shown = client.submit(f"{address}/private", {"reason": "đối chiếu hồ sơ"})
    taken = client.submit(f"{address}/export", {"reason": "người đó yêu cầu"})

    assert (page.status_code == 200) is (Right.READ in rights(role, Fields.COURSE))
    assert "Mường" not in page.text
    assert ("Mường" in shown.text) is (Right.READ in rights(role, Fields.SENSITIVE))
    assert ("Mường" in taken.text) is (Right.EXPORT in rights(role, Fields.SENSITIVE))
