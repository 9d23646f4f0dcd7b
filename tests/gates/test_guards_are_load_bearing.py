"""Each guard, taken away alone, turns the gate red that watches it.

Walls of the database are taken away inside a transaction that is undone, checks of the program
while one test runs. `test_tenant_walls` does the same for what the catalogue says.
"""

from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, make_url, text

from app import factory
from app.accounts.principal import Principal
from app.accounts.rules import Role
from app.admin.base import Page
from app.audit import commands as audit
from app.core.database import mark_audited
from app.core.errors import NotFound
from app.core.privileges import table_privileges
from app.tenants.context import WHOLE_TENANT, Scope
from app.units import queries as units
from app.units.queries import unit_by_code
from app.web.guards import Guard, Permission, guard_of
from app.web.opaque import OpaqueIds
from tests.fixtures.accounts import new_browser
from tests.gates import (
    rows,
    test_endpoints_are_guarded,
    test_forms_ask_for_a_token,
    test_idor_sweep,
    test_unsafe_role_refused,
)
from tests.gates.samples import OPERATOR, Id, routes
from tests.gates.scenery import OWN
from tests.gates.sweeping import FORBIDDEN, NOBODYS_NUMBER, UNKNOWN_WORDS, Sweep
from tests.gates.test_pooled_connection import take_turns
from tests.gates.test_writes_are_audited import Trail

RED = (AssertionError, pytest.fail.Exception)
"""How a gate fails; the second where a refusal was expected."""

SOME_TURNS = 100


@pytest.fixture
def without(settings, superuser_engine):
    """Act as the serving role of a database in which a statement has taken something away."""
    role = make_url(settings.database_url).username

    @contextmanager
    def acting(statement):
        with superuser_engine.connect() as connection:
            connection.execute(text(statement))
            connection.execute(text(f"SET LOCAL ROLE {role}"))
            yield connection
            connection.rollback()

    return acting


def test_the_tenant_policy_of_each_table_hides_its_rows(scenery, without):
    own = scenery.own.context.for_database

    for table in rows.TENANT_TABLES:
        with without(f"DROP POLICY tenant ON {table}") as serving:
            rows.set_context(serving, own)
            assert rows.tables_showing_others(serving, own) == {table}


def test_the_tenant_policy_of_each_table_refuses_writes(scenery, without, superuser_engine):
    own = scenery.own.context.for_database
    with superuser_engine.connect() as connection:
        foreign = rows.sample_rows(connection, scenery.other.context.tenant_id)

    for table, privileges in table_privileges(factory.metadata()).items():
        if table not in foreign or "INSERT" not in privileges:
            continue
        with without(f"DROP POLICY tenant ON {table}") as serving:
            rows.set_context(serving, own)
            found = rows.writes_to_others(serving, own, {table: foreign[table]})
            assert f"{table}: insert" in found


def test_the_subtree_policy_of_each_table_about_people(scenery, without):
    district = unit_by_code(scenery.own.context, f"{OWN}-H1")
    context = replace(scenery.own.context, scope=Scope.under(district.path)).for_database

    for table in rows.ABOUT_PEOPLE:
        with without(f"DROP POLICY subtree ON {table}") as serving:
            rows.set_context(serving, context)
            assert rows.tables_showing_outsiders(serving, context) == {table}


def test_the_context_that_ends_with_its_transaction(scenery, settings, owner_engine):
    contexts = [scenery.own.context.for_database, scenery.other.context.for_database]
    with owner_engine.begin() as owner:
        name = {"name": "set_context(integer, text, text)"}
        right = owner.scalar(text("SELECT pg_get_functiondef(CAST(:name AS regprocedure))"), name)
        owner.exec_driver_sql(right.replace("SET LOCAL", "SET").replace("%", "%%"))
    pooled = create_engine(settings.database_url, pool_size=1, max_overflow=0)
    try:
        foreign, _ = take_turns(pooled, contexts, _kill_nobody, SOME_TURNS)
    finally:
        pooled.dispose()
        with owner_engine.begin() as owner:
            owner.exec_driver_sql(right.replace("%", "%%"))

    assert foreign != []


def _kill_nobody(_backend):
    raise AssertionError("so few turns meet no kill")


@pytest.fixture
def sweep(app, scenery, read_as):
    """Sweep one endpoint as somebody; what was found."""

    def run(place, role, endpoint):
        sweep = Sweep(app, scenery)
        swept = [route for route in routes(app) if route.endpoint == endpoint]
        sweep.run(read_as(place, role), swept)
        sweep.read_own(read_as(place, role), swept)
        return sweep.findings

    return run


def test_the_check_of_permissions(sweep, monkeypatch):
    case = ("X1", Role.READER, "units.rename")
    assert sweep(*case) == []

    monkeypatch.setattr(Principal, "may", lambda *_: True)

    assert sweep(*case) != []


def test_the_permission_of_each_endpoint(app, scenery, read_as, monkeypatch):
    """Without its guard each page answers otherwise than by a refusal; with it by nothing else."""
    guarded = [route for route in routes(app) if guard_of(app, route.endpoint).permission]
    assert len({route.endpoint for route in guarded}) > 60

    open_to_all = []
    for route in guarded:
        reader = read_as(*_without_permission(app, route.endpoint))
        if _status_of_nothing(app, reader, route) != FORBIDDEN:
            open_to_all.append(f"{route} takes {reader}")
        with monkeypatch.context() as patch:
            patch.setattr(app.view_functions[route.endpoint], "guard", Guard())
            # Flask-Admin asks its page a second time.
            patch.setattr(Page, "is_accessible", lambda _page: True)
            if _status_of_nothing(app, reader, route) == FORBIDDEN:
                open_to_all.append(f"{route} refuses {reader} by something else than its guard")

    assert open_to_all == []


def _without_permission(app, endpoint):
    asked = guard_of(app, endpoint).permission
    if asked is Permission.SEE_FIGURES:
        return OPERATOR
    return ("X1", Role.READER)


def _status_of_nothing(app, reader, route):
    """Send a request that names no row and fills no form in: it changes nothing for anybody."""
    ids = app.extensions["opaque_ids"]
    texts = {
        site: ids.seal(named.kind, NOBODYS_NUMBER, reader.tenant_id)
        if isinstance(named, Id)
        else UNKNOWN_WORDS
        for site, named in route.sites.items()
    }
    request = replace(route.request(reader.own, texts), form={})
    try:
        return request.send(reader.browser, reader.csrf_token).status_code
    except AttributeError:
        # An operator has no context: past its guard a page of a tenant has nothing to work with.
        return None


def test_the_scope_of_units(sweep, monkeypatch):
    case = ("H1", Role.COMMITTEE, "units.unit")
    assert sweep(*case) == []

    values = units.statement_values
    monkeypatch.setattr(
        units,
        "statement_values",
        lambda context, **others: values(replace(context, scope=WHOLE_TENANT), **others),
    )

    assert any("shows" in finding for finding in sweep(*case))


def test_the_tenant_inside_a_token(app, monkeypatch):
    open_own = OpaqueIds.open

    def open_anyones(ids, kind, token, _tenant_id):
        with suppress(NotFound):
            return open_own(ids, kind, token, 1)
        return open_own(ids, kind, token, 2)

    monkeypatch.setattr(OpaqueIds, "open", open_anyones)

    gate = test_idor_sweep.test_a_token_opens_in_its_own_tenant_and_for_its_own_kind_alone
    with pytest.raises(RED):
        gate(app, "unit")


def test_the_label_of_each_endpoint(app, monkeypatch):
    monkeypatch.setitem(app.view_functions, "units.search", lambda: "open")

    with pytest.raises(RED):
        test_endpoints_are_guarded.test_every_endpoint_is_labelled(app)


def test_the_token_of_each_form(*, app, province, operator, client, sign_in, monkeypatch):
    stranger = new_browser(app)
    sign_in(stranger, "huyen")
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)

    gate = test_forms_ask_for_a_token.test_unsafe_routes_take_ones_own_token_alone
    with pytest.raises(RED):
        gate(
            app=app,
            province=province,
            operator=operator,
            client=client,
            sign_in=sign_in,
            stranger=stranger,
            login_name="xa",
        )


def test_the_entry_of_each_write(*, app, scenery, read_as, superuser_engine, monkeypatch):
    trail, sweep = Trail(superuser_engine), Sweep(app, scenery)
    (route,) = [route for route in routes(app) if route.endpoint == "units.count_members"]
    reader = read_as("X1", Role.COMMITTEE)
    monkeypatch.setattr(audit, "record_all", lambda *_: mark_audited(audit.db.session()))
    before = trail.versions()

    sweep.carry_out(reader, route)

    assert "without an entry" in trail.missing(before)


def test_the_look_at_the_serving_role(settings, monkeypatch):
    monkeypatch.setattr(factory, "refuse_unsafe_role", lambda _engine: None)

    with pytest.raises(RED):
        test_unsafe_role_refused.test_the_owner_is_refused(settings)
