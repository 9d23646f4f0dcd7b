"""The one place where now and today are read."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.core import clock


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2022, 12, 31, 16, 59, 59, tzinfo=UTC), date(2022, 12, 31)),
        (datetime(2022, 12, 31, 17, 0, tzinfo=UTC), date(2023, 1, 1)),
        (datetime(2024, 2, 28, 17, 0, tzinfo=UTC), date(2024, 2, 29)),
    ],
)
def test_the_day_begins_at_midnight_in_vietnam(instant, day):
    with clock.frozen(instant):
        assert clock.today() == day


def test_clock_held_at_a_date_is_on_that_date_everywhere():
    with clock.frozen(date(2022, 10, 31)):
        assert clock.today() == date(2022, 10, 31)
        assert clock.now() == datetime(2022, 10, 31, 5, tzinfo=UTC)


def test_now_is_in_utc():
    with clock.frozen(datetime(2022, 10, 31, 9, tzinfo=timezone(timedelta(hours=9)))):
        assert clock.now() == datetime(2022, 10, 31, 0, tzinfo=UTC)
        assert clock.now().utcoffset() == timedelta(0)


def test_time_runs_again_afterwards_even_after_an_error():
    with pytest.raises(KeyError), clock.frozen(date(2022, 10, 31)), clock.frozen(date(2021, 1, 1)):
        raise KeyError

    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_instant_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"), clock.frozen(datetime(2022, 1, 1)):  # noqa: DTZ001
        pass
