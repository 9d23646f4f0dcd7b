"""The tree of the day: when it is drawn up, who is told, and who waits for whom."""

import threading
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, text, update

from app.audit.models import AuditEntry
from app.core import clock, events
from app.core.database import DatabaseContext, apply_context, db
from app.core.events import publish
from app.tenants.commands import create_tenant
from app.tenants.context import COMMAND_LINE, WHOLE_TENANT, TransactionOpened, load_context
from app.tenants.models import Setting
from app.units.commands import move_unit, refresh_tree, rename_unit
from app.units.events import UnitsRepathed
from app.units.models import TreeState, Unit
from app.units.queries import unit_by_code
from tests.factories.units import import_lines

BEFORE = date(2022, 6, 30)
CHANGE = date(2022, 7, 1)
LINES = (
    "P,,province,P",
    "D1,P,district,D1",
    "D2,P,district,D2",
    "C,D1,commune,Xã C",
    "K,C,cell,Chi bộ K",
)


@pytest.fixture
def province(app_context):
    """A demonstration whose clock stands before the day on which its commune moves."""
    context = create_tenant("VINHPHUC", "Vĩnh Phúc", clock_on=BEFORE)
    import_lines(context, *LINES)
    import_lines(context, "C,D2,commune,Phường C", effective=CHANGE)
    db.session.commit()
    return context


@pytest.fixture
def repathed():
    """The events of repathed units, as they come."""
    heard = []
    events.subscribe(UnitsRepathed, heard.append)
    yield heard
    events._handlers[UnitsRepathed].remove(heard.append)


def at(context, today):
    """Return the context after the demonstration's clock was set."""
    db.session.execute(
        update(Setting).where(Setting.tenant_id == context.tenant_id).values(clock_on=today)
    )
    return load_context(context.tenant_id, COMMAND_LINE)


def commune():
    return tuple(db.session.execute(select(Unit.name, Unit.path).where(Unit.code == "C")).one())


BEFORE_CHANGE = ("Xã C", "1.2.4.")
AFTER_CHANGE = ("Phường C", "1.3.4.")


class TestDays:
    @pytest.mark.usefixtures("province")
    def test_the_next_change_is_kept(self):
        state = db.session.execute(select(TreeState.computed_on, TreeState.changes_on)).one()

        assert tuple(state) == (BEFORE, CHANGE)

    def test_a_change_to_come_is_not_yet(self, province):
        publish(TransactionOpened(province))

        assert commune() == BEFORE_CHANGE

    @pytest.mark.parametrize("today", [CHANGE, date(2023, 5, 5)])
    def test_the_first_transaction_on_or_after_the_day_carries_it_out(self, province, today):
        publish(TransactionOpened(at(province, today)))

        assert commune() == AFTER_CHANGE
        assert unit_by_code(province, "K").path == "1.3.4.5."

    def test_a_clock_turned_back_brings_the_old_tree_back(self, province):
        publish(TransactionOpened(at(province, date(2023, 1, 1))))

        publish(TransactionOpened(at(province, BEFORE)))

        assert commune() == BEFORE_CHANGE

    def test_a_day_without_changes_writes_nothing(self, province):
        trail = select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)
        publish(TransactionOpened(at(province, CHANGE)))
        last = db.session.scalar(trail)

        publish(TransactionOpened(at(province, date(2023, 1, 1))))
        refresh_tree(at(province, date(2023, 1, 1)))

        assert db.session.scalar(trail) == last

    def test_a_tenant_without_units_has_nothing_due(self, tenant):
        publish(TransactionOpened(tenant))

        assert db.session.scalar(select(TreeState.tenant_id)) is None

    def test_other_tenants_keep_their_tree(self, province):
        other = create_tenant("HOABINH", "Hòa Bình", clock_on=BEFORE)
        import_lines(other, *LINES)
        import_lines(other, "C,D2,commune,Phường C", effective=CHANGE)
        before = commune()

        apply_context(db.session(), province.for_database)
        publish(TransactionOpened(at(province, CHANGE)))
        apply_context(db.session(), other.for_database)

        assert commune() == before


class TestAnnouncements:
    def test_units_whose_path_changed_are_announced_with_all_below_them(self, province, repathed):
        move_unit(province, 3, 2, BEFORE)

        assert [event.unit_ids for event in repathed] == [(3, 4, 5)]

    def test_a_new_name_announces_nothing(self, province, repathed):
        rename_unit(province, 4, "Xã mới", BEFORE)

        assert repathed == []
        assert commune()[0] == "Xã mới"

    def test_handlers_reach_the_whole_tenant_and_the_actor_its_scope_again(
        self, province, repathed, acting_for
    ):
        scoped = acting_for(province, unit_by_code(province, "P"))
        scoped = replace(scoped, scope=replace(scoped.scope, last="1.9"))
        apply_context(db.session(), scoped.for_database)

        move_unit(scoped, 4, 3, BEFORE)

        assert repathed[0].context.scope == WHOLE_TENANT
        reached = db.session.scalar(text("SELECT current_setting('app.scope_to')"))
        assert reached == scoped.scope.last


class TestLocks:
    @pytest.mark.usefixtures("province")
    def test_changes_of_one_tree_follow_each_other(self, app):
        moves = [
            threading.Thread(target=_move_in_a_session_of_its_own, args=(app, parent))
            for parent in (2, 3, 2, 3)
        ]

        for move in moves:
            move.start()
        for move in moves:
            move.join()

        _, path = commune()
        placed = db.session.scalar(
            text("SELECT parent_id FROM placement WHERE unit_id = 4 AND valid @> :on"),
            {"on": BEFORE},
        )
        assert path == f"1.{placed}.4."

    def test_whoever_counts_under_a_unit_keeps_its_position_from_changing(
        self, app, province, owner_engine
    ):
        done = threading.Event()

        def move():
            _move_in_a_session_of_its_own(app, 3)
            done.set()

        with owner_engine.begin() as writer:
            writer.execute(
                text("SELECT set_context(:tenant, '0', '~')"), {"tenant": province.tenant_id}
            )
            writer.execute(text("SELECT 1 FROM unit WHERE id = 5 FOR KEY SHARE"))
            mover = threading.Thread(target=move)
            mover.start()
            waited = not done.wait(0.5)
            position = writer.scalar(
                text("SELECT path FROM position WHERE unit_id = 5 AND valid @> :on"),
                {"on": BEFORE},
            )
        mover.join()

        assert waited
        assert position == "1.2.4.5."
        assert unit_by_code(province, "K").path == "1.3.4.5."


def _move_in_a_session_of_its_own(app, parent_id):
    with app.app_context(), clock.frozen(BEFORE), db.session.begin():
        apply_context(db.session(), DatabaseContext(1, "0", "~"))
        move_unit(load_context(1, COMMAND_LINE), 4, parent_id, BEFORE)
