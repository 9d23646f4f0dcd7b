from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from app.audit.models import AuditEntry
from app.core.database import db
from app.imports.rules import ImportRefused
from app.tenants.commands import create_tenant
from app.units.commands import import_units
from app.units.dated import members_on, tree_as_of
from app.units.models import Designation, MemberCount, Placement, Unit
from app.units.queries import unit_by_code
from tests.factories.units import import_lines, units_csv

BEFORE = Path("tests/data/phu_tho_units_before_2025-07-01.csv").read_bytes()
AFTER = Path("tests/data/phu_tho_units_after_2025-07-01.csv").read_bytes()
FIRST = date(2020, 1, 1)
SECOND = date(2021, 1, 1)
THIRD = date(2022, 1, 1)

PROVINCE = "P,,province,Tỉnh P"


def parents(context, on):
    return {row.unit.code: row.parent_code for row in tree_as_of(context, on)}


def names(context, on):
    return {row.unit.code: row.unit.name for row in tree_as_of(context, on)}


def kinds(context, on=THIRD):
    return {row.unit.code: row.unit.kind for row in tree_as_of(context, on)}


def rejects(context, *lines, effective=SECOND):
    with pytest.raises(ImportRefused) as refused:
        import_lines(context, *lines, effective=effective)
    return [(reject.row, reject.column, reject.value) for reject in refused.value.report.rejects]


def stored(table):
    return db.session.scalar(select(func.count()).select_from(table))


class TestTrees:
    def test_three_provinces_with_their_districts_and_communes(self, tenant):
        report = import_units(tenant, BEFORE, FIRST)

        depths = [row.depth for row in tree_as_of(tenant, FIRST)]
        assert (report.read, report.accepted, report.unchanged) == (514, 514, 0)
        assert [depths.count(depth) for depth in (0, 1, 2)] == [3, 32, 479]

    def test_a_province_without_districts(self, tenant):
        import_units(tenant, AFTER, FIRST)

        depths = [row.depth for row in tree_as_of(tenant, FIRST)]
        assert [depths.count(depth) for depth in (0, 1)] == [1, 148]

    def test_cells_hang_under_any_unit_and_a_committee_stands_beside_districts(self, tenant):
        import_lines(
            tenant,
            PROVINCE,
            "D,P,district,Huyện D",
            "QS,P,district,Quân sự tỉnh,military",
            "C,D,commune,Xã C",
            "S,C,section,Bộ phận S",
            "K1,S,cell,Chi bộ 1",
            "K2,D,cell,Chi bộ 2",
            "K3,P,cell,Chi bộ 3",
            "K4,QS,cell,Chi bộ 4,military_cell",
        )

        depth = {row.unit.code: row.depth for row in tree_as_of(tenant, FIRST)}
        assert depth == {
            "P": 0, "D": 1, "QS": 1, "K3": 1, "C": 2, "K2": 2, "K4": 2, "S": 3, "K1": 4
        }  # fmt: skip

    def test_rows_in_any_order_make_the_same_tree(self, tenant):
        header, *rows = BEFORE.decode().splitlines()

        import_units(tenant, "\n".join([header, *reversed(rows)]).encode(), FIRST)

        tree = parents(tenant, FIRST)
        expected = {row.split(",")[0]: row.split(",")[1] or None for row in rows}
        assert tree == expected

    def test_a_unit_was_always_where_it_is_seen_first(self, tenant):
        import_lines(tenant, PROVINCE, "C,P,commune,Xã C", effective=THIRD)

        assert parents(tenant, date(1930, 2, 3)) == {"P": None, "C": "P"}


class TestUpserts:
    def test_the_same_file_twice_changes_nothing(self, tenant):
        lines = (PROVINCE, "C,P,commune,Xã C,,120", "K,C,cell,Chi bộ K,village_cell,30")
        import_lines(tenant, *lines)
        entries = stored(AuditEntry)

        report = import_lines(tenant, *lines)

        assert (report.read, report.accepted, report.unchanged) == (3, 3, 3)
        assert stored(AuditEntry) == entries
        assert (stored(Placement), stored(Designation), stored(MemberCount)) == (3, 3, 2)

    def test_a_changed_parent_is_a_move_on_the_effective_date(self, tenant):
        import_lines(tenant, PROVINCE, "D,P,district,D", "E,P,district,E", "C,D,commune,C")

        report = import_lines(tenant, "C,E,commune,C", effective=SECOND)

        assert (report.accepted, report.unchanged) == (1, 0)
        assert parents(tenant, FIRST)["C"] == "D"
        assert parents(tenant, date(2020, 12, 31))["C"] == "D"
        assert parents(tenant, SECOND)["C"] == "E"

    def test_a_move_in_the_past_ends_where_the_next_recorded_one_begins(self, tenant):
        import_lines(tenant, PROVINCE, *(f"{code},P,district,{code}" for code in "DEF"))
        import_lines(tenant, "C,D,commune,C", effective=FIRST)
        import_lines(tenant, "C,F,commune,C", effective=THIRD)

        import_lines(tenant, "C,E,commune,C", effective=SECOND)

        assert [parents(tenant, day)["C"] for day in (FIRST, SECOND, THIRD)] == ["D", "E", "F"]

    def test_a_unit_without_a_parent_becomes_a_root(self, tenant):
        import_lines(tenant, PROVINCE, "D,P,district,D", "C,D,commune,C")

        import_lines(tenant, "D,,district,D", effective=SECOND)

        assert parents(tenant, SECOND) == {"P": None, "D": None, "C": "D"}
        assert unit_by_code(tenant, "C").path == f"{unit_by_code(tenant, 'D').path}3."

    def test_units_that_the_file_does_not_name_stay(self, tenant):
        import_lines(tenant, PROVINCE, "C,P,commune,Xã C")

        import_lines(tenant, "D,P,commune,Xã D", effective=SECOND)

        assert parents(tenant, SECOND) == {"P": None, "C": "P", "D": "P"}

    def test_a_changed_name_holds_from_the_effective_date(self, tenant):
        import_lines(tenant, PROVINCE, "C,P,commune,Xã C")

        import_lines(tenant, "C,P,commune,Phường C", effective=SECOND)

        assert names(tenant, FIRST)["C"] == "Xã C"
        assert names(tenant, SECOND)["C"] == "Phường C"
        assert unit_by_code(tenant, "C").name == "Phường C"

    def test_a_name_of_the_future_is_not_todays(self, tenant):
        import_lines(tenant, PROVINCE)

        import_lines(tenant, "P,,province,Tỉnh mới", effective=date(2050, 1, 1))

        assert unit_by_code(tenant, "P").name == "Tỉnh P"

    def test_names_are_the_same_whatever_the_unicode_form(self, tenant):
        import_lines(tenant, "C,,commune,Xã Hoà")

        report = import_lines(tenant, "C,,commune,  Xa\u0303   Hoa\u0300 ")

        assert report.unchanged == 1

    def test_an_empty_kind_is_the_usual_one_and_later_the_units_own(self, tenant):
        import_lines(tenant, PROVINCE, "D,P,district,D", "C,P,commune,C,school_committee")

        import_lines(tenant, "D,P,district,Huyện D", "C,P,commune,Trường C", effective=SECOND)

        assert kinds(tenant) == {
            "P": "provincial_committee",
            "D": "district_committee",
            "C": "school_committee",
        }

    def test_members_are_counted_on_the_effective_date(self, tenant):
        import_lines(tenant, "C,,commune,C,,120")
        import_lines(tenant, "C,,commune,C,,1.130", effective=SECOND)
        import_lines(tenant, "C,,commune,C", effective=THIRD)
        unit_id = unit_by_code(tenant, "C").id

        on = {day: members_on(tenant, [unit_id], day) for day in (FIRST, SECOND, THIRD)}
        assert on == {FIRST: {unit_id: 120}, SECOND: {unit_id: 1130}, THIRD: {unit_id: 1130}}
        assert members_on(tenant, [unit_id], date(2019, 12, 31)) == {}

    def test_a_count_of_the_same_day_is_replaced(self, tenant):
        import_lines(tenant, "C,,commune,C,,120")

        report = import_lines(tenant, "C,,commune,C,,0")

        assert report.unchanged == 0
        assert stored(MemberCount) == 1
        assert members_on(tenant, [1], FIRST) == {1: 0}


class TestRejects:
    @pytest.mark.parametrize(
        ("line", "reject"),
        [
            ("C,P,nation,C", (3, "level", "nation")),
            ("C,P,commune,C,club", (3, "kind", "club")),
            ("C,Z,commune,C", (3, "parent_code", "Z")),
            ("P,,province,Tỉnh P", (3, "code", "P")),
            ("C,C,commune,C", (3, "parent_code", "C")),
            ("C,P,commune, ", (3, "name", " ")),
            ("C,P,commune,C,,-5", (3, "members", "-5")),
            ("C,P,commune,C,,12a", (3, "members", "12a")),
            (",P,commune,C", (3, "code", "")),
        ],
    )
    def test_a_bad_row_is_named_with_column_and_value(self, tenant, line, reject):
        assert rejects(tenant, PROVINCE, line) == [reject]

    def test_a_circle_is_refused_with_its_codes(self, tenant):
        with pytest.raises(ImportRefused) as refused:
            import_lines(tenant, "A,B,commune,A", "B,A,commune,B")

        reasons = [str(reject.reason) for reject in refused.value.report.rejects]
        assert [reject.row for reject in refused.value.report.rejects] == [2, 3]
        assert "A → B → A" in reasons[0]

    def test_nothing_is_placed_below_a_recorded_cell(self, tenant):
        import_lines(tenant, PROVINCE, "K,P,cell,Chi bộ K")

        assert rejects(tenant, "C,K,commune,C") == [(2, "parent_code", "K")]

    def test_a_committee_with_units_does_not_become_a_cell(self, tenant):
        import_lines(tenant, PROVINCE, "C,P,commune,C", "K,C,cell,Chi bộ K")

        assert rejects(tenant, "C,P,commune,C,cell") == [(2, "kind", "cell")]

    def test_nothing_of_a_file_with_a_bad_row_is_stored(self, tenant):
        assert rejects(tenant, PROVINCE, "C,P,commune,C", "D,P,nation,D") == [
            (4, "level", "nation")
        ]

        assert stored(Unit) == 0

    def test_of_two_rows_about_one_unit_the_second_changes_nothing(self, tenant):
        report = import_lines(
            tenant, PROVINCE, "C,P,commune,Xã C,,120", "C,P,commune,Xã khác,,7", skip_bad=True
        )

        assert (report.accepted, report.unchanged, report.rejected) == (2, 0, 1)
        assert names(tenant, FIRST)["C"] == "Xã C"
        unit = unit_by_code(tenant, "C")
        assert members_on(tenant, [unit.id], FIRST) == {unit.id: 120}

    def test_skipping_bad_rows_stores_the_rest_and_counts_all(self, tenant):
        report = import_lines(
            tenant,
            PROVINCE,
            "C,P,commune,C",
            "D,P,nation,D",
            "E,D,commune,E",
            "P,,province,Hai",
            skip_bad=True,
        )

        assert (report.read, report.accepted, report.rejected) == (5, 2, 3)
        assert [(reject.row, reject.column) for reject in report.rejects] == [
            (4, "level"),
            (5, "parent_code"),
            (6, "code"),
        ]
        assert parents(tenant, FIRST) == {"P": None, "C": "P"}


class TestUpgrades:
    def test_a_cell_that_became_a_committee_has_cells_that_reach_back(self, tenant):
        import_lines(tenant, PROVINCE, "C,P,cell,Chi bộ C")

        import_lines(tenant, "C,P,commune,Đảng bộ C", "K,C,cell,Chi bộ K", effective=THIRD)

        assert parents(tenant, FIRST)["K"] == "C"
        assert kinds(tenant)["C"] == "commune_committee"

    def test_so_does_one_that_will_become_a_committee(self, tenant):
        import_lines(tenant, PROVINCE, "C,P,cell,Chi bộ C")

        import_lines(
            tenant, "C,P,commune,Đảng bộ C", "K,C,cell,Chi bộ K", effective=date(2050, 1, 1)
        )

        assert parents(tenant, date(2050, 1, 1))["K"] == "C"

    def test_a_committee_becomes_a_cell_once_its_units_have_left(self, tenant):
        import_lines(tenant, PROVINCE, "C,P,commune,C", "K,C,cell,Chi bộ K")

        import_lines(tenant, "C,P,cell,Chi bộ C", "K,P,cell,Chi bộ K", effective=THIRD)

        assert unit_by_code(tenant, "C").is_cell
        assert parents(tenant, SECOND)["K"] == "C"


def test_every_changed_unit_leaves_an_entry_in_the_trail(tenant):
    import_lines(tenant, PROVINCE, "D,,district,D", "C,P,commune,Xã C,,100")
    import_lines(tenant, "C,D,commune,Xã C", "P,,province,Tỉnh mới", effective=SECOND)

    entries = db.session.execute(
        select(AuditEntry.action, AuditEntry.subject_id, AuditEntry.before, AuditEntry.after)
        .where(AuditEntry.subject_kind == "unit")
        .order_by(AuditEntry.id)
    ).all()
    assert [tuple(entry) for entry in entries[-3:]] == [
        (
            "unit.created",
            3,
            None,
            {
                "effective": "2020-01-01",
                "parent": "P",
                "name": "Xã C",
                "level": "commune",
                "kind": "commune_committee",
                "members": 100,
            },
        ),
        ("unit.moved", 3, {"parent": "P"}, {"effective": "2021-01-01", "parent": "D"}),
        ("unit.renamed", 1, {"name": "Tỉnh P"}, {"effective": "2021-01-01", "name": "Tỉnh mới"}),
    ]


def test_the_same_codes_in_two_tenants_are_different_units(tenant):
    import_lines(tenant, PROVINCE, "C,P,commune,Xã C")
    db.session.commit()

    other = create_tenant("HOABINH", "Tỉnh Hòa Bình")
    import_lines(other, "C,,province,Tỉnh C")

    assert names(other, FIRST) == {"C": "Tỉnh C"}
    assert tree_as_of(tenant, FIRST) == ()


def test_a_parent_of_another_tenant_is_unknown(tenant):
    import_lines(tenant, PROVINCE)
    db.session.commit()

    other = create_tenant("HOABINH", "Tỉnh Hòa Bình")

    assert rejects(other, "C,P,commune,C") == [(2, "parent_code", "P")]


def test_a_thousand_units_take_few_statements(tenant):
    statements = []
    lines = [PROVINCE, *(f"C{number},P,commune,Xã {number},,10" for number in range(1000))]
    content = units_csv(*lines)

    def count(*_arguments):
        statements.append(1)

    event.listen(db.engine, "before_cursor_execute", count)
    import_units(tenant, content, FIRST)
    event.remove(db.engine, "before_cursor_execute", count)

    assert len(statements) < 60
