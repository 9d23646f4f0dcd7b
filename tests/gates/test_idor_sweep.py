"""Nobody reaches rows of another tenant or of another subtree, by whatever route or id.

Every method of every route, as every role at every level: each id that the request carries is
replaced by foreign ones, one at a time. The answer is that to a row which does not exist, no page
names what is foreign, and nothing is written. With own ids the same requests work: those that
read are sent here, those that write by `test_writes_are_audited`.
"""

import pytest
from flask import g

from app.core.errors import NotFound
from app.web.opaque import open_id
from tests.gates.samples import OPERATOR, REFUSED_TO_ALL, is_public, routes
from tests.gates.scenery import readers
from tests.gates.sweeping import Sweep

FEWEST_CASES = 5000
KINDS = ("unit", "person", "user", "role", "level", "kind", "measure", "segment", "tenant")


def test_no_route_reaches_a_foreign_row(app, scenery, read_as, content):
    sweep = Sweep(app, scenery)
    swept = [route for route in routes(app) if not is_public(app, route)]

    for place, role in (*readers(), OPERATOR):
        reader = read_as(place, role)
        before = content()
        sweep.run(reader, swept)
        assert content() == before, f"{reader} has changed rows"
        sweep.read_own(reader, swept)
        changed = {table for table, found in content().items() if found != before[table]}
        # Reading sensitive data of one's own people leaves an entry in the trail, and only there.
        assert changed <= {"audit_entry"}, f"{reader} has changed rows by reading"

    print(f"\n{sweep.cases} requests with foreign ids")  # noqa: T201 shown by -s
    assert sweep.findings == []
    assert sweep.cases > FEWEST_CASES
    reading = [route for route in swept if route.method == "GET"]
    never_worked = {route.endpoint for route in reading if str(route) not in sweep.carried_out}
    assert never_worked == set(REFUSED_TO_ALL)


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_opens_in_its_own_tenant_and_for_its_own_kind_alone(app, kind):
    ids = app.extensions["opaque_ids"]
    other_kind = KINDS[KINDS.index(kind) - 1]

    with app.test_request_context():
        g.tenant_id = 1
        assert open_id(kind, ids.seal(kind, 7, tenant_id=1)) == 7
        for token in (ids.seal(kind, 7, tenant_id=2), ids.seal(other_kind, 7, tenant_id=1)):
            with pytest.raises(NotFound):
                open_id(kind, token)
