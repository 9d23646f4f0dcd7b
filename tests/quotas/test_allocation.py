"""Dividing a total: exact, bounded, the same every time, and explained."""

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.quotas.allocation import Claim, Share, Why, allocate

WEIGHTS = st.one_of(
    st.integers(0, 30),
    st.integers(0, 10**9),
    st.fractions(min_value=0, max_value=50, max_denominator=60),
)


@st.composite
def boxes(draw, *, weights=WEIGHTS):
    """Claims with any mixture of floors, caps and holds."""
    claims = []
    for number in range(draw(st.integers(1, 12))):
        least = draw(st.sampled_from((0, 0, 0, 1, 3, 20)))
        above = draw(st.none() | st.integers(0, 40))
        cap = None if above is None else least + above
        held = draw(st.none() | st.none() | st.integers(0, 30))
        claims.append(Claim(f"U{number:02}", draw(weights), least, cap, held))
    return claims


def bounds(claim):
    """The least and the most that a box may get; a box without weight gets its floor."""
    if claim.held is not None:
        return claim.held, claim.held
    if not claim.weight:
        return claim.floor, claim.floor
    return claim.floor, claim.cap


@st.composite
def possible(draw, **options):
    """A total that can be divided, with its claims."""
    claims = draw(boxes(**options))
    least = sum(bounds(claim)[0] for claim in claims)
    caps = [bounds(claim)[1] for claim in claims]
    most = least + 2_000 if None in caps else sum(caps)
    return draw(st.integers(least, most)), claims


def numbers(total, claims):
    return [share.number for share in allocate(total, claims)]


def plain_largest_remainder(total, claims):
    """The textbook method: whole parts first, what is left by remainder."""
    whole = sum((Fraction(claim.weight) for claim in claims), Fraction(0))
    exact = {claim.key: total * claim.weight / whole for claim in claims}
    got = {key: floor(share) for key, share in exact.items()}
    order = sorted(
        claims,
        key=lambda claim: (got[claim.key] - exact[claim.key], -claim.weight, claim.key),
    )
    for claim in order[: total - sum(got.values())]:
        got[claim.key] += 1
    return [got[claim.key] for claim in claims]


@given(possible())
def test_numbers_add_up_to_the_total_exactly(given_):
    total, claims = given_

    assert sum(numbers(total, claims)) == total
    assert sum(share.exact for share in allocate(total, claims)) == total


@given(possible())
def test_floors_caps_and_holds_are_kept(given_):
    total, claims = given_

    for claim, number in zip(claims, numbers(total, claims), strict=True):
        least, most = bounds(claim)
        assert least <= number
        assert most is None or number <= most


@given(possible(), st.randoms(use_true_random=False))
def test_the_order_of_rows_means_nothing(given_, random):
    total, claims = given_
    shuffled = random.sample(claims, len(claims))

    assert {*allocate(total, shuffled)} == {*allocate(total, claims)}


@given(possible())
def test_the_same_question_has_the_same_answer(given_):
    total, claims = given_

    assert allocate(total, claims) == allocate(total, [replace(claim) for claim in claims])


@given(possible())
def test_a_larger_weight_never_gets_less_under_equal_bounds(given_):
    total, claims = given_
    free = [claim for claim in claims if claim.held is None]
    got = {share.key: share.number for share in allocate(total, claims)}

    for small in free:
        for large in free:
            if large.weight > small.weight and (large.floor, large.cap) == (small.floor, small.cap):
                assert got[large.key] >= got[small.key]


@given(st.data())
def test_a_larger_weight_never_gets_less_with_one_floor_and_cap_for_all(data):
    least, most = sorted(data.draw(st.tuples(st.integers(0, 9), st.integers(0, 30))))
    weights = data.draw(st.lists(st.integers(0, 20), min_size=2, max_size=12))
    claims = [Claim(f"U{i:02}", weight, least, most) for i, weight in enumerate(weights)]
    some = sum(most if weight else least for weight in weights)
    total = data.draw(st.integers(least * len(claims), some))

    got = sorted(zip(weights, numbers(total, claims), strict=True))

    assert [number for _, number in got] == sorted(number for _, number in got)


@given(possible())
def test_each_number_is_within_one_of_its_exact_share(given_):
    total, claims = given_

    assert all(abs(share.number - share.exact) < 1 for share in allocate(total, claims))


@given(possible())
def test_exact_shares_are_one_multiple_of_the_weights_cut_off_at_the_bounds(given_):
    """The continuous solution, told by its own property rather than by computing it again."""
    total, claims = given_
    levels = [Fraction(0)]
    ceilings = []
    for claim, share in zip(claims, allocate(total, claims), strict=True):
        least, most = bounds(claim)
        if not claim.weight or claim.held is not None:
            assert share.exact == least
            continue
        level = share.exact / claim.weight
        # At its floor a box may want less, at its cap more; in between it wants just this.
        if share.exact > least:
            levels.append(level)
        if most is None or share.exact < most:
            ceilings.append(level)

    assert not ceilings or max(levels) <= min(ceilings)


@given(
    st.lists(WEIGHTS, min_size=1, max_size=15).filter(any),
    st.integers(0, 5_000),
)
@example([1, 1, 1], 100)
@example([Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)], 2)
def test_without_bounds_it_is_plain_largest_remainder(weights, total):
    claims = [Claim(f"U{i:02}", weight) for i, weight in enumerate(weights)]

    assert numbers(total, claims) == plain_largest_remainder(total, claims)


@st.composite
def loose_bounds(draw, share):
    """Bounds that a share keeps by itself, some of them just."""
    slack = st.integers(0, 2)
    above = draw(st.none() | slack)
    return {
        "floor": max(0, floor(share) - draw(slack)),
        "cap": None if above is None else ceil(share) + above,
    }


@given(st.data(), st.lists(WEIGHTS, min_size=1, max_size=12).filter(any), st.integers(0, 5_000))
def test_where_no_bound_binds_it_is_plain_largest_remainder(data, weights, total):
    claims = [Claim(f"U{i:02}", weight) for i, weight in enumerate(weights)]
    loose = [
        replace(claim, **data.draw(loose_bounds(share.exact)))
        for claim, share in zip(claims, allocate(total, claims), strict=True)
    ]

    assert numbers(total, loose) == plain_largest_remainder(total, claims)


@given(boxes(), st.integers(0, 400))
def test_what_is_refused_could_not_have_been_divided(claims, total):
    least = sum(bounds(claim)[0] for claim in claims)
    caps = [bounds(claim)[1] for claim in claims]
    is_possible = least <= total and (None in caps or total <= sum(caps))

    if is_possible:
        assert sum(numbers(total, claims)) == total
    else:
        with pytest.raises(Refused):
            allocate(total, claims)


def test_each_box_says_why_it_got_its_number():
    claims = [
        Claim("A", 100, cap=30),
        Claim("B", 31),
        Claim("C", 29),
        Claim("D", 0),
        Claim("E", 1, floor=5),
        Claim("F", 7, held=12),
        Claim("G", 40),
    ]

    assert allocate(148, claims) == (
        Share("A", 30, Fraction(30), Why.CAP),
        Share("B", 31, Fraction(3131, 100), Why.ROUNDED_DOWN),
        Share("C", 29, Fraction(2929, 100), Why.ROUNDED_DOWN),
        Share("D", 0, Fraction(0), Why.NO_WEIGHT),
        Share("E", 5, Fraction(5), Why.FLOOR),
        Share("F", 12, Fraction(12), Why.HELD),
        Share("G", 41, Fraction(404, 10), Why.ROUNDED_UP),
    )


def test_equal_claims_differ_by_one_and_the_smaller_code_comes_first():
    claims = [Claim("C", 5), Claim("A", 5), Claim("B", 5)]

    assert numbers(7, claims) == [2, 3, 2]


def test_what_a_floor_takes_is_borne_by_all_others_in_proportion():
    """One that is lifted to its floor may push another one below its own."""
    claims = [Claim("A", 60), Claim("B", 30, floor=28), Claim("C", 10, floor=30)]

    assert [(s.number, s.why) for s in allocate(100, claims)] == [
        (42, Why.EXACT),
        (28, Why.FLOOR),
        (30, Why.FLOOR),
    ]


def test_nothing_to_give_to_nobody_is_given():
    assert allocate(0, []) == ()
    assert numbers(0, [Claim("A", 0), Claim("B", 3)]) == [0, 0]


@pytest.mark.parametrize(
    ("total", "claims", "figures"),
    [
        (10, [Claim("A", 1, floor=8), Claim("B", 1, floor=5)], {"floors": 13, "missing": 3}),
        (10, [Claim("A", 1, floor=8), Claim("B", 1, held=5)], {"held": 5, "missing": 3}),
        (10, [Claim("A", 1, held=12), Claim("B", 1)], {"held": 12, "excess": 2}),
        (10, [Claim("A", 1, cap=3), Claim("B", 1, held=5)], {"others": 3, "held": 5, "left": 2}),
        (10, [Claim("A", 0), Claim("B", 0, held=4)], {"left": 6}),
        (-1, [Claim("A", 1)], {"excess": 1}),
        (5, [], {"left": 5}),
    ],
)
def test_an_impossible_total_is_explained_with_the_figures(total, claims, figures):
    with pytest.raises(Refused) as refused:
        allocate(total, claims)

    assert figures.items() <= refused.value.message.values.items()


def test_a_floor_above_its_cap_names_the_box():
    with pytest.raises(Refused) as refused:
        allocate(10, [Claim("A", 1), Claim("B", 1, floor=5, cap=4)])

    assert [problem.field for problem in refused.value.problems] == ["B"]
