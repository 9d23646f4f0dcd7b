from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.web import formats


@pytest.mark.parametrize(
    ("value", "vietnamese", "english"),
    [
        (0, "0", "0"),
        (999, "999", "999"),
        (1545, "1.545", "1,545"),
        (2_000_000, "2.000.000", "2,000,000"),
        (-1545, "−1.545", "−1,545"),
        (None, "–", "–"),
    ],
)
def test_whole_number_is_grouped_by_language(value, vietnamese, english):
    assert formats.whole_number(value, "vi") == vietnamese
    assert formats.whole_number(value, "en") == english


@pytest.mark.parametrize(
    ("value", "vietnamese", "english"),
    [
        (Decimal("77.25"), "77,25%", "77.25%"),
        (Decimal(106), "106,00%", "106.00%"),
        (Decimal("1266.5"), "1.266,50%", "1,266.50%"),
        (Decimal("68.865"), "68,87%", "68.87%"),
        (None, "–", "–"),
    ],
)
def test_percent_has_two_places_half_up(value, vietnamese, english):
    assert formats.percent(value, "vi") == vietnamese
    assert formats.percent(value, "en") == english


@pytest.mark.parametrize(
    ("value", "written"),
    [(12, "+12"), (-1012, "−1.012"), (0, "0"), (None, "–")],
)
def test_difference_has_its_sign(value, written):
    assert formats.signed(value, "vi") == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("22.038"), "+22,04%"),
        (Decimal("-4.5"), "−4,50%"),
        (Decimal("-0.001"), "0,00%"),
        (None, "–"),
    ],
)
def test_change_has_its_sign(value, written):
    assert formats.signed_percent(value, "vi") == written


def test_dates_are_written_day_first_with_zeros():
    assert formats.day(date(2026, 11, 3)) == "03/11/2026"
    assert formats.month(date(2022, 9, 30)) == "09/2022"
    assert formats.day(None) == formats.month(None) == formats.instant(None) == "–"


def test_instant_is_told_in_vietnam():
    assert formats.instant(datetime(2022, 10, 31, 17, 5, tzinfo=UTC)) == "00:05 01/11/2022"


def test_filters_follow_the_reader(render):
    source = "{{ 1545 | whole_number }} {{ share | percent }} {{ -3 | signed }} {{ day | date }}"
    values = {"share": Decimal("77.25"), "day": date(2022, 10, 31)}

    assert render(source, "vi", **values) == "1.545 77,25% −3 31/10/2022"
    assert render(source, "en", **values) == "1,545 77.25% −3 31/10/2022"
