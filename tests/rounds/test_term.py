"""A term with its years: shares taken, what is done, what remains."""

from datetime import date

import pytest

from app.cases.rules import StepKind
from app.core.errors import Conflict, NotAllowed, Refused
from app.core.periods import parse_period
from app.quotas.in_force import quotas_in_force
from app.quotas.rules import BoardKey, Decision, Seen
from app.rounds.term import take_shares, term_of
from app.units.queries import unit_by_code
from tests.factories.cases import make_person
from tests.factories.quotas import board_key, give_quotas
from tests.factories.reorganisations import reorganise
from tests.quotas.conftest import TODAY, make_province

DECISION = Decision("12-NQ/HU", date(2022, 1, 5))
SHARES = {2020: 0, 2021: 60, 2022: 80, 2023: 90, 2024: 90, 2025: 80}


@pytest.fixture
def with_term(province):
    give_quotas(province.context, "P", {"D1": 400}, period="2020-2025", decided_on="2020-12-01")
    return province


def term(province):
    return term_of(province.context, province["D1"].id, measure_of(province))


def measure_of(province):
    return board_key(province.context, province["P"]).measure_id


def take(province, shares, *, seen="0.0", decision=DECISION, code="D1"):
    key = BoardKey(province["D1"].id, measure_of(province), parse_period("2020-2025"))
    return take_shares(
        province.acting_for(code), key, shares, dict.fromkeys(shares, Seen.read(seen)), decision
    )


def test_a_term_says_what_is_done_and_what_remains_per_year(with_term):
    for place, decided_on in enumerate((date(2021, 5, 19), date(2021, 9, 2), date(2022, 5, 19))):
        make_person(
            with_term.context,
            with_term["B1"],
            f"Nguyễn Văn {place}",
            steps={StepKind.LISTED: date(2021, 3, 1), StepKind.DECISION: decided_on},
        )

    found = term(with_term)

    assert (found.period, found.source) == (parse_period("2020-2025"), "assigned")
    assert [(year.year, year.done) for year in found.years if year.done] == [(2021, 2), (2022, 1)]
    assert (found.standing.quota, found.standing.done, found.standing.left) == (400, 3, 397)
    assert found.standing.per_year == {2022: 100, 2023: 99, 2024: 99, 2025: 99}
    assert next(year.assigned for year in found.years if year.year == 2022) == 80


def test_shares_become_quotas_of_their_years(with_term):
    assert take(with_term, SHARES) == 6

    figures = quotas_in_force(
        with_term.context,
        [with_term["D1"].id],
        measure_of(with_term),
        parse_period("2022"),
        TODAY,
    )[with_term["D1"].id]
    assert [(figure.source, figure.count) for figure in figures] == [
        ("assigned", 80),
        ("term_share", 80),
    ]
    assert [year.share for year in term(with_term).years] == list(SHARES.values())


def test_shares_of_another_sum_need_a_reason_and_one_document(with_term):
    with pytest.raises(Refused) as refused:
        take(with_term, SHARES | {2025: 70})
    assert [problem.field for problem in refused.value.problems] == ["cause"]
    assert [year.share for year in term(with_term).years] == [None] * 6

    reasoned = Decision("12-NQ/HU", date(2022, 1, 5), cause="chờ đại hội")
    assert take(with_term, SHARES | {2025: 70}, decision=reasoned) == 6


def test_two_editors_of_shares_do_not_overwrite_each_other(with_term):
    take(with_term, SHARES)

    with pytest.raises(Conflict):
        take(with_term, SHARES | {2024: 100, 2025: 70})
    assert take(with_term, SHARES | {2024: 100, 2025: 70}, seen="1.0") == 2


def test_shares_are_the_units_own_to_take(with_term):
    with pytest.raises(NotAllowed):
        take(with_term, SHARES, code="P")


def test_without_a_quota_for_the_term_there_is_nothing_to_share(province):
    found = term(province)

    assert (found.standing.quota, found.choices) == (None, ())
    assert found.period == parse_period("2020-2024")
    with pytest.raises(Refused):
        take(province, SHARES)


def test_a_unit_that_began_inside_a_term_counts_what_it_was_made_of(province):
    decided_on = date(2022, 5, 19)
    make_person(
        province.context,
        province["B1"],
        "Nguyễn Văn Trước",
        steps={StepKind.LISTED: date(2021, 3, 1), StepKind.DECISION: decided_on},
    )
    merged = [f"{code},,N1,Huyện Mới,P,whole,1" for code in ("D1", "D2")]
    reorganise(province.context, *merged, on=date(2022, 9, 1))
    begun = unit_by_code(province.context, "N1")

    found = term_of(province.context, begun.id, measure_of(province))

    assert found.is_on_todays_tree
    assert found.standing.done == 1
    assert not term(province).is_on_todays_tree
    assert term(province).standing.done == 1


def test_a_term_of_another_tenant_is_empty(with_term):
    other = make_province("HOABINH")

    found = term_of(other.context, with_term["D1"].id, measure_of(other))

    assert (found.standing.quota, found.standing.done) == (None, 0)
