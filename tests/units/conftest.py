"""What the tests of the tree share."""

from dataclasses import replace

import pytest

from app.core.database import apply_context, db
from app.tenants.context import Scope


@pytest.fixture
def acting_for():
    """Return a function that gives a context and the session the scope of a unit."""

    def act(context, unit):
        scoped = replace(context, scope=Scope.under(unit.path), unit_id=unit.id)
        apply_context(db.session(), scoped.for_database)
        return scoped

    return act
