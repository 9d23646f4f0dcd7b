"""No small count of a sensitive group follows from what is shown to who may not see people."""

from collections import defaultdict
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.periods import parse_period
from app.measures.queries import measure_by_code, segments_of
from app.monitoring.small_counts import finished_quarters, shown_counts
from app.monitoring.suppression import Family, Place, is_shown, shown_children
from app.tenants.commands import create_tenant
from app.units.queries import unit_by_code
from tests.factories.cases import import_rows
from tests.factories.units import import_lines

TODAY = date(2022, 10, 31)
LEAST = 2
"""Small, so that every world can be gone through; the rule is the same for 5."""


def worlds(totals, rest):
    """Go through every way in which a group can be spread over children and the rest."""
    for parts in product(*(range(total + 1) for total in (*totals, rest))):
        places = [Place(total, part) for total, part in zip(totals, parts, strict=False)]
        whole = Place(sum(totals) + rest, sum(parts))
        yield parts, Family(whole, dict(enumerate(places)))


def shown_of(family):
    """Return all that is told about a family: its own number, and those of the shown children."""
    if not family.unit.is_safe(LEAST):
        return None
    shown = shown_children(family, LEAST)
    return family.unit.part, tuple((one, family.children[one].part) for one in sorted(shown))


@pytest.mark.parametrize("children", [1, 2, 3])
def test_no_hidden_number_can_be_told_by_who_knows_the_rule(children):
    sizes = range(7) if children < 3 else (0, 1, 4, 5)
    for *totals, rest in product(*[sizes] * children, (0, 1, 2, 4)):
        by_what_is_shown = defaultdict(list)
        for parts, family in worlds(totals, rest):
            by_what_is_shown[shown_of(family)].append(parts)
        for shown, possible in by_what_is_shown.items():
            visible = {one for one, _ in shown[1]} if shown else set()
            for one, total in enumerate(totals):
                if total and one not in visible:
                    assert len({parts[one] for parts in possible}) > 1, (totals, rest, shown)


def test_nor_over_two_generations():
    """A top with children 0 and 1; child 0 has the children 2 and 3."""
    for totals in product((1, 4, 5), (3, 4, 5), (0, 4, 6)):
        by_what_is_shown = defaultdict(list)
        for a, b, c in product(*(range(total + 1) for total in totals)):
            lower = Family(
                Place(totals[0] + totals[1], a + b),
                {2: Place(totals[0], a), 3: Place(totals[1], b)},
            )
            top = Family(Place(sum(totals), a + b + c), {0: lower.unit, 1: Place(totals[2], c)})
            families = {9: top, 0: lower}
            numbers = {(9,): a + b + c, (9, 0): a + b, (9, 1): c, (9, 0, 2): a, (9, 0, 3): b}
            told = tuple(
                (way, number if is_shown(way, families, LEAST) else None)
                for way, number in numbers.items()
            )
            by_what_is_shown[told].append(numbers)
        of_way = {(9, 0, 2): totals[0], (9, 0, 3): totals[1], (9, 1): totals[2]}
        for told, possible in by_what_is_shown.items():
            for way, number in told:
                if number is None and of_way.get(way):
                    assert len({numbers[way] for numbers in possible}) > 1, (totals, told)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=8),
    st.tuples(st.integers(0, 60), st.integers(0, 60)),
)
def test_all_that_is_shown_and_all_that_is_left_is_safe(children, rest):
    places = {one: Place(part + others, part) for one, (part, others) in enumerate(children)}
    left = Place(sum(rest), rest[0])
    whole = Place(
        left.total + sum(place.total for place in places.values()),
        left.part + sum(place.part for place in places.values()),
    )
    if not whole.is_safe():
        return

    shown = shown_children(Family(whole, places))

    for one in shown:
        assert places[one].is_safe()
        whole -= places[one]
    assert whole.is_safe()


@pytest.mark.parametrize(
    ("period", "day", "ends"),
    [
        ("2022", date(2022, 10, 30), ["2022-03-31", "2022-06-30", "2022-09-30"]),
        ("2022", date(2022, 3, 30), []),
        ("2022-Q3", date(2022, 10, 30), ["2022-09-30"]),
        ("2022-09", date(2022, 10, 30), []),
        ("2022-02-01..2022-12-31", date(2022, 10, 30), []),
        ("2021-2022", date(2021, 12, 31), ["2021-03-31", "2021-06-30", "2021-09-30", "2021-12-31"]),
    ],
)
def test_time_is_whole_quarters_that_are_over(period, day, ends):
    found = finished_quarters(parse_period(period), day)

    assert [quarter.last.isoformat() for quarter in found] == ends


@pytest.fixture
def province(app_context):
    """Two districts with 12 and 14 admitted in a quarter, 6 and 7 of them Mường; a small one."""
    context = create_tenant("VINHPHUC", "Tỉnh Vĩnh Phúc", clock_on=TODAY)
    import_lines(
        context,
        "P,,province,Tỉnh ủy",
        "H1,P,district,Huyện Một",
        "H2,P,district,Huyện Hai",
        "B1,H1,cell,Chi bộ 1",
        "B2,H2,cell,Chi bộ 2",
    )
    _admit(context, "B1", "2022-02-02", muong=6, kinh=6)
    _admit(context, "B2", "2022-03-03", muong=7, kinh=7)
    return context


def _admit(context, cell, day, *, muong, kinh):
    import_rows(
        context,
        *(
            {
                "cell_code": cell,
                "full_name": f"Nguyễn {cell} {day} {number}".replace("-", " ").replace(
                    "0", "không"
                ),
                "person_code": f"{cell}-{day}-{number}",
                "listed_on": "",
                "decision_on": day,
                "ethnicity": "Mường" if number < muong else "Kinh",
            }
            for number in range(muong + kinh)
        ),
    )


def _shown(context, unit, period="2022", day=TODAY):
    measure = measure_by_code(context, "admission")
    segments = segments_of(context, measure)
    slot = next(segment.slot for segment in segments if segment.code == "ethnic_minority")
    found = shown_counts(
        context, unit_by_code(context, unit), measure.id, parse_period(period), day, segments
    )
    place = found.by_slot[slot].place
    return place and (place.part, place.total)


def test_large_numbers_are_shown_to_everybody(province):
    assert {unit: _shown(province, unit) for unit in ("P", "H1", "H2")} == {
        "P": (13, 26),
        "H1": (6, 12),
        "H2": (7, 14),
    }


def test_a_small_sibling_hides_what_would_tell_it(province):
    _admit(province, "B2", "2022-08-08", muong=1, kinh=0)

    # The third quarter has one person in the whole province.
    assert _shown(province, "P") is None
    assert _shown(province, "P", day=date(2022, 8, 31)) == (13, 26)
    assert _shown(province, "H1") == (6, 12)


def test_one_who_moved_within_the_quarter_is_part_of_the_rest(province):
    import_lines(province, "B1,H2,cell,Chi bộ 1", effective=date(2022, 3, 1))
    _admit(province, "B1", "2022-03-09", muong=5, kinh=5)

    assert _shown(province, "B1") is None
    assert _shown(province, "P") == (18, 36)
