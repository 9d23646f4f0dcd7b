import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.apportion import share

weights = st.lists(st.integers(1, 50), min_size=1, max_size=12)


@given(st.integers(0, 300), weights)
def test_everybody_is_within_one_of_the_exact_share(total, weights):
    parts = share(total, weights)

    assert sum(parts) == total
    whole = sum(weights)
    assert all(
        abs(part * whole - total * weight) < whole
        for part, weight in zip(parts, weights, strict=True)
    )


def test_the_largest_remainders_get_the_rest():
    assert share(10, [36, 35, 29]) == [4, 3, 3]


def test_the_earlier_place_wins_a_tie():
    assert share(4, [1, 1, 1]) == [2, 1, 1]


@given(st.data(), weights)
def test_floors_and_caps_hold(data, weights):
    floors = [data.draw(st.integers(0, 9)) for _ in weights]
    caps = [floor + data.draw(st.integers(0, 9)) for floor in floors]
    total = data.draw(st.integers(sum(floors), sum(caps)))

    parts = share(total, weights, floors=floors, caps=caps)

    assert sum(parts) == total
    assert all(floor <= part <= cap for floor, part, cap in zip(floors, parts, caps, strict=True))


@pytest.mark.parametrize(
    ("floors", "caps"),
    [([3, 3], [9, 9]), ([0, 0], [2, 2]), ([3, 0], [2, 9])],
    ids=["too much promised", "too little room", "floor above cap"],
)
def test_what_does_not_fit_is_refused(floors, caps):
    with pytest.raises(ValueError, match="5 does not fit"):
        share(5, [1, 1], floors=floors, caps=caps)
