"""Which quota is in force for whom, in the database as in the rules."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.database import db
from app.core.periods import parse_period
from app.measures.queries import measure_by_code, segments
from app.quotas.file_import import import_quotas
from app.quotas.in_force import quotas_in_force
from app.quotas.queries import versions
from app.units.commands import import_units
from tests.factories.quotas import board_key, board_of, give_quotas, quota_csv, quota_row
from tests.factories.units import import_lines, units_csv
from tests.quotas.conftest import TODAY, make_province

YEAR = parse_period("2022")


def figures(province, code, as_of=TODAY, *, period=YEAR, segment_id=None):
    unit_id = province[code].id
    measure_id = measure_by_code(province.context, "admission").id
    found = quotas_in_force(province.context, [unit_id], measure_id, period, as_of, segment_id)
    return [(figure.source, figure.count) for figure in found.get(unit_id, ())]


def test_the_quota_of_a_day_is_that_of_the_version_decided_by_then(province):
    give_quotas(province.context, "P", {"D1": 40, "D2": 50}, decided_on="2022-01-10")
    give_quotas(province.context, "P", {"D1": 45}, decided_on="2022-07-01", decision_no="2")

    assert figures(province, "D1", date(2022, 6, 30)) == [("assigned", 40)]
    assert figures(province, "D1", date(2022, 7, 1)) == [("assigned", 45)]
    assert figures(province, "D1", date(2022, 1, 1)) == [("assigned", 40)]
    assert figures(province, "D2", date(2022, 6, 30)) == [("assigned", 50)]
    assert figures(province, "D2", date(2022, 7, 1)) == []


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(days=st.lists(st.dates(date(2022, 1, 1), date(2022, 1, 5)), min_size=1, max_size=4))
def test_the_database_picks_the_version_that_the_rule_picks(province, days):
    with db.session.begin_nested() as savepoint:
        for number, day in enumerate(days, start=1):
            give_quotas(province.context, "P", {"D1": number}, decided_on=day, decision_no=number)
        found = versions(province.context, board_key(province.context, province["P"]))
        for as_of in (date(2021, 12, 31), *(date(2022, 1, day) for day in range(1, 7))):
            expected = found.in_force(as_of).version
            assert figures(province, "D1", as_of) == [("assigned", expected)]
        savepoint.rollback()


@pytest.mark.parametrize("order", [("D1", "D2"), ("D2", "D1")])
def test_of_two_issuers_the_one_that_decided_last_counts(province, order):
    import_lines(province.context, "C3,D2,commune,Xã An Tường", effective=date(2022, 7, 1))
    decided_on = {"D1": "2022-01-10", "D2": "2022-07-05"}
    counts = {"D1": 10, "D2": 6}
    for issuer in order:
        give_quotas(province.context, issuer, {"C3": counts[issuer]}, decided_on=decided_on[issuer])

    assert figures(province, "C3", date(2022, 7, 4)) == [("assigned", 10)]
    assert figures(province, "C3", date(2022, 7, 5)) == [("assigned", 6)]


def test_assigned_comes_before_own_and_segments_apart(province):
    female = next(row for row in segments(province.context) if row.code == "female")
    import_quotas(
        province.context,
        quota_csv(
            quota_row("P", "D1", 80),
            quota_row("P", "D1", 30, segment="female", kind="minimum"),
            quota_row("D1", "D1", 90, decision_no="1-NQ/HU"),
        ),
    )

    assert figures(province, "D1") == [("assigned", 80), ("own", 90)]
    assert figures(province, "D1", segment_id=female.id) == [("assigned", 30)]
    assert figures(province, "D1", period=parse_period("2021")) == []


def test_a_percentage_of_current_members_follows_the_members(province):
    give_quotas(province.context, "P", {"D1": 3}, kind="percent:current")
    give_quotas(province.context, "P", {"D1": 3}, kind="percent:year_start", period="2021")
    lines = units_csv("D1,P,district,Huyện Vĩnh Tường,,2100")
    import_units(province.context, lines, date(2022, 7, 1))

    assert figures(province, "D1", date(2022, 6, 30)) == [("assigned", 60)]
    assert figures(province, "D1", date(2022, 7, 1)) == [("assigned", 63)]
    assert figures(province, "D1", period=parse_period("2021")) == [("assigned", 60)]


def test_quotas_of_another_tenant_are_not_found(province):
    give_quotas(province.context, "P", {"D1": 40})
    unit_id = province["D1"].id
    db.session.commit()
    other = make_province("HOABINH")
    measure_id = measure_by_code(other.context, "admission").id

    assert quotas_in_force(other.context, [unit_id], measure_id, YEAR, TODAY) == {}


def test_a_board_has_a_row_for_each_child_of_the_period_in_vietnamese_order(province):
    import_lines(province.context, "C3,D2,commune,Xã An Tường", effective=date(2022, 7, 1))
    give_quotas(province.context, "P", {"D1": 20})
    give_quotas(province.context, "D1", {"C1": 10, "C2": 0})

    shown = board_of(province.context, province["D1"])

    assert shown.held == 20
    assert [(row.unit.code, row.quota and row.quota.count) for row in shown.rows] == [
        ("C3", None),
        ("C2", 0),
        ("C1", 10),
    ]


def test_segments_with_a_quota_now_or_last_year_are_columns_of_the_board(province):
    last_year = {"period": "2021", "decided_on": "2021-01-05"}
    give_quotas(province.context, "D1", {"C1": 3}, segment="female", **last_year)
    give_quotas(province.context, "D1", {"C1": 9})
    give_quotas(province.context, "D1", {"C1": 2}, segment="student", decision_no="13-QĐ/TU")

    shown = board_of(province.context, province["D1"])
    older = board_of(province.context, province["D1"], period="2020")

    assert {segment.code for segment in shown.segments} == {"female", "student"}
    assert older.segments == ()
    codes = [segment.code for segment in (*shown.segments, *shown.others)]
    assert sorted(codes) == sorted(segment.code for segment in older.others)
