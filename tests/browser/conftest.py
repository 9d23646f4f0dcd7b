"""A browser and the program before it, on a copy of the demonstration for each test."""

import dataclasses
import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from app.runtime.throwaway import create_database
from tests.browser.served import Site, load_demonstration
from tests.browser.visitor import Visitor

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--no-sandbox",  # it may be started by root
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
)
REDIS_DATABASES = 16
LONGEST = ("test_reorganisations", "test_every_page")


def pytest_collection_modifyitems(items):
    """Begin with the longest, so that nobody waits for one of them at the end."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(scope="session")
def chromium():
    """Chromium; without one the tests are left out, unless REQUIRE_BROWSER says they may not be."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        assert not os.environ.get("REQUIRE_BROWSER"), "REQUIRE_BROWSER is set, but no Chromium"
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(chromium, server_settings, worker_id, tmp_path_factory):
    load_demonstration(server_settings)
    database = create_database(server_settings, f"browser_{worker_id}")
    site = Site(
        dataclasses.replace(database, redis_url=_own_redis(database.redis_url, worker_id)),
        tmp_path_factory.mktemp("served") / "gunicorn.log",
    )
    yield site
    site.stop()
    assert "Traceback" not in site.log


def _own_redis(url, worker_id):
    """Keep the guesses counted here apart from what other processes queue and count."""
    number = worker_id.removeprefix("gw")
    database = REDIS_DATABASES - 1 - (int(number) if number.isdigit() else 0)
    return f"{url.partition('?')[0]}?db={database}"


@pytest.fixture
def site(served):
    """The served program with the demonstration as it was loaded."""
    served.make_new()
    return served


@pytest.fixture
def visit(chromium, site):
    """Open a window: `visit("phone", java_script_enabled=False)`; nobody in it may complain."""
    visitors = []

    def open_window(screen="wide", **options):
        visitors.append(Visitor(chromium, site.address, screen, **options))
        return visitors[-1]

    yield open_window
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for visitor in visitors:
        visitor.leave()
    assert complaints == []
