import dataclasses

import pytest
from sqlalchemy import create_engine, make_url, text

from app.core.settings import SettingsError
from app.runtime import schema
from app.runtime.checks import refuse_unsafe_role
from app.runtime.errors import RuntimeProblemError
from app.runtime.throwaway import create_database


@pytest.fixture
def database(server_settings, request, worker_id):
    """A migrated database of this test's own."""
    return create_database(server_settings, f"{request.node.name}_{worker_id}"[:63])


@pytest.fixture
def engine_of():
    engines = []

    def make(url):
        engines.append(create_engine(url))
        return engines[-1]

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def candidate(database, superuser, engine_of, worker_id):
    """Make a login role with an attribute, and an engine that connects as it."""
    url = make_url(database.database_url)
    bypassing, name = f"bypassing_{worker_id}", f"candidate_{worker_id}"

    def make(attribute):
        superuser(f"CREATE ROLE {bypassing} BYPASSRLS")
        superuser(f"CREATE ROLE {name} LOGIN PASSWORD 'x' {attribute.format(bypassing)}")
        superuser(f'GRANT CONNECT ON DATABASE "{url.database}" TO {name}')
        return engine_of(url.set(username=name, password="x"))

    yield make
    superuser(f'REVOKE CONNECT ON DATABASE "{url.database}" FROM {name}')
    superuser(f"DROP ROLE {name}, {bypassing}")


def test_going_down_leaves_nothing_and_up_again_gives_the_models(database):
    schema.downgrade(database, "base")
    assert schema.current(database) is None
    assert schema.leftovers(database) == []

    assert schema.upgrade_if_behind(database)

    assert schema.current(database) == schema.head()
    assert schema.differences(database) == []
    assert not schema.upgrade_if_behind(database)


def test_column_that_no_model_has_is_told(database, engine_of):
    with engine_of(database.migration_database_url).begin() as connection:
        connection.execute(text("ALTER TABLE tenant ADD COLUMN stray text"))

    assert "stray" in str(schema.differences(database))


def test_leftovers_name_tables_functions_and_types(database, engine_of):
    schema.downgrade(database, "base")
    with engine_of(database.migration_database_url).begin() as connection:
        connection.execute(text("CREATE TABLE forgotten_table ()"))
        connection.execute(text("CREATE TYPE forgotten_type AS ENUM ('a')"))
        connection.execute(text("CREATE FUNCTION forgotten_function() RETURNS int RETURN 1"))

    assert schema.leftovers(database) == ["forgotten_function", "forgotten_table", "forgotten_type"]


def test_migrating_waits_for_no_lock_for_long(database, engine_of, monkeypatch):
    monkeypatch.setattr(schema, "LOCK_TIMEOUT", "50ms")
    with engine_of(database.migration_database_url).begin() as connection:
        connection.execute(text("LOCK TABLE tenant IN ACCESS SHARE MODE"))

        with pytest.raises(RuntimeProblemError, match="lock timeout"):
            schema.downgrade(database, "base")

    assert schema.current(database) is not None


def test_two_migrations_do_not_run_at_once(database, engine_of, monkeypatch):
    monkeypatch.setattr(schema, "WAIT_FOR_OTHER_MIGRATION", "50ms")
    with engine_of(database.migration_database_url).begin() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": schema.ADVISORY_LOCK})

        with pytest.raises(RuntimeProblemError, match="lock timeout"):
            schema.upgrade(database)


def test_migrating_without_the_owner_is_refused(database):
    serving_only = dataclasses.replace(database, migration_database_url="")

    with pytest.raises(SettingsError, match="MIGRATION_DATABASE_URL"):
        schema.upgrade(serving_only)


def test_migrations_are_told_as_sql():
    written = schema.upgrade_sql()

    assert "CREATE TABLE tenant" in written
    assert written.rstrip().endswith("COMMIT;")


def test_serving_role_is_accepted(database, engine_of):
    refuse_unsafe_role(engine_of(database.database_url))


def test_owner_is_refused_to_serve(database, engine_of):
    with pytest.raises(SettingsError, match="owns tables"):
        refuse_unsafe_role(engine_of(database.migration_database_url))


@pytest.mark.parametrize(
    ("attribute", "told"),
    [
        ("SUPERUSER", "is a superuser"),
        ("BYPASSRLS", "may bypass row-level security"),
        ("IN ROLE ketnap_owner", "owns tables"),
        ("NOINHERIT IN ROLE ketnap_owner", "owns tables"),
        ("IN ROLE {}", "is a member of a role that bypasses"),
    ],
)
def test_role_that_walls_do_not_hold_is_refused(database, candidate, attribute, told):
    engine = candidate(attribute)

    with pytest.raises(SettingsError, match=told):
        refuse_unsafe_role(engine)


def test_unreachable_database_is_told_in_one_line(database, engine_of):
    away = make_url(database.database_url).set(query={"host": "/nowhere"})

    with pytest.raises(RuntimeProblemError, match="database could not be used"):
        refuse_unsafe_role(engine_of(away))
