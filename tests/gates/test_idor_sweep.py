"""Nobody reaches rows of another tenant or of another subtree, by whatever route or id.

Every method of every route, as every role at every level: each id that the request carries is
replaced by foreign ones, one at a time. The answer is that to a row which does not exist, no page
names what is foreign, and nothing is written. `make sweep` sends everything, the suite a sample.
With own ids the same requests work: those that
read are sent here, those that write by `test_writes_are_audited`.
"""

import os
from zlib import crc32

import pytest
from flask import g

from app.core.errors import NotFound
from app.web.opaque import open_id
from tests.gates.samples import OPERATOR, REFUSED_TO_ALL, is_public, routes
from tests.gates.scenery import readers
from tests.gates.sweeping import Sweep, is_allowed

FEWEST_CASES = 9000
FEWEST_OF_SAMPLE = 500
READERS = [*readers(), OPERATOR]
WHOLE = os.environ.get("SWEEP") == "whole"
"""`make sweep` sends everything; without it a sample is sent, which takes seconds."""

TURN = int(os.environ.get("SWEEP_TURN", "0"))
"""Which of the samples; any number, the same number sends the same requests."""

KINDS = (
    "unit",
    "person",
    "user",
    "role",
    "level",
    "kind",
    "measure",
    "segment",
    "tenant",
    "session",
)


def test_no_route_reaches_a_foreign_row(app, scenery, read_as, content):
    sweep, changed = Sweep(app, scenery), []
    swept = [route for route in routes(app) if not is_public(app, route)]

    for place, role in READERS:
        reader = read_as(place, role)
        sent = [route for route in swept if has_turn(app, reader, route)]
        before = content()
        sweep.run(reader, sent)
        after = content()
        changed += [f"{reader}: {table}" for table in after if after[table] != before[table]]
        sweep.read_own(reader, [r for r in swept if r in sent or str(r) not in sweep.carried_out])
        read = {table for table, found in content().items() if found != after[table]}
        # Reading sensitive data of one's own people leaves an entry in the trail, and only there.
        changed += [f"{reader} by reading: {table}" for table in read - {"audit_entry"}]

    print(  # noqa: T201 shown by make sweep
        f"\n{'whole sweep' if WHOLE else 'sample'}: {sweep.cases} cases,"
        f" {len(sweep.findings)} leaks, {len(changed)} changed tables"
    )
    assert sweep.findings == []
    assert changed == []
    assert sweep.cases > (FEWEST_CASES if WHOLE else FEWEST_OF_SAMPLE)
    reading = [route for route in swept if route.method == "GET"]
    never_worked = {route.endpoint for route in reading if str(route) not in sweep.carried_out}
    assert never_worked == set(REFUSED_TO_ALL)


def has_turn(app, reader, route):
    """Tell whether a reader sends a route: always in the whole sweep, else by a fixed rotation.

    In the sample each route is sent by one who may call it, and by one of all, who mostly may not.
    """
    if WHOLE:
        return True
    number = crc32(str(route).encode()) + TURN
    allowed = [at for at in READERS if is_allowed(app, *at, route.endpoint)]
    chosen = {READERS[number % len(READERS)]}
    if allowed:
        chosen.add(allowed[number % len(allowed)])
    return (reader.place, reader.role) in chosen


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
