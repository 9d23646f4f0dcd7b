"""The demonstration's later years: whole lives, of which each day knows a beginning."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.demo.later_quotas import later_assigned, later_quotas
from app.demo.later_years import FIRST_YEAR, LAST_YEAR, later_years
from app.demo.living_on import NEIGHBOURS
from app.demo.plans import CLOCK
from app.demo.province import build_province
from app.demo.units import build_neighbours, tree_of

STEPS = (
    "listed_on",
    "certificate_on",
    "introduced_on",
    "cell_resolution_on",
    "decision_on",
    "ceremony_on",
)
DAYS = [CLOCK + timedelta(days=97 * times) for times in range(15)]


@pytest.fixture(scope="module")
def province():
    return build_province()


@pytest.fixture(scope="module")
def neighbours():
    return build_neighbours(NEIGHBOURS, but="P26")


@pytest.fixture(scope="module")
def years(province, neighbours):
    return later_years(province, neighbours)


def identity(case):
    return case.cell_code, case.full_name, case.date_of_birth


def test_everybodys_steps_are_in_order_and_under_a_number(years):
    for life in years.lives:
        if life.removed_on and life.decision_on is None:
            continue
        taken = [getattr(life, step) for step in STEPS]
        assert taken == sorted(set(taken))
        assert life.decision_no
        assert life.introduced_by


def test_nobody_waits_for_ever(province, years):
    lives = {identity(life): life for life in years.lives}
    waiting = [case for case in province.cases if not (case.recognised_on or case.removed_on)]

    ends = [lives[identity(case)] for case in waiting]

    given_up = [life for life in ends if life.decision_on is None]
    assert given_up
    assert all(life.recognised_on or life.removed_on for life in ends)
    assert all(life.removed_on > CLOCK for life in given_up)


def test_nobody_is_there_twice(province, years):
    begun = {identity(case) for case in province.cases}

    new = [identity(life) for life in years.lives if identity(life) not in begun]

    assert len(set(new)) == len(new)
    own = {unit.code for unit in province.units}
    mine = [life for life in years.lives if life.cell_code in own and identity(life) not in begun]
    assert all(life.listed_on > CLOCK for life in mine)


def test_a_day_knows_what_every_later_one_knows(years):
    before = {}
    for day in DAYS:
        known = {identity(case): case for case in years.known_on(day)}
        assert before.keys() <= known.keys()
        for who, case in known.items():
            earlier = before.get(who)
            for step in STEPS:
                on = getattr(case, step)
                assert on is None or on <= day
                assert earlier is None or getattr(earlier, step) in {None, on}
        before = known


def test_the_province_admits_about_two_thousand_a_year_and_the_pipeline_never_dries(
    province, years
):
    own = {unit.code for unit in province.units}
    for year in range(FIRST_YEAR, LAST_YEAR):
        admitted = years.admitted_in(year)
        assert 1900 <= sum(n for code, n in admitted.items() if code in own) <= 2300
        known = years.known_on(date(year, 12, 31))
        assert sum(case.decision_on is None for case in known) > 1000


@pytest.mark.parametrize("year", [2023, 2026])
def test_a_years_quotas_add_up_in_any_tree(province, years, year):
    """Also in one without districts, where communes and stray cells stand below the root."""
    districts = {unit.code for unit in province.units if unit.level == "district"}
    flat = [
        replace(unit, parent_code="P26") if unit.parent_code in districts else unit
        for unit in province.units
        if unit.code not in districts
    ]
    expected = years.admitted_in(year)
    for tree in (tree_of(province.units), tree_of(flat)):
        assigned = later_assigned(tree, year, expected)
        rows = [*later_quotas(tree, year, assigned)]
        given = Counter()
        for row in rows:
            if not row.segment:
                given[row.issuer_code] += int(row.quota)
                assert int(row.quota) == assigned[row.unit_code]
            assert row.decided_on.year == year - 1
            assert row.decided_on.weekday() < 5
        for issuer, number in given.items():
            assert 0 <= assigned[issuer] - number <= assigned[issuer] // 40
            reasons = {row.reason for row in rows if row.issuer_code == issuer}
            assert reasons == {""} if assigned[issuer] == number else "" not in reasons
