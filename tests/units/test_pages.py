import re
from datetime import date

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.database import db
from app.tenants.commands import create_tenant
from app.units.commands import move_unit
from app.units.models import Designation, MemberCount, Unit
from app.units.queries import unit_by_code
from app.web.opaque import OpaqueIds
from tests.factories.accounts import make_user
from tests.factories.units import import_lines

TODAY = date(2022, 10, 31)
LINES = (
    "P,,province,Tỉnh ủy Vĩnh Phúc",
    "D1,P,district,Huyện ủy Vĩnh Tường",
    "D2,P,district,Huyện ủy Tam Đảo",
    "C1,D1,commune,Đảng bộ xã Ngũ Kiên,,210",
    "C2,D2,commune,Đảng bộ xã Đại Đình",
    *(f"C1-{number:02},C1,cell,Chi bộ {number},village_cell" for number in (1, 2, 10)),
)


@pytest.fixture
def seal(app):
    """Return a function that gives the token of a unit for a tenant."""
    ids = OpaqueIds(app.config["SECRET_KEY"])
    return lambda context, unit: ids.seal("unit", unit.id, context.tenant_id)


@pytest.fixture
def province(tenant):
    """A province with users of its root and of a district; committed."""
    with clock.frozen(TODAY):
        import_lines(tenant, *LINES)
        make_user(tenant, "tinh", unit_by_code(tenant, "P").id, "committee")
        make_user(tenant, "huyen", unit_by_code(tenant, "D1").id, "committee")
        make_user(tenant, "doc", unit_by_code(tenant, "D1").id, "reader")
        db.session.commit()
        yield tenant


@pytest.fixture
def address(province, seal):
    """Return a function that gives the address of a unit's page."""

    def of(code, page=""):
        return f"/units/{seal(province, unit_by_code(province, code))}{page}"

    return of


@pytest.fixture
def signed_in(province, client, sign_in):
    """Return a function that signs a user in; the browser."""

    def sign_in_as(login_name):
        sign_in(client, login_name)
        return client

    return sign_in_as


def rows(response):
    """Return the names that head the rows of the tables."""
    heads = re.findall(r'<th scope="row">(.*?)</th>', response.text, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", head).strip() for head in heads]


def key_of(response):
    return re.search(r'name="client_key" value="([^"]+)"', response.text)[1]


class TestBrowsing:
    def test_the_first_page_is_the_level_below_the_unit_acted_for(self, signed_in, address):
        client = signed_in("tinh")

        response = client.get("/units", follow_redirects=True)

        assert response.request.path == address("P", "/tree")
        assert rows(response) == ["Huyện ủy Tam Đảo", "Huyện ủy Vĩnh Tường"]

    def test_cells_are_in_the_order_of_their_numbers(self, signed_in, address):
        client = signed_in("huyen")

        response = client.get(address("C1", "/tree"))

        assert rows(response) == ["Chi bộ 1", "Chi bộ 2", "Chi bộ 10"]

    def test_the_day_in_the_address_shows_the_tree_of_then(self, signed_in, province, address):
        move_unit(
            province,
            unit_by_code(province, "C2").id,
            unit_by_code(province, "D1").id,
            date(2022, 7, 1),
        )
        db.session.commit()
        client = signed_in("tinh")

        before = client.get(address("D1", "/tree?as_of=30/06/2022"))
        after = client.get(address("D1", "/tree?as_of=2022-07-01"))

        assert rows(before) == ["Đảng bộ xã Ngũ Kiên"]
        assert rows(after) == ["Đảng bộ xã Đại Đình", "Đảng bộ xã Ngũ Kiên"]
        assert "as_of=2022-07-01" in after.text

    def test_an_unreadable_day_is_refused_in_words(self, signed_in, address):
        client = signed_in("tinh")

        assert client.get(address("P", "/tree?as_of=31/02/2022")).status_code == 422

    def test_breadcrumbs_begin_at_the_unit_acted_for(self, signed_in, address):
        client = signed_in("huyen")

        text = client.get(address("C1", "/tree")).text

        assert "Huyện ủy Vĩnh Tường" in text
        assert "Tỉnh ủy Vĩnh Phúc" not in text


class TestSearch:
    def test_words_without_diacritics_jump_to_the_only_unit(self, signed_in, address):
        client = signed_in("tinh")

        response = client.get("/units/search?q=ngu kien")

        assert response.status_code == 303
        assert response.location == address("C1")

    def test_several_units_are_listed_with_what_is_above_them(self, signed_in):
        client = signed_in("tinh")

        response = client.get("/units/search?q=chi bo")

        assert rows(response) == ["Chi bộ 1", "Chi bộ 2", "Chi bộ 10"]
        assert "Huyện ủy Vĩnh Tường › Đảng bộ xã Ngũ Kiên" in response.text

    def test_nothing_outside_the_subtree_is_found(self, signed_in):
        client = signed_in("huyen")

        response = client.get("/units/search?q=dai dinh")

        assert response.status_code == 200
        assert rows(response) == []


class TestWalls:
    PAGES = ("", "/tree", "/new", "/name", "/members")

    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize("code", ["P", "D2", "C2"])
    def test_a_unit_outside_the_subtree_is_not_found(self, signed_in, address, code, page):
        client = signed_in("huyen")

        assert client.get(address(code, page)).status_code == 404

    @pytest.mark.parametrize("page", PAGES)
    def test_the_same_pages_open_inside_it(self, signed_in, address, page):
        client = signed_in("huyen")

        assert client.get(address("C1", page)).status_code == 200

    @pytest.mark.parametrize("page", PAGES)
    def test_a_unit_of_another_tenant_is_not_found(self, signed_in, province, seal, page):
        other = create_tenant("HOABINH", "Tỉnh Hòa Bình")
        import_lines(other, *LINES)
        tokens = [seal(context, unit_by_code(other, "P")) for context in (other, province)]
        db.session.commit()
        client = signed_in("huyen")

        statuses = {client.get(f"/units/{token}{page}").status_code for token in tokens}
        assert statuses == {404}

    @pytest.mark.parametrize("page", ["/new", "/name", "/members"])
    def test_a_reader_changes_nothing(self, signed_in, address, page):
        client = signed_in("doc")

        assert client.get(address("C1", page)).status_code == 403
        assert client.submit(address("C1", page), {}).status_code == 403

    def test_a_reader_is_offered_no_change(self, signed_in, address):
        client = signed_in("doc")

        assert "/name" not in client.get(address("C1")).text


class TestAdding:
    def test_a_new_unit_is_suggested_like_its_brothers(self, signed_in, address):
        client = signed_in("huyen")

        text = client.get(address("C1", "/new")).text

        assert 'value="C1-11"' in text
        assert '<option selected value="village_cell">' in text

    def test_below_a_unit_without_units_the_next_level_is_suggested(
        self, signed_in, province, address
    ):
        import_lines(province, "D3,P,district,Huyện ủy Lập Thạch")
        db.session.commit()
        client = signed_in("tinh")

        text = client.get(address("D3", "/new")).text

        assert '<option selected value="commune">' in text
        assert '<option selected value="commune_committee">' in text

    def test_a_form_sent_twice_adds_one_unit(self, signed_in, province, address):
        client = signed_in("huyen")
        data = {
            "client_key": key_of(client.get(address("C1", "/new"))),
            "name": "Chi bộ thôn Đông",
            "level": "cell",
            "kind": "village_cell",
            "code": "C1-11",
        }

        first = client.submit(address("C1", "/new"), data)
        second = client.submit(address("C1", "/new"), data)

        assert (first.status_code, second.status_code) == (303, 303)
        assert first.location == second.location
        assert "Chi bộ thôn Đông" in client.get(first.location).text
        assert unit_by_code(province, "C1-11").path.startswith(unit_by_code(province, "C1").path)

    def test_a_code_in_use_is_refused_at_its_field_and_the_form_may_be_sent_again(
        self, signed_in, address
    ):
        client = signed_in("huyen")
        data = {"client_key": "k", "name": "Trùng", "level": "cell", "kind": "cell", "code": "C1"}

        refused = client.submit(address("C1", "/new"), data)
        accepted = client.submit(address("C1", "/new"), data | {"code": "C1-12"})

        assert refused.status_code == 422
        assert 'value="Trùng"' in refused.text
        assert 'id="code-error"' in refused.text
        assert accepted.status_code == 303

    def test_nothing_is_added_below_a_cell(self, signed_in, address):
        client = signed_in("huyen")
        data = {"client_key": "k", "name": "X", "level": "cell", "kind": "cell", "code": "X"}

        response = client.submit(address("C1-01", "/new"), data)

        assert response.status_code == 422
        assert "chi bộ không có tổ chức trực thuộc" in response.text


class TestNames:
    def test_a_new_name_holds_from_its_day(self, signed_in, address):
        client = signed_in("huyen")
        data = {"name": "Đảng bộ phường Ngũ Kiên", "reason": "renamed", "effective": "1/7/22"}

        response = client.submit(address("C1", "/name"), data, follow_redirects=True)

        assert "Đảng bộ phường Ngũ Kiên" in response.text
        assert "30/06/2022" in response.text

    def test_a_correction_leaves_one_name_behind(self, signed_in, province, address):
        client = signed_in("huyen")
        data = {"name": "Đảng bộ xã Ngũ Kiên (đúng)", "reason": "corrected"}

        client.submit(address("C1", "/name"), data)

        unit_id = unit_by_code(province, "C1").id
        names = db.session.scalars(select(Designation.name).where(Designation.unit_id == unit_id))
        assert names.all() == ["Đảng bộ xã Ngũ Kiên (đúng)"]

    def test_a_new_name_needs_its_day(self, signed_in, address):
        client = signed_in("huyen")

        response = client.submit(address("C1", "/name"), {"name": "X", "reason": "renamed"})

        assert response.status_code == 422
        assert 'id="effective-error"' in response.text


class TestMembers:
    def test_a_count_is_kept_with_its_day(self, signed_in, address):
        client = signed_in("huyen")
        data = {"members": "1.215", "counted_on": "30/09/2022"}

        response = client.submit(address("C1", "/members"), data, follow_redirects=True)

        assert "1.215 (đếm ngày 30/09/2022)" in response.text

    def test_a_day_to_come_is_refused(self, signed_in, address):
        client = signed_in("huyen")
        data = {"members": "5", "counted_on": "01/11/2022"}

        response = client.submit(address("C1", "/members"), data)

        assert response.status_code == 422
        counted = db.session.scalars(select(MemberCount.members)).all()
        assert counted == [210]


def test_a_unit_page_shows_former_parents(signed_in, province, address):
    move_unit(
        province, unit_by_code(province, "C2").id, unit_by_code(province, "D1").id, date(2022, 7, 1)
    )
    db.session.commit()
    client = signed_in("huyen")

    text = client.get(address("C2")).text

    assert "Huyện ủy Tam Đảo" in text
    assert address("D2") not in text


def test_a_moved_unit_is_seen_at_once_and_by_its_new_superiors_alone(signed_in, province, address):
    client = signed_in("huyen")
    assert client.get(address("C2")).status_code == 404

    move_unit(
        province, unit_by_code(province, "C2").id, unit_by_code(province, "D1").id, date(2022, 7, 1)
    )
    db.session.commit()

    assert client.get(address("C2")).status_code == 200
    assert db.session.scalars(select(Unit.path).where(Unit.code == "C2")).one()
