"""Random trees and random moves at random dates, against a calendar kept day by day."""

from datetime import date, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.core.database import db
from app.imports.rules import ImportRefused
from app.tenants.commands import create_tenant
from app.tenants.context import COMMAND_LINE, load_context
from app.tenants.models import Setting
from app.units.commands import refresh_tree_when_due
from app.units.models import Position, Unit
from tests.factories.units import import_lines

FIRST = date(2022, 1, 1)
DAYS = 9
TODAY = FIRST + timedelta(DAYS // 2)
CODES = "ABCDE"

moves = st.tuples(st.sampled_from(CODES), st.sampled_from(("", *CODES)))
batches = st.tuples(
    st.integers(1, DAYS - 1), st.lists(moves, min_size=1, max_size=4, unique_by=lambda m: m[0])
)
trees = st.tuples(*(st.sampled_from(("", *CODES[:place])) for place in range(len(CODES))))
tenant_numbers = count(1)


class Calendar:
    """The plain model: for each unit a list with its parent on every day."""

    def __init__(self):
        self.parents = {}

    def moved(self, day, batch):
        """Return what the calendar says after some moves; None where they are impossible."""
        after = {code: list(line) for code, line in self.parents.items()}
        for code, parent in batch:
            line = after.setdefault(code, [parent] * DAYS)
            changes = [d for d in range(day + 1, DAYS) if line[d] != line[d - 1]]
            end = min(changes, default=DAYS)
            line[day:end] = [parent] * (end - day)
        is_sound = all(self._way(after, code, d) for code in after for d in range(DAYS))
        return after if is_sound else None

    def way(self, code, day):
        """Return the codes from the root to a unit."""
        return self._way(self.parents, code, day)

    @staticmethod
    def _way(parents, code, day):
        way = [code]
        while parents[way[-1]][day]:
            above = parents[way[-1]][day]
            if above in way or above not in parents:
                return None
            way.append(above)
        return way[::-1]


def recorded_positions(context):
    """Return the spans of every unit in order, paths as codes."""
    units = select(Unit.id, Unit.code).where(Unit.tenant_id == context.tenant_id)
    codes = {row.id: row.code for row in db.session.execute(units)}
    rows = db.session.execute(
        select(Position.unit_id, Position.valid, Position.path).where(
            Position.tenant_id == context.tenant_id
        )
    )
    spans = {code: [] for code in codes.values()}
    for unit_id, valid, path in rows:
        way = [codes[int(label)] for label in path.rstrip(".").split(".")]
        spans[codes[unit_id]].append((valid.lower or date.min, valid.upper or date.max, way))
    return {code: sorted(line) for code, line in spans.items()}


def todays_ways(context):
    units = db.session.execute(
        select(Unit.id, Unit.code, Unit.path).where(Unit.tenant_id == context.tenant_id)
    ).all()
    codes = {str(unit.id): unit.code for unit in units}
    return {
        unit.code: [codes[label] for label in unit.path.rstrip(".").split(".")] for unit in units
    }


def assert_equals_calendar(context, calendar):
    for code, spans in recorded_positions(context).items():
        assert spans[0][0] == date.min
        assert spans[-1][1] == date.max
        for span, following in pairwise(spans):
            assert span[1] == following[0]
        for day in range(DAYS):
            on = FIRST + timedelta(day)
            ways = [way for first, end, way in spans if first <= on < end]
            assert ways == [calendar.way(code, day)]
    today = (context.today - FIRST).days
    assert todays_ways(context) == {code: calendar.way(code, today) for code in calendar.parents}


def planted(tree):
    """Return a new tenant with a tree, and a calendar that says the same."""
    context = create_tenant(f"T{next(tenant_numbers)}", "Tỉnh", clock_on=TODAY)
    calendar = Calendar()
    run(context, calendar, 1, list(zip(CODES, tree, strict=True)))
    return context, calendar


def run(context, calendar, day, batch):
    """Import the moves of a day, and write them in the calendar where they are possible."""
    lines = [f"{code},{parent},section,{code}" for code, parent in batch]
    after = calendar.moved(day, batch)
    effective = FIRST + timedelta(day)
    if after is not None:
        import_lines(context, *lines, effective=effective)
        calendar.parents = after
        return
    with pytest.raises(ImportRefused):
        import_lines(context, *lines, effective=effective)


def turn_clock(context, to):
    db.session.execute(
        update(Setting).where(Setting.tenant_id == context.tenant_id).values(clock_on=to)
    )
    return load_context(context.tenant_id, COMMAND_LINE)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(tree=trees, batches=st.lists(batches, min_size=1, max_size=6))
def test_positions_equal_a_calendar_after_any_moves(app_context, tree, batches):
    context, calendar = planted(tree)

    for day, batch in batches:
        run(context, calendar, day, batch)

        assert_equals_calendar(context, calendar)
    db.session.commit()


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    tree=trees,
    batches=st.lists(batches, min_size=1, max_size=4),
    clock=st.lists(st.integers(0, DAYS - 1), min_size=1, max_size=5),
)
def test_todays_paths_follow_the_clock_forwards_and_backwards(app_context, tree, batches, clock):
    context, calendar = planted(tree)
    for day, batch in batches:
        run(context, calendar, day, batch)

    for day in clock:
        context = turn_clock(context, FIRST + timedelta(day))
        refresh_tree_when_due(context)

        assert todays_ways(context) == {code: calendar.way(code, day) for code in calendar.parents}
    db.session.commit()


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(tree=trees, batches=st.lists(batches, min_size=1, max_size=4))
def test_importing_the_last_file_again_changes_nothing(app_context, tree, batches):
    context, calendar = planted(tree)
    for day, batch in batches:
        run(context, calendar, day, batch)
    day, batch = batches[-1]
    before = recorded_positions(context)

    if calendar.moved(day, batch) is not None:
        lines = [f"{code},{parent},section,{code}" for code, parent in batch]
        report = import_lines(context, *lines, effective=FIRST + timedelta(day))

        assert report.unchanged == report.read
    assert recorded_positions(context) == before
    db.session.commit()
