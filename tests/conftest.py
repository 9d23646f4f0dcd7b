"""Servers, databases and sessions for tests: real PostgreSQL, reached as the unprivileged role."""

import os
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from app.core.database import db
from app.core.settings import Settings
from app.factory import create_app
from app.runtime.local_secrets import kept_secrets
from app.runtime.postgres import SUPERUSER
from app.runtime.throwaway import create_database, throwaway_servers, throwaway_settings
from app.tenants.commands import create_tenant
from tests.fixtures.snapshots import empty

pytest_plugins = ["tests.fixtures.accounts"]

# A crowded machine is slow, not wrong: nothing here is timed. `make fuzz` asks for more examples.
hypothesis.settings.register_profile(
    "product", deadline=None, max_examples=int(os.environ.get("EXAMPLES", "100"))
)
hypothesis.settings.load_profile("product")

SLOW = {"browser", "faults", "runtime"}

SERVERS = "TEST_SERVERS"
"""Where the first process tells its xdist workers which servers run."""


def pytest_collection_modifyitems(items):
    """Begin with what waits for processes and browsers, so that nobody waits for it at the end."""
    items.sort(key=lambda item: not SLOW.intersection(item.path.parts))


def pytest_xdist_auto_num_workers():
    """One more than there are processors: some tests mostly wait, for a process or for a page."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config):
    """Start the servers once, in the process that leads the others."""
    if os.environ.get(SERVERS) is None:
        servers = throwaway_servers()
        settings = servers.__enter__()
        config.add_cleanup(lambda: _stop(servers))
        os.environ[SERVERS] = str(settings.data_dir)


def _stop(servers):
    os.environ.pop(SERVERS, None)
    servers.__exit__(None, None, None)


@pytest.fixture(scope="session")
def server_settings() -> Settings:
    return throwaway_settings(Path(os.environ[SERVERS]))


@pytest.fixture(scope="session")
def settings(server_settings, worker_id) -> Settings:
    """A migrated database, and a Redis database, of this worker's own."""
    created = create_database(server_settings, f"test_{worker_id}")
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0
    return replace(created, redis_url=created.redis_url.replace("?db=0", f"?db={number}"))


@pytest.fixture(scope="session")
def app(settings, tmp_path_factory):
    """The application with files of its own: other workers' tenants bear the same codes."""
    application = create_app(replace(settings, data_dir=tmp_path_factory.mktemp("data")))
    application.testing = True
    return application


@pytest.fixture
def owner_engine(settings):
    """The owner's connection, for tests that look behind or remove a wall."""
    engine = create_engine(settings.migration_database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def superuser_engine(settings):
    """Connections past all row-level security, to look at everything and to take walls away."""
    password = kept_secrets(settings.data_dir).superuser_password
    engine = create_engine(
        make_url(settings.database_url).set(username=SUPERUSER, password=password)
    )
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def _empty_database(request, superuser_engine):
    """Empty every table after a test that used the application."""
    yield
    if "app" in request.fixturenames:
        empty(superuser_engine)


@pytest.fixture
def app_context(app):
    with app.app_context():
        yield
        db.session.remove()


@pytest.fixture
def tenant(app_context):
    """The context of a new, empty tenant, inside a transaction that the test may commit."""
    return create_tenant("VINHPHUC", "Tỉnh Vĩnh Phúc")


@pytest.fixture(scope="session")
def worker_id(request):
    """The name of this process among those that run the tests."""
    return getattr(request.config, "workerinput", {}).get("workerid", "alone")
