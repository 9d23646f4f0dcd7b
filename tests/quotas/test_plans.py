"""By what a total is divided: figures into weights, totals from growth, bounds for all or one."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.quotas.allocation import Why
from app.quotas.criteria import Criterion, Reference, grown, weights
from app.quotas.plans import Bounds, Candidate, Plan, divide

SOURCES = {Criterion.SOURCES: 1}


def candidates(*references, held=None):
    held = held or {}
    return [
        Candidate(number, f"U{number}", reference, held.get(number))
        for number, reference in enumerate(references, start=1)
    ]


def sources(*numbers):
    return [Reference(sources=number, cells=min(number, 2)) for number in numbers]


def numbers(plan, rows, available=None):
    return [share.number for share in divide(plan, rows, available).shares.values()]


def test_a_mix_gives_each_criterion_its_part_of_the_total():
    known = [Reference(members=300, sources=0), Reference(members=100, sources=10)]

    mixed = weights(known, {Criterion.MEMBERS: 3, Criterion.SOURCES: 1})

    assert [weight / sum(mixed) for weight in mixed] == [Fraction(9, 16), Fraction(7, 16)]


def test_what_is_not_known_weighs_nothing():
    known = [Reference(members=None), Reference(members=50)]

    assert weights(known, {Criterion.MEMBERS: 1}) == (0, 1)


def test_a_division_tells_of_whom_its_criteria_know_nothing():
    rows = candidates(Reference(registered=3), Reference(), Reference(registered=0, members=1))
    plan = Plan({Criterion.REGISTERED: 1, Criterion.MEMBERS: 1, Criterion.SOURCES: 0})

    found = divide(plan, rows, available=8).unknown

    ids = [row.unit_id for row in rows]
    assert found == {Criterion.REGISTERED: (ids[1],), Criterion.MEMBERS: (ids[0], ids[1])}


@pytest.mark.parametrize("parts", [{}, {Criterion.MEMBERS: 0}])
def test_a_mix_of_nothing_is_refused(parts):
    with pytest.raises(Refused, match="căn cứ"):
        weights([Reference(members=5)], parts)


def test_a_criterion_that_is_nothing_for_everybody_is_refused_by_its_name():
    with pytest.raises(Refused, match="Số cấp dưới đăng ký"):
        weights([Reference(members=5)], {Criterion.MEMBERS: 1, Criterion.REGISTERED: 1})


@given(st.integers(0, 10**6), st.decimals(-100, 300, places=2))
def test_growth_is_half_up_to_the_whole_number(number, percent):
    exact = Fraction(number) * (100 + Fraction(percent)) / 100

    assert Fraction(-1, 2) < exact - grown(number, percent) < Fraction(1, 2) or (
        grown(number, percent) - exact == Fraction(1, 2)
    )


def test_without_a_typed_total_what_the_issuer_has_is_divided():
    assert numbers(Plan(SOURCES), candidates(*sources(3, 1)), available=8) == [6, 2]


def test_growth_makes_the_total_of_what_last_year_was():
    rows = candidates(Reference(last_year_result=30), Reference(last_year_result=70))
    plan = Plan({Criterion.LAST_RESULT: 1}, growth=Decimal("5.5"))

    assert divide(plan, rows, available=999).total == 106
    assert numbers(plan, rows) == [32, 74]


def test_held_boxes_keep_their_number_and_do_not_weigh():
    rows = candidates(*sources(90, 5, 5), held={1: 4})

    assert numbers(Plan(SOURCES, total=10), rows) == [4, 3, 3]


def test_at_least_one_for_each_cell_with_sources_and_no_more_than_sources():
    rows = candidates(*sources(50, 1, 0, 4))
    plan = Plan(SOURCES, total=20, floor_per_cell=True, cap_by_sources=True)

    assert numbers(plan, rows) == [17, 1, 0, 2]


def test_the_bound_of_one_box_goes_before_that_for_all():
    rows = candidates(*sources(10, 10, 10))
    plan = Plan(SOURCES, total=20, for_all=Bounds(2, 5), of_boxes={2: Bounds(0, 13)})

    division = divide(plan, rows, None)

    assert [(s.number, s.why) for s in division.shares.values()] == [
        (5, Why.CAP),
        (10, Why.EXACT),
        (5, Why.CAP),
    ]


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (Plan(SOURCES), "total"),
        (Plan(SOURCES, total=5, growth=Decimal(3)), "growth"),
        (Plan(SOURCES, total=5, of_boxes={2: Bounds(4, 3)}), "2"),
    ],
)
def test_what_is_wrong_names_its_field_or_its_unit(plan, field):
    with pytest.raises(Refused) as refused:
        divide(plan, candidates(*sources(1, 1)), available=None)

    assert [problem.field for problem in refused.value.problems] == [field]
