"""The program does not start as a role that row-level security would not hold."""

from dataclasses import replace

import pytest
from sqlalchemy import make_url, text

from app.core.settings import SettingsError
from app.factory import create_app

PASSWORD = "of a role for one test"


@pytest.fixture
def bypassing_url(settings, superuser_engine, worker_id):
    """Make a role that may bypass row-level security, and no more; its address."""
    role = f"bypassing_gate_{worker_id}"
    url = make_url(settings.database_url)
    with superuser_engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN BYPASSRLS PASSWORD '{PASSWORD}'"))
        connection.execute(text(f'GRANT CONNECT ON DATABASE "{url.database}" TO {role}'))
    yield url.set(username=role, password=PASSWORD)
    with superuser_engine.begin() as connection:
        connection.execute(text(f'REVOKE CONNECT ON DATABASE "{url.database}" FROM {role}'))
        connection.execute(text(f"DROP ROLE {role}"))


def start(settings, url):
    return create_app(
        replace(settings, database_url=make_url(url).render_as_string(hide_password=False))
    )


def test_the_owner_is_refused(settings):
    with pytest.raises(SettingsError, match="owns tables"):
        start(settings, settings.migration_database_url)


def test_a_superuser_is_refused(settings, superuser_engine):
    with pytest.raises(SettingsError, match="is a superuser"):
        start(settings, superuser_engine.url)


def test_a_role_that_may_bypass_the_walls_is_refused(settings, bypassing_url):
    with pytest.raises(SettingsError, match="may bypass row-level security"):
        start(settings, bypassing_url)


def test_the_serving_role_is_accepted(settings):
    assert start(settings, settings.database_url).name == "app"
