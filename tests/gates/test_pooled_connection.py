"""Two tenants take turns on one pooled connection, which errors and kills interrupt.

Nothing of the one's context is left for the other, however the turn before has ended.
"""

from itertools import cycle, islice

import pytest
from flask import request
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.core.database import apply_context, db
from app.web.guards import guard_of
from tests.fixtures.accounts import new_browser
from tests.gates.scenery import OTHER, OWN, login_name

TURNS = 10_000
REQUESTS = 300
OK, UNAVAILABLE = 200, 503

OWNERS = text(
    "SELECT (SELECT array_agg(DISTINCT tenant_id) FROM unit),"
    " (SELECT array_agg(DISTINCT tenant_id) FROM person)"
)
BACKEND = text("SELECT pg_backend_pid()")
KILL = text("SELECT pg_terminate_backend(:backend, 2000)")


class FailedOnPurposeError(Exception):
    """What goes wrong in the middle of a turn."""


@pytest.fixture
def kill(superuser_engine):
    """End a connection from outside and wait until it is gone."""

    def end(backend):
        with superuser_engine.connect() as connection:
            assert connection.scalar(KILL, {"backend": backend})

    return end


@pytest.fixture
def pooled(settings):
    """One connection of the serving role, taken and given back like those of a server."""
    engine = create_engine(settings.database_url, pool_size=1, max_overflow=0, pool_pre_ping=True)
    yield engine
    engine.dispose()


def _fail(_session, _kill):
    raise FailedOnPurposeError


def _break(session, _kill):
    session.execute(text("SELECT 1 / 0"))


def _be_killed(session, kill):
    kill(session.scalar(BACKEND))
    session.execute(text("SELECT 1"))


def _undo_part(session, _kill):
    session.begin_nested().rollback()


def _begin_anew(session, _kill):
    session.commit()
    assert session.execute(OWNERS).one()[0] == [session.info["context"].tenant_id]


ENDINGS = {7: _fail, 11: _break, 13: _undo_part, 17: _begin_anew, 199: _be_killed}
"""How each so-many-th turn ends; all are odd, so both tenants meet each."""


def _ending(turn):
    return next((end for each, end in ENDINGS.items() if turn % each == each - 1), None)


def take_turns(pooled, contexts, kill, turns):
    """Let tenants take turns; return what was foreign, and how many turns were interrupted."""
    foreign, interrupted = [], 0
    for turn, context in enumerate(islice(cycle(contexts), turns)):
        end = _ending(turn)
        try:
            with Session(pooled) as session:
                apply_context(session, context)
                found = session.execute(OWNERS).one()
                if tuple(found) != ([context.tenant_id], [context.tenant_id]):
                    foreign.append((turn, "in its context", found))
                if end is not None:
                    end(session, kill)
                session.commit()
        except (FailedOnPurposeError, DataError, OperationalError):
            interrupted += 1
        if end is not None:
            with pooled.connect() as connection:
                found = connection.execute(OWNERS).one()
            if any(found):
                foreign.append((turn, "without a context", found))
    return foreign, interrupted


def test_no_turn_sees_rows_of_the_other(scenery, pooled, kill):
    contexts = [scenery.own.context.for_database, scenery.other.context.for_database]

    foreign, interrupted = take_turns(pooled, contexts, kill, TURNS)

    assert foreign == []
    assert interrupted > TURNS // 5


@pytest.fixture
def trouble(app, monkeypatch, kill):
    """Let the search for units answer from all it is shown, or go wrong as its words say."""

    def search():
        names = db.session.scalars(text("SELECT name FROM unit")).all()
        how = request.args.get("q")
        if how == "fail":
            raise FailedOnPurposeError
        if how == "killed":
            kill(db.session.scalar(BACKEND))
            db.session.execute(text("SELECT 1"))
        return " ".join(names)

    search.guard = guard_of(app, "units.search")
    monkeypatch.setitem(app.view_functions, "units.search", search)


@pytest.fixture
def connections(app_context):
    """The connections that the program's pool makes meanwhile."""
    made = []

    def note(connection, _record):
        made.append(connection)

    event.listen(db.engine, "connect", note)
    yield made
    event.remove(db.engine, "connect", note)


@pytest.mark.usefixtures("trouble")
def test_no_request_sees_rows_of_the_other(app, scenery, sign_in, connections):
    browsers = []
    for tenant in (OWN, OTHER):
        browser = new_browser(app)
        sign_in(browser, login_name(tenant, "P0", Role.COMMITTEE))
        browsers.append((browser, tenant, {OWN: OTHER, OTHER: OWN}[tenant]))
    db.session.remove()
    db.engine.dispose()
    connections.clear()

    for turn, (browser, own, other) in enumerate(islice(cycle(browsers), REQUESTS)):
        how = {2: "fail", 4: "killed"}.get(turn % 5, "")
        if how == "fail":
            with pytest.raises(FailedOnPurposeError):
                browser.get("/units/search?q=fail")
            continue
        page = browser.get(f"/units/search?q={how}")
        assert page.status_code == (UNAVAILABLE if how else OK)
        assert other not in page.text
        assert how or f"{own}-C1" in page.text

    # All on one connection, the first and one after each that was killed.
    assert len(connections) == REQUESTS // 5
