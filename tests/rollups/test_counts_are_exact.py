"""Whatever is written, moved or folded, in any order: every figure equals a plain recount."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text

from app.core.database import apply_context, db
from app.factory import create_app
from app.measures.queries import measure_by_code
from app.rollups import commands, queries
from app.rollups.models import Tree
from app.rollups.queries import Span, counts, segment_counts
from app.runtime import schema
from app.runtime.throwaway import create_database
from app.tenants.commands import create_tenant
from app.tenants.context import tenant_transaction
from app.units.commands import move_unit
from app.units.queries import unit_by_code
from tests.factories.units import import_lines

FIRST_DAY = date(2020, 12, 1)
DAYS = 430
TODAY = date(2022, 3, 31)
DISTRICTS = ("D1", "D2")
COMMUNES = ("C1", "C2", "C3")
CELLS = ("B1", "B2", "B3", "B4", "B5")
HOME = {
    "D1": "P", "D2": "P", "C1": "D1", "C2": "D1", "C3": "D2",
    "B1": "C1", "B2": "C1", "B3": "C2", "B4": "C3", "B5": "D2",
}  # fmt: skip
TREE = (
    "P,,province,Tỉnh",
    *(f"{code},P,district,Huyện {code}" for code in DISTRICTS),
    *(f"{code},{HOME[code]},commune,Xã {code}" for code in COMMUNES),
    *(f"{code},{HOME[code]},cell,Chi bộ {code}" for code in CELLS),
)
SLOTS = (1, 2, 3)
USUAL_SPANS = [
    Span(f"{first} {last} {tree.name}", first, last, tree)
    for first, last in (
        (date(2021, 1, 1), date(2021, 12, 31)),
        (date(2020, 12, 10), date(2022, 1, 20)),
    )
    for tree in (Tree.THEN, Tree.NOW)
]

days = st.integers(0, DAYS).map(lambda number: FIRST_DAY + timedelta(days=number))
segments = st.sets(st.sampled_from(SLOTS)).map(sorted)
cells = st.sampled_from(CELLS)


class Books(RuleBasedStateMachine):
    """Writes steps and moves units through the product, and keeps both in plain Python beside."""

    @initialize()
    def create_tenant_with_tree(self):
        db.session.rollback()
        self.context = create_tenant("THU", "Tỉnh thử", clock_on=TODAY)
        import_lines(self.context, *TREE)
        self.units = {code: unit_by_code(self.context, code) for code in ("P", *HOME)}
        self.measure = measure_by_code(self.context, "admission")
        self.parents = {code: [(date.min, parent)] for code, parent in HOME.items()}
        self.parents["P"] = [(date.min, None)]
        self.steps = {}

    @rule(cell=cells, on=days, slots=segments)
    def take_step(self, cell, on, slots):
        step_id = _insert_step(self.context, self.units[cell], on, slots)
        self.steps[step_id] = (cell, on, tuple(slots))

    @rule(data=st.data(), cell=cells, on=days, slots=segments)
    def correct_step(self, data, cell, on, slots):
        if not self.steps:
            return
        step_id = data.draw(st.sampled_from(sorted(self.steps)))
        db.session.execute(
            text(
                "UPDATE step SET cell_id = :cell, taken_on = :on, segments = :slots"
                " WHERE tenant_id = :tenant AND id = :id"
            ),
            {
                "tenant": self.context.tenant_id,
                "id": step_id,
                "cell": self.units[cell].id,
                "on": on,
                "slots": slots,
            },
        )
        self.steps[step_id] = (cell, on, tuple(slots))

    @rule(data=st.data())
    def delete_step(self, data):
        if not self.steps:
            return
        step_id = data.draw(st.sampled_from(sorted(self.steps)))
        db.session.execute(
            text("DELETE FROM step WHERE tenant_id = :tenant AND id = :id"),
            {"tenant": self.context.tenant_id, "id": step_id},
        )
        del self.steps[step_id]

    @rule(unit=st.sampled_from((*COMMUNES, *CELLS)), parent=st.sampled_from(DISTRICTS), on=days)
    def move(self, unit, parent, on):
        if any(start >= on for start, _ in self.parents[unit][1:]):
            return
        move_unit(self.context, self.units[unit].id, self.units[parent].id, on)
        self.parents[unit].append((on, parent))

    @rule()
    def fold(self):
        commands.fold(self.context)

    @rule()
    def rebuild(self):
        commands.rebuild(self.context)

    @rule(
        first=days,
        last=days,
        tree=st.sampled_from((Tree.THEN, Tree.NOW)),
        slot=st.sampled_from((None, *SLOTS)),
    )
    def read_any_span(self, first, last, tree, slot):
        first, last = min(first, last), max(first, last)
        for code, unit in self.units.items():
            counted = counts(
                self.context,
                unit_id=unit.id,
                measure_id=self.measure.id,
                spans=[Span("asked", first, last, tree)],
                slot=slot,
            )
            expected = self._recount(code, first, last, tree=tree, slot=slot)
            assert counted.total("asked") == sum(expected.values())
            for child in expected.keys() - {code}:
                assert counted.of_child("asked", self.units[child].id) == expected[child]

    @rule(first=days, last=days, tree=st.sampled_from((Tree.THEN, Tree.NOW)))
    def read_segments(self, first, last, tree):
        first, last = min(first, last), max(first, last)
        total, by_slot = segment_counts(
            self.context,
            unit_id=self.units["D1"].id,
            measure_id=self.measure.id,
            span=Span("asked", first, last, tree),
        )
        assert total == sum(self._recount("D1", first, last, tree=tree, slot=None).values())
        for slot in SLOTS:
            expected = sum(self._recount("D1", first, last, tree=tree, slot=slot).values())
            assert by_slot.get(slot, 0) == expected

    @invariant()
    def verification_agrees(self):
        if hasattr(self, "context"):
            assert commands.verify(self.context).mismatches == ()

    @invariant()
    def usual_spans_agree(self):
        if not hasattr(self, "context"):
            return
        for code in ("D1", "D2", "C1"):
            unit = self.units[code]
            counted = counts(
                self.context,
                unit_id=unit.id,
                measure_id=self.measure.id,
                spans=USUAL_SPANS,
            )
            for span in USUAL_SPANS:
                expected = self._recount(code, span.first, span.last, tree=span.tree, slot=None)
                assert counted.total(span.name) == sum(expected.values())

    def teardown(self):
        db.session.rollback()

    def _recount(self, code, first, last, *, tree, slot):
        """Count the model's steps by the child of `code` that each is credited through."""
        found = {}
        for cell, on, slots in self.steps.values():
            if not first <= on <= last or (slot is not None and slot not in slots):
                continue
            way = self._way_up(cell, on if tree is Tree.THEN else TODAY)
            if code in way:
                place = way.index(code)
                child = way[place - 1] if place else code
                found[child] = found.get(child, 0) + 1
        return found

    def _way_up(self, code, on):
        way = [code]
        while (parent := self._parent(way[-1], on)) is not None:
            way.append(parent)
        return way

    def _parent(self, code, on):
        return [parent for start, parent in self.parents[code] if start <= on][-1]


@pytest.mark.usefixtures("app_context")
def test_any_history_of_writes_moves_and_folds_counts_exactly(app):
    case = settings(
        max_examples=30,
        phases=[Phase.reuse, Phase.generate],
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    Books.TestCase.settings = case
    Books.TestCase().runTest()


def _insert_step(context, cell, on, slots):
    """Add a person with one decided case; return the step's number."""
    return db.session.execute(
        text(
            """
            WITH a_person AS (
                INSERT INTO person (tenant_id, cell_id, path, full_name, sort_key, search_key,
                                    date_of_birth, sex)
                VALUES (:tenant, :cell, :path, 'Nguyễn Văn An', 'an', 'an', '1990-01-01', 'male')
                RETURNING id
            ),
            a_case AS (
                INSERT INTO case_file (tenant_id, person_id, path)
                SELECT :tenant, id, :path FROM a_person RETURNING id
            )
            INSERT INTO step (tenant_id, case_id, cell_id, path, kind, taken_on, segments)
            SELECT :tenant, id, :cell, :path, 'decision', :on, :slots FROM a_case RETURNING id
            """
        ),
        {
            "tenant": context.tenant_id,
            "cell": cell.id,
            "path": _path(context, cell),
            "on": on,
            "slots": slots,
        },
    ).scalar_one()


def _path(context, unit):
    return db.session.scalar(
        text("SELECT path FROM unit WHERE tenant_id = :tenant AND id = :id"),
        {"tenant": context.tenant_id, "id": unit.id},
    )


def _span(first, last, tree):
    return Span("asked", date.fromisoformat(first), date.fromisoformat(last), tree)


@pytest.fixture
def moved_twice(app_context):
    """A commune that stood under D1, then D2 from June, then D1 again from September 2021."""
    return _move_twice()


def _move_twice():
    context = create_tenant("THU", "Tỉnh thử", clock_on=TODAY)
    import_lines(context, *TREE)
    units = {code: unit_by_code(context, code) for code in ("P", *HOME)}
    cell = unit_by_code(context, "B1")
    for month in range(1, 13):
        _insert_step(context, cell, date(2021, month, 15), [1])
    commands.fold(context)
    move_unit(context, units["C1"].id, units["D2"].id, date(2021, 6, 10))
    move_unit(context, units["C1"].id, units["D1"].id, date(2021, 9, 20))
    return context, units


def test_migrating_redraws_the_books_of_who_moved(server_settings, worker_id):
    own = create_database(server_settings, f"moved_books_{worker_id}")
    with create_app(own).app_context():
        context, _ = _move_twice()
        db.session.commit()
        db.session.remove()
        schema.downgrade(own, "0038")
        schema.upgrade(own)
        # Functions have changed below what open connections have prepared.
        db.engine.dispose()

        with tenant_transaction(context.tenant_code):
            verified = commands.verify(context)

    assert verified.figures > 0
    assert verified.mismatches == ()


MOVED_TWICE = [
    ("D1", _span("2021-01-01", "2021-12-31", Tree.THEN), 8),
    ("D2", _span("2021-01-01", "2021-12-31", Tree.THEN), 4),
    ("P", _span("2021-01-01", "2021-12-31", Tree.THEN), 12),
    ("C1", _span("2021-01-01", "2021-12-31", Tree.THEN), 12),
    ("D1", _span("2021-01-01", "2021-12-31", Tree.NOW), 12),
    ("D2", _span("2021-01-01", "2021-12-31", Tree.NOW), 0),
    ("D1", _span("2021-05-10", "2021-10-20", Tree.THEN), 2),
    ("D2", _span("2021-06-14", "2021-09-16", Tree.THEN), 4),
    ("C1", _span("2021-01-10", "2021-10-20", Tree.THEN), 10),
    ("D1", _span("2021-06-14", "2021-09-16", Tree.NOW), 4),
]


@pytest.mark.parametrize(("unit", "span", "expected"), MOVED_TWICE)
def test_a_unit_that_moved_counts_where_each_tree_has_it(moved_twice, unit, span, expected):
    context, units = moved_twice

    counted = counts(
        context,
        unit_id=units[unit].id,
        measure_id=measure_by_code(context, "admission").id,
        spans=[span],
    )

    assert counted.total(span.name) == expected
    assert sum(counted.by_child.values()) == expected
    assert commands.verify(context).mismatches == ()


MUTATIONS = {
    "an added step is not counted": ("fold", "record_deltas()", "s.segments, 1", "s.segments, 0"),
    "folding adds to a month twice": (
        "fold",
        "fold_deltas(integer)",
        "kept.total + excluded.total",
        "kept.total + 2 * excluded.total",
    ),
    "a deleted step stays counted": ("fold", "record_deltas()", "s.segments, -1", "s.segments, 0"),
    "a corrected step counts twice": (
        "correct",
        "record_deltas()",
        "r.segments, -1 AS amount",
        "r.segments, 0 AS amount",
    ),
    "folding forgets the segments": (
        "fold",
        "fold_deltas(integer)",
        "v.tree, v.total, v.segments",
        "v.tree, v.total, '{}'::integer[]",
    ),
    "folding loses the day": (
        "fold",
        "fold_deltas(integer)",
        "HAVING sum(t.amount) <> 0",
        "HAVING false",
    ),
    "moving credits nobody anew": (
        "move",
        "recredit(bigint[])",
        "WHERE r.is_gain",
        "WHERE false",
    ),
    "who moves still counts where it stood": (
        "move",
        "recredit(bigint[])",
        "AND r.is_whole AND NOT r.is_gain",
        "AND false",
    ),
    "who moves leaves its segments behind": (
        "move",
        "recredit(bigint[])",
        "string_agg(m.slots, '')",
        "string_agg('', '')",
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_verification_notices_a_broken_function(moved_twice, settings, owner_engine, name):
    context, units = moved_twice
    act, signature, right, wrong = MUTATIONS[name]
    db.session.commit()
    with owner_engine.begin() as owner:
        definition = owner.scalar(
            text("SELECT pg_get_functiondef(CAST(:name AS regprocedure))"), {"name": signature}
        )
    assert right in definition
    with owner_engine.begin() as owner:
        owner.exec_driver_sql(definition.replace(right, wrong).replace("%", "%%"))
    try:
        _write_a_little(context, units, act)
        assert commands.verify(context).mismatches != ()
    finally:
        db.session.rollback()
        with owner_engine.begin() as owner:
            owner.exec_driver_sql(definition.replace("%", "%%"))


READ_MUTATIONS = {
    "what is pending is forgotten": ("FROM delta d", "FROM (SELECT * FROM delta LIMIT 0) d"),
    "a cut month is read whole": ("d.counted_on BETWEEN c.first AND c.last", "true"),
    "a cut month is forgotten": ("JOIN day_count d", "JOIN (SELECT * FROM day_count LIMIT 0) d"),
    "whole months are forgotten": ("c.month < s.end_month", "c.month < s.from_month"),
    "both trees are read as one": ("(c.tree = 0 OR c.tree = s.tree)", "true"),
    "moves are not seen": ("d.counted_on <@ p.valid", "true"),
}


@pytest.mark.parametrize("name", READ_MUTATIONS)
def test_a_broken_read_shows_in_a_figure(moved_twice, monkeypatch, name):
    context, units = moved_twice
    for day in (date(2021, 5, 3), date(2021, 10, 25)):
        _insert_step(context, units["B1"], day, [])
    commands.fold(context)
    _insert_step(context, units["B1"], date(2021, 7, 7), [])
    before = _totals(context, units)
    right, wrong = READ_MUTATIONS[name]
    statement = str(queries._COUNTS[False])
    assert right in statement

    broken = text(statement.replace(right, wrong))
    monkeypatch.setattr(queries, "_COUNTS", {**queries._COUNTS, False: broken})

    assert _totals(context, units) != before


def _totals(context, units):
    measure = measure_by_code(context, "admission")
    return [
        counts(context, unit_id=units[unit].id, measure_id=measure.id, spans=[span]).total("asked")
        for unit, span, _expected in MOVED_TWICE
    ]


def _write_a_little(context, units, act):
    apply_context(db.session(), context.for_database)
    step_id = _insert_step(context, units["B1"], date(2021, 3, 3), [2])
    values = {"tenant": context.tenant_id, "id": step_id}
    if act == "correct":
        db.session.execute(
            text("UPDATE step SET taken_on = '2021-04-04' WHERE tenant_id = :tenant AND id = :id"),
            values,
        )
    elif act == "move":
        commands.fold(context)
        move_unit(context, units["C2"].id, units["D2"].id, date(2021, 2, 1))
        move_unit(context, units["C1"].id, units["D2"].id, date(2021, 2, 1))
    else:
        commands.fold(context)
        other = _insert_step(context, units["B1"], date(2021, 3, 3), [2, 3])
        db.session.execute(
            text("DELETE FROM step WHERE tenant_id = :tenant AND id = :id"),
            values | {"id": other},
        )
        commands.fold(context)
