"""Every tenant table stands behind its walls, and each gate notices when one is taken away."""

import importlib

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from app.factory import metadata

walls = importlib.import_module("tests.gates.walls")

TENANT_TABLES = sorted(
    table.name
    for table in metadata().sorted_tables
    if table.name not in walls.TABLES_WITHOUT_TENANT
)


@pytest.fixture
def owner(owner_engine):
    """The owner's connection, whose changes are never committed."""
    with owner_engine.connect() as connection:
        yield connection
        connection.rollback()


def test_every_table_is_a_tenants_or_listed_with_its_reason(owner):
    assert walls.tables(owner) == set(TENANT_TABLES) | set(walls.TABLES_WITHOUT_TENANT)
    assert walls.tables_without_tenant_column(owner) == set()


def test_row_level_security_is_enabled_and_forced(owner):
    assert walls.tables_without_forced_security(owner) == set()


def test_a_restrictive_policy_keeps_every_table_to_its_tenant(owner):
    assert walls.tables_open_across_tenants(owner) == set()


def test_a_restrictive_policy_keeps_people_to_the_readers_subtree(owner):
    assert walls.people_open_across_subtrees(owner) == set()


def test_every_key_and_reference_carries_the_tenant(owner):
    assert walls.keys_without_tenant(owner) == set()
    assert walls.references_without_tenant(owner) == set()


def test_views_read_with_the_readers_rights(owner):
    assert walls.views_that_bypass(owner) == set()


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_the_gates_notice_a_wall_taken_away(owner, table):
    owner.execute(text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
    owner.execute(text(f"DROP POLICY tenant ON {table}"))

    assert walls.tables_without_forced_security(owner) == {table}
    assert walls.tables_open_across_tenants(owner) == {table}


@pytest.mark.parametrize("table", sorted(walls.PERSONAL_TABLES))
def test_the_gate_notices_an_open_subtree(owner, table):
    owner.execute(text(f"DROP POLICY subtree ON {table}"))

    assert walls.people_open_across_subtrees(owner) == {table}


def test_the_gates_notice_keys_without_the_tenant(owner):
    owner.execute(text("ALTER TABLE unit ADD CONSTRAINT uq_unit_name UNIQUE (name)"))
    owner.execute(text("ALTER TABLE kind ADD CONSTRAINT uq_kind_id UNIQUE (id)"))
    owner.execute(
        text("ALTER TABLE unit ADD CONSTRAINT fk_bare FOREIGN KEY (kind_id) REFERENCES kind (id)")
    )

    assert walls.keys_without_tenant(owner) == {"unit.uq_unit_name", "kind.uq_kind_id"}
    assert walls.references_without_tenant(owner) == {"fk_bare"}


def test_the_serving_role_owns_nothing_and_bypasses_nothing(settings):
    engine = create_engine(settings.database_url)
    role = make_url(settings.database_url).username
    with engine.connect() as connection:
        attributes = connection.execute(
            text("SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = :role"),
            {"role": role},
        ).one()
        owned = connection.scalar(
            text("SELECT count(*) FROM pg_class WHERE relowner = CAST(:role AS regrole)"),
            {"role": role},
        )
    engine.dispose()

    assert tuple(attributes) == (False, False, False)
    assert owned == 0


@pytest.mark.parametrize("table", ["delta", "day_count", "summary", "rollup_status"])
@pytest.mark.parametrize(
    "statement", ["DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {} DEFAULT VALUES"]
)
def test_the_serving_role_cannot_write_the_books(settings, table, statement):
    engine = create_engine(settings.database_url)
    with engine.connect() as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute(text(statement.format(table)))
    engine.dispose()
