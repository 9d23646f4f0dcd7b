"""What gates share: the scenery, and a connection that no wall holds back."""

from functools import cache

import pytest
from sqlalchemy import insert, text

from app.core import clock
from app.core.database import apply_context, db
from app.factory import metadata
from app.merging.models import FormerTenant
from tests.fixtures.accounts import new_browser
from tests.fixtures.snapshots import put_back, take_snapshot
from tests.gates import rows
from tests.gates.scenery import OWN, TODAY, login_name, make_scenery
from tests.gates.sweeping import Reader


@pytest.fixture(scope="session")
def drawn():
    """What is made once for all gates: the scenery and its rows."""
    return []


@pytest.fixture
def scenery(app_context, owner_engine, superuser_engine, drawn):
    """Two tenants of one shape, on a day that stands."""
    with clock.frozen(TODAY):
        if drawn:
            put_back(superuser_engine, drawn[0][1])
            apply_context(db.session(), drawn[0][0].own.context.for_database)
        else:
            made = make_scenery()
            for tenant in (made.own, made.other):
                _note_a_former_tenant(owner_engine, tenant.context)
            drawn.append((made, take_snapshot(superuser_engine)))
        yield drawn[0][0]


@pytest.fixture
def read_as(app, scenery, sign_in):
    """Sign in, once, with a browser of its own: `read_as("H1", "clerk")`, `read_as(*OPERATOR)`."""

    @cache
    def read(place, role):
        browser = new_browser(app)
        sign_in(browser, login_name(OWN, place, role) if place else scenery.operator)
        return Reader(scenery, place, role, browser, browser.csrf_token())

    return read


@pytest.fixture
def content(superuser_engine):
    """Return a function that gives number and digest of the rows of every table."""
    digest = text(
        " UNION ALL ".join(
            f"SELECT '{table}', count(*), md5(string_agg(r::text, '|' ORDER BY r::text))"
            f" FROM {table} AS r"
            for table in metadata().tables
        )
    )

    def digests():
        with superuser_engine.connect() as connection:
            return {table: found for table, *found in connection.execute(digest)}

    return digests


def _note_a_former_tenant(owner_engine, context):
    """Note that somebody was merged into a tenant, which the owner alone may do."""
    with owner_engine.begin() as connection:
        rows.set_context(connection, context.for_database)
        connection.execute(
            insert(FormerTenant).values(
                tenant_id=context.tenant_id,
                code=f"CU-{context.tenant_code}",
                name=f"Đảng bộ cũ {context.tenant_code}-P0",
                decision_no="2-QĐ/TW",
                effective_on=TODAY,
                clashes=[],
                set_aside={},
                totals_before={},
                totals_after={},
                trail_entries=0,
                trail_ids=[],
                trail_digest=b"",
            )
        )
