from datetime import date

import pytest

from app.core.database import db
from app.core.errors import NotFound
from app.tenants.commands import create_tenant
from app.units.below import cells_under, children, current_children
from app.units.commands import move_unit, rename_unit
from app.units.dated import members_on, tree_as_of
from app.units.queries import (
    search,
    top_units,
    trails,
    unit_by_code,
    unit_in_scope,
    unit_with_ancestors,
    units_by_code,
)
from tests.factories.units import import_lines, make_cell, make_unit

FIRST = date(2020, 1, 1)
SECOND = date(2021, 7, 1)
LAST = date(2021, 12, 31)


@pytest.fixture
def province(tenant):
    import_lines(
        tenant,
        "P,,province,Tỉnh Vĩnh Phúc",
        "D1,P,district,Huyện Vĩnh Tường",
        "D2,P,district,Huyện Tam Đảo",
        "C1,D1,commune,Xã Ngũ Kiên,,200",
        "C2,D2,commune,Thị trấn Đại Đình",
        "K1,C1,cell,Chi bộ 10,village_cell,20",
        "K2,C1,cell,Chi bộ 2,school_cell",
        "K3,C2,cell,Chi bộ 1",
        "K4,P,cell,Chi bộ Đại học",
    )
    return tenant


def codes(units):
    return [unit.code for unit in units]


def test_a_unit_row_says_what_the_unit_is(province):
    cell = unit_by_code(province, "K1")

    assert (cell.level, cell.level_name, cell.kind, cell.kind_name) == (
        "cell",
        "Chi bộ",
        "village_cell",
        "Chi bộ thôn",
    )
    assert (cell.is_cell, cell.is_residential) == (True, True)
    assert not unit_by_code(province, "K2").is_residential
    assert cell.path == "1.2.4.6."


def test_unknown_units_are_not_found(province):
    with pytest.raises(NotFound):
        unit_by_code(province, "Z")
    with pytest.raises(NotFound):
        unit_in_scope(province, 999)
    assert units_by_code(province, ["C1", "Z"]).keys() == {"C1"}


class TestScope:
    def test_inside_the_subtree_a_unit_is_found(self, province, acting_for):
        district = unit_by_code(province, "D1")
        context = acting_for(province, district)

        assert unit_in_scope(context, unit_by_code(context, "C1").id).code == "C1"
        assert unit_in_scope(context, district.id) == district

    @pytest.mark.parametrize("code", ["P", "D2", "C2", "K3", "K4"])
    def test_outside_the_subtree_nothing_is_found(self, province, acting_for, code):
        outside = unit_by_code(province, code)
        context = acting_for(province, unit_by_code(province, "D1"))

        with pytest.raises(NotFound):
            unit_in_scope(context, outside.id)
        with pytest.raises(NotFound):
            unit_with_ancestors(context, outside.id)
        assert units_by_code(context, [code]) == {}
        assert {"K3", "K4"}.isdisjoint(codes(cells_under(context, outside.path)))
        assert outside.code not in codes(search(context, outside.name, 10))

    def test_ancestors_end_at_the_unit_acted_for(self, province, acting_for):
        context = acting_for(province, unit_by_code(province, "D1"))
        cell = unit_by_code(context, "K1")

        assert codes(unit_with_ancestors(province, cell.id)[1]) == ["P", "D1", "C1"]
        assert codes(unit_with_ancestors(context, cell.id)[1]) == ["D1", "C1"]
        assert codes(trails(context, [cell])[cell.id]) == ["D1", "C1"]

    def test_the_topmost_unit_is_the_one_acted_for_or_every_root(self, province, acting_for):
        make_unit(province, "Q", level="province")
        context = acting_for(province, unit_by_code(province, "C1"))

        assert codes(top_units(province)) == ["Q", "P"]
        assert codes(top_units(context)) == ["C1"]

    def test_the_tree_is_the_subtree(self, province, acting_for):
        context = acting_for(province, unit_by_code(province, "D1"))

        rows = tree_as_of(context, SECOND)

        assert [(row.unit.code, row.parent_code, row.depth) for row in rows] == [
            ("D1", None, 0),
            ("C1", "D1", 1),
            ("K2", "C1", 2),
            ("K1", "C1", 2),
        ]

    def test_another_tenant_has_units_of_its_own(self, province):
        number = unit_by_code(province, "C1").id
        db.session.commit()
        other = create_tenant("HOABINH", "Tỉnh Hòa Bình")
        import_lines(other, "P,,province,Tỉnh Hòa Bình")

        with pytest.raises(NotFound):
            unit_in_scope(other, number)
        assert units_by_code(other, ["C1"]) == {}
        assert codes(search(other, "tinh", 10)) == ["P"]
        assert codes(search(other, "ngu kien", 10)) == []
        assert members_on(other, [number], LAST) == {}
        assert cells_under(other, "1.") == ()


class TestChildren:
    def test_todays_children_are_in_the_order_of_their_names(self, province):
        commune = unit_by_code(province, "C1")

        assert codes(current_children(province, commune.id)) == ["K2", "K1"]

    def test_every_child_of_any_day_is_there_named_as_of_the_last(self, province):
        one, two = (unit_by_code(province, code) for code in ("D1", "D2"))
        moved = unit_by_code(province, "C2")
        move_unit(province, moved.id, one.id, SECOND)
        rename_unit(province, moved.id, "Phường Đại Đình", date(2022, 1, 1))

        def found(unit, first, last):
            return [child.name for child in children(province, unit.id, first, last)]

        assert found(two, FIRST, LAST) == ["Thị trấn Đại Đình"]
        assert found(one, FIRST, LAST) == ["Thị trấn Đại Đình", "Xã Ngũ Kiên"]
        assert found(one, FIRST, date(2022, 1, 1)) == ["Phường Đại Đình", "Xã Ngũ Kiên"]
        assert found(two, SECOND, LAST) == []
        assert found(two, FIRST, date(2021, 6, 30)) == ["Thị trấn Đại Đình"]

    def test_cells_are_found_at_any_depth(self, province):
        assert codes(cells_under(province, "1.")) == ["K3", "K2", "K1", "K4"]
        assert codes(cells_under(province, "1.2.")) == ["K2", "K1"]
        assert codes(cells_under(province, unit_by_code(province, "K4").path)) == ["K4"]


class TestSearch:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("ngũ kiên", ["C1"]),
            ("NGU KIEN", ["C1"]),
            ("kien ngu", ["C1"]),
            ("đại", ["C2", "K4"]),
            ("dai dinh", ["C2"]),
            ("c2", ["C2"]),
            ("xa c", ["C1"]),
            ("huyen", ["D2", "D1"]),
            ("%", []),
            ("_", []),
            ("", []),
            ("ngu kien dai", []),
        ],
    )
    def test_words_are_found_whatever_their_case_and_marks(self, province, text, found):
        assert codes(search(province, text, 10)) == found

    def test_no_more_are_returned_than_asked_for(self, province):
        assert len(search(province, "chi bo", 2)) == 2


def test_a_whole_code_finds_its_unit_alone(province):
    commune = unit_by_code(province, "C1")
    make_cell(province, "C1-01", commune)

    assert codes(search(province, "C1", 10)) == ["C1"]
    assert codes(search(province, "c1 01", 10)) == ["C1-01"]


def test_members_are_the_latest_count_not_after_the_day(province):
    import_lines(province, "C1,D1,commune,Xã Ngũ Kiên,,230", effective=SECOND)
    number = unit_by_code(province, "C1").id

    counted = [members_on(province, [number], day) for day in (FIRST, date(2021, 6, 30), SECOND)]

    assert counted == [{number: 200}, {number: 200}, {number: 230}]
    assert members_on(province, [], SECOND) == {}


def test_names_sort_as_vietnamese_does(province):
    commune = unit_by_code(province, "C1")
    for number, name in enumerate(["Chi bộ Ấm", "Chi bộ Ăn", "Chi bộ Đông", "Chi bộ Dâu"]):
        make_cell(province, f"X{number}", commune, name=name)

    names = [unit.name for unit in current_children(province, commune.id)]

    assert names == [
        "Chi bộ 2", "Chi bộ 10", "Chi bộ Ăn", "Chi bộ Ấm", "Chi bộ Dâu", "Chi bộ Đông"
    ]  # fmt: skip
