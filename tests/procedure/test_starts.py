"""By when somebody must begin to be counted in a year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.rules import Clock, StepKind
from app.procedure.cases import Law
from app.procedure.defaults import RULE_SETS
from app.procedure.rules import due
from app.procedure.spans import WorkCalendar, months_later
from app.procedure.starts import last_days

LAW = Law(RULE_SETS, WorkCalendar())
ONE_DAY = timedelta(days=1)


def days(counted, bound):
    return {found.kind: found.on for found in last_days(counted, bound, LAW)}


def test_the_year_2022_was_begun_in_october_before():
    assert days(StepKind.DECISION, date(2022, 12, 31)) == {
        StepKind.MENTOR: date(2021, 10, 9),
        StepKind.CELL_RESOLUTION: date(2022, 10, 9),
    }


def test_custom_is_told_from_law():
    found = {
        day.kind: day.is_hearsay for day in last_days(StepKind.DECISION, date(2026, 12, 31), LAW)
    }
    assert found == {StepKind.MENTOR: True, StepKind.CELL_RESOLUTION: False}


@pytest.mark.parametrize("counted", [StepKind.LISTED, StepKind.CERTIFICATE, StepKind.REMOVAL])
def test_no_span_stands_before_these(counted):
    assert last_days(counted, date(2022, 12, 31), LAW) == ()


@given(st.dates(date(2010, 1, 1), date(2035, 12, 31)))
def test_each_is_the_last_day_that_is_in_time(bound):
    found = days(StepKind.CEREMONY, bound)
    decision, resolution = found[StepKind.DECISION], found[StepKind.CELL_RESOLUTION]
    assert due(Clock.CEREMONY, decision, LAW).due_on <= bound
    assert due(Clock.CEREMONY, decision + ONE_DAY, LAW).due_on > bound
    assert due(Clock.DECISION, resolution, LAW).due_on <= decision
    assert due(Clock.DECISION, resolution + ONE_DAY, LAW).due_on > decision
    assert months_later(found[StepKind.MENTOR], 12) <= resolution
    assert months_later(found[StepKind.MENTOR] + ONE_DAY, 12) > resolution
