"""Without a context nobody has rows; with one, nobody has those of others. On every table."""

from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from app.core.privileges import table_privileges
from app.factory import metadata
from app.tenants.context import NOTHING, Scope
from app.units.queries import unit_by_code
from tests.gates import rows
from tests.gates.scenery import OWN

WRITABLE = {
    table
    for table, privileges in table_privileges(metadata()).items()
    if "UPDATE" in privileges and table in rows.TENANT_TABLES
}
NEVER_CHANGED = {"distribution", "quota_line"}
"""A published distribution never changes, not even within its tenant."""


@pytest.fixture
def serving(settings):
    """A connection of the serving role, in a transaction that is undone."""
    engine = create_engine(settings.database_url)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


@pytest.fixture
def own(scenery):
    """The context of the whole own tenant, as the database is told it."""
    return scenery.own.context.for_database


@pytest.fixture
def district(scenery):
    """The context of somebody who acts for the first district."""
    unit = unit_by_code(scenery.own.context, f"{OWN}-H1")
    return replace(scenery.own.context, scope=Scope.under(unit.path)).for_database


@pytest.fixture
def superuser(superuser_engine):
    with superuser_engine.connect() as connection:
        yield connection


def test_without_a_context_there_are_no_rows(scenery, serving, own):
    assert rows.visible_tables(serving) == set()

    # The twin: the rows are there. A new table needs some in the scenery.
    rows.set_context(serving, own)
    assert rows.visible_tables(serving) == set(rows.TENANT_TABLES)


def test_the_context_ends_with_its_transaction(scenery, serving, own):
    rows.set_context(serving, own)
    serving.commit()

    assert rows.visible_tables(serving) == set()


def test_without_a_context_nothing_is_written(scenery, serving, superuser, own):
    foreign = rows.sample_rows(superuser, own.tenant_id)

    assert rows.writes_to_others(serving, replace(own, tenant_id=0), foreign) == set()


def test_no_row_of_another_tenant_is_seen(scenery, serving, own):
    rows.set_context(serving, own)

    assert rows.tables_showing_others(serving, own) == set()


def test_no_row_of_another_tenant_is_written(scenery, serving, superuser, own):
    rows.set_context(serving, own)
    foreign = rows.sample_rows(superuser, scenery.other.context.tenant_id)

    assert rows.writes_to_others(serving, own, foreign) == set()


def test_rows_of_ones_own_are_written(scenery, serving, own):
    rows.set_context(serving, own)

    for table in sorted(WRITABLE - NEVER_CHANGED):
        written = serving.execute(text(f"UPDATE {table} SET tenant_id = tenant_id"))
        assert written.rowcount > 0, table


def test_no_row_is_given_to_another_tenant(scenery, serving, own):
    rows.set_context(serving, own)
    other = {"tenant": scenery.other.context.tenant_id}

    for table in sorted(WRITABLE):
        attempt = serving.begin_nested()
        with pytest.raises(DBAPIError):
            serving.execute(text(f"UPDATE {table} SET tenant_id = :tenant"), other)
        attempt.rollback()


def test_people_outside_the_subtree_are_not_seen(scenery, serving, district):
    rows.set_context(serving, district)

    assert rows.tables_showing_outsiders(serving, district) == set()
    assert set(rows.ABOUT_PEOPLE) <= rows.visible_tables(serving)


def test_people_outside_the_subtree_are_not_written(scenery, serving, superuser, district):
    rows.set_context(serving, district)
    outside = unit_by_code(scenery.own.context, f"{OWN}-C2")
    foreign = rows.sample_rows(superuser, district.tenant_id, outside.path)

    assert rows.writes_to_outsiders(serving, district, foreign) == set()


def test_a_scope_of_nothing_holds_nobody(scenery, serving):
    nobody = replace(scenery.own.context, scope=NOTHING).for_database
    rows.set_context(serving, nobody)

    assert not set(rows.PERSONAL_TABLES) & rows.visible_tables(serving)
