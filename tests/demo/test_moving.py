"""A demonstration's clock is moved, and a replay is made ready, by a worker."""

import re

import pytest
from sqlalchemy import select

from app.accounts.rules import Role
from app.core.database import apply_context, db
from app.demo import jobs, moves
from app.demo.jobs import move_demonstrations
from app.demo.models import DemonstrationMove
from app.demo.plans import CLOCK
from app.demo.province import build_province
from app.reorganisations.models import Reorganisation
from app.tenants.commands import create_tenant
from app.tenants.models import Setting
from app.units.commands import import_units
from app.units.queries import unit_by_code
from tests.factories.accounts import make_user
from tests.factories.units import import_lines
from tests.fixtures.accounts import new_browser

FIRST = "/replays/2025-01-01"


@pytest.fixture
def visit(app, app_context, sign_in):
    """Make a demonstration of a tree, and open its pages."""

    def visiting(import_tree):
        context = create_tenant("THU", "Tỉnh Vĩnh Phúc", clock_on=CLOCK)
        import_tree(context)
        root = unit_by_code(context, "P26")
        make_user(context, "quantri", root.id, Role.TENANT_ADMINISTRATOR)
        db.session.commit()
        browser = new_browser(app)
        sign_in(browser, "quantri")
        return context, browser

    return visiting


def whole(context):
    province = build_province()
    import_units(context, province.units_csv(), province.units_effective_on)


def without_communes(context):
    import_lines(context, "P26,,province,Tỉnh Vĩnh Phúc")


def work():
    db.session.rollback()
    move_demonstrations()


def drafts(context):
    db.session.rollback()
    apply_context(db.session(), context.for_database)
    return db.session.scalars(select(Reorganisation.id)).all()


def clock_of(context):
    db.session.rollback()
    apply_context(db.session(), context.for_database)
    return db.session.scalars(select(Setting.clock_on)).one()


def test_a_replay_is_made_ready_once_however_often_it_is_asked_for(visit, monkeypatch):
    context, browser = visit(whole)
    told = []
    monkeypatch.setattr(jobs, "_tell", lambda _context, percent: told.append(percent))

    for _ in range(2):
        assert browser.submit(FIRST).location == "/replays"
    assert "Chờ đến lượt" in browser.get("/replays").text
    assert "Xem trước lần sắp xếp này" not in browser.get("/replays").text
    assert browser.submit("/replays", {"on": "01/03/2025"}).status_code == 409
    assert drafts(context) == []
    for _ in range(2):
        work()

    assert len(drafts(context)) == 1
    assert told == sorted(told) != []
    page = browser.get("/replays").text
    ready = re.search(r'href="(/reorganisations/[^"]+)"[^>]*>\s*Mở bản xem trước', page)[1]
    watching = browser.get("/replays", headers={"HX-Trigger": "move"})
    assert watching.headers["HX-Redirect"] == ready
    assert browser.submit(FIRST).location == ready
    assert "Đã xem trước" in browser.get(ready).text
    work()
    assert len(drafts(context)) == 1


def test_what_keeps_a_replay_from_being_made_ready_is_said_and_leaves_nothing(visit):
    context, browser = visit(without_communes)

    browser.submit(FIRST)
    work()

    page = browser.get("/replays").text
    assert "Chưa chuyển được đến ngày 01/01/2025, và chưa có gì thay đổi" in page
    assert "Xem trước lần sắp xếp này" in page
    assert clock_of(context) == CLOCK
    assert drafts(context) == []
    browser.submit("/replays", {"on": "01/03/2023"})
    work()
    assert "Bản trình diễn đã sống đến ngày 01/03/2023." in browser.get("/replays").text


def test_a_fault_of_the_program_ends_the_waiting_and_is_known_to_operators(visit, monkeypatch):
    context, browser = visit(without_communes)
    browser.submit("/replays", {"on": "01/03/2023"})

    def break_down(*_arguments):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(moves.replays, "move_clock", break_down)
        with pytest.raises(ZeroDivisionError):
            work()

    assert "Có lỗi ngoài dự kiến" in browser.get("/replays").text
    assert clock_of(context) == CLOCK
    assert db.session.scalars(select(DemonstrationMove.state)).one() == "failed"
