"""Which children stand below a unit, and that their counts make up the unit's."""

from datetime import date

import pytest

from app.core.periods import as_of, parse_period
from app.measures.queries import measure_by_code
from app.monitoring.activity import activity_below
from app.monitoring.queries import Question, attainment
from app.procedure.nil_reports import report_nothing
from app.rollups.models import Tree
from app.tenants.commands import create_tenant
from app.units.queries import unit_by_code
from tests.factories.cases import import_rows
from tests.factories.quotas import give_quotas
from tests.factories.units import import_lines

TODAY = date(2022, 10, 31)


@pytest.fixture
def province(app_context):
    """Two districts with a cell each, and a commune that left H1 for H2 on 1 July 2022."""
    context = create_tenant("VINHPHUC", "Tỉnh Vĩnh Phúc", clock_on=TODAY)
    import_lines(
        context,
        "P,,province,Tỉnh ủy",
        "H1,P,district,Huyện Vĩnh Tường",
        "H2,P,district,Huyện Tam Đảo",
        "X,H1,commune,Xã Ngũ Kiên",
        "B,X,cell,Chi bộ thôn 1",
        "B1,H1,cell,Chi bộ cơ quan 1",
        "B2,H2,cell,Chi bộ cơ quan 2",
    )
    admitted = (("B", "2021-03-03"), ("B", "2022-02-02"), ("B", "2022-08-08"), ("B2", "2022-05-05"))
    import_rows(
        context,
        *(
            {
                "cell_code": cell,
                "full_name": f"Nguyễn {number}",
                "decision_on": day,
                "listed_on": "",
            }
            for number, (cell, day) in enumerate(admitted)
        ),
    )
    import_lines(context, "X,H2,commune,Xã Ngũ Kiên mới", effective=date(2022, 7, 1))
    return context


def report(context, unit, period, *, on=None, tree=Tree.THEN):
    asked = parse_period(period)
    question = Question(
        measure_by_code(context, "admission"), asked, as_of(asked, context.today, on), tree
    )
    return attainment(context, unit_by_code(context, unit), question)


def counted(found):
    return {row.unit.code: row.count for row in found.children}


def test_a_child_that_moved_counts_under_each_parent_what_it_did_there(province):
    assert counted(report(province, "H1", "2022")) == {"X": 1, "B1": 0}
    assert counted(report(province, "H2", "2022")) == {"X": 1, "B2": 1}


@pytest.mark.parametrize("period", ["2021", "2022"])
@pytest.mark.parametrize("tree", [Tree.THEN, Tree.NOW])
def test_children_make_up_the_unit(province, period, tree):
    for code in ("P", "H1", "H2", "X"):
        found = report(province, code, period, tree=tree)
        assert sum(counted(found).values()) == found.unit.count


def test_todays_children_stand_on_todays_tree_for_years_before_they_came(province):
    found = report(province, "H2", "2021", tree=Tree.NOW)

    assert found.unit.count == 1
    assert counted(found) == {"X": 1, "B2": 0}


def test_a_child_that_came_after_the_day_but_in_the_period_is_listed(province):
    give_quotas(province, "H2", {"X": 12}, decided_on="2022-07-05")

    found = report(province, "H2", "2022", on=date(2022, 6, 30))

    quotas = {row.unit.code: (row.quota, row.count) for row in found.children}
    assert quotas == {"X": (12, 0), "B2": (None, 1)}


def test_children_are_named_as_of_the_day(province):
    names = {
        day: {
            row.unit.code: row.unit.name for row in report(province, "H1", "2022", on=day).children
        }
        for day in (date(2022, 6, 30), date(2022, 7, 1))
    }

    assert names[date(2022, 6, 30)]["X"] == "Xã Ngũ Kiên"
    assert names[date(2022, 7, 1)]["X"] == "Xã Ngũ Kiên mới"


@pytest.mark.parametrize(
    ("period", "on"), [("2023", None), ("2022", date(2021, 12, 31)), ("2022-11", date(2022, 1, 1))]
)
@pytest.mark.parametrize("tree", [Tree.THEN, Tree.NOW])
def test_nothing_is_counted_on_a_day_before_the_period(province, period, on, tree):
    give_quotas(province, "H2", {"X": 12}, decided_on="2022-07-05", period=period)

    found = report(province, "H2", period, on=on, tree=tree)

    assert found.unit.count == 0
    assert {row.unit.code: (row.quota, row.count) for row in found.children} == {
        "X": (12, 0),
        "B2": (None, 0),
    }


@pytest.mark.parametrize("tree", [Tree.THEN, Tree.NOW])
def test_a_cell_that_became_a_committee_keeps_what_it_counted(province, tree):
    import_lines(
        province,
        "B2,H2,commune,Đảng bộ cơ quan 2,agency_committee",
        "B21,B2,cell,Chi bộ 1",
        effective=date(2022, 9, 1),
    )
    import_rows(province, {"cell_code": "B21", "decision_on": "2022-10-01", "listed_on": ""})

    for on in (date(2022, 10, 15), date(2022, 10, 31)):
        found = report(province, "B2", "2022", on=on, tree=tree)
        assert (found.unit.count, counted(found)) == (2, {"B21": 1})
    assert counted(report(province, "H2", "2022", tree=tree))["B2"] == 2


def test_a_committee_that_became_a_cell_keeps_its_children_of_then(province):
    import_lines(province, "B,H2,cell,Chi bộ thôn 1", effective=date(2022, 9, 1))
    import_lines(province, "X,H2,commune,Chi bộ Ngũ Kiên,cell", effective=date(2022, 9, 1))

    found = report(province, "X", "2022")

    assert (found.unit.count, counted(found)) == (2, {"B": 2})


def test_a_report_that_nothing_arose_is_an_entry_of_its_last_day(province):
    cell, measure = unit_by_code(province, "B1"), measure_by_code(province, "admission")
    parent = unit_by_code(province, "P")

    def last_entries(on):
        found = activity_below(province, parent.id, [measure.id], on)
        return {code: found[unit_by_code(province, code).id].last_on for code in ("H1", "H2")}

    before = last_entries(TODAY)
    report_nothing(province, cell.id, parse_period("2022-09"))

    assert last_entries(TODAY) == before | {"H1": date(2022, 9, 30)}
    assert last_entries(date(2022, 9, 20))["H1"] == date(2022, 9, 20)
    assert last_entries(date(2022, 8, 31))["H1"] == before["H1"]
