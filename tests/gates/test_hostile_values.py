"""Whatever stands in a field or a question, the program finds no fault with itself.

Every route as somebody who may call it, its sample otherwise whole: one field, or one word of the
question, holds what nobody would type. It is refused, or taken for what it is; it is never a fault
of the program. `make sweep` sends each field a value or two, the suite a seventh of that.
"""

from dataclasses import replace
from urllib.parse import quote
from zlib import crc32

from tests.gates.samples import Id, Upload, is_public, routes
from tests.gates.sweeping import Sweep, is_allowed
from tests.gates.test_idor_sweep import READERS, TURN, WHOLE

FIRST_FAULT = 500
FEWEST = 300
SIGN_IN = "/sign-in"

QUESTIONS = (
    *("as_of", "counted", "in_hand", "kind", "level", "list", "measure", "next", "order", "page"),
    *("period", "person", "q", "risk", "segment", "state", "stayed", "table", "term", "tree"),
    *("unit", "window", "year", "cell"),
)
"""Words of questions that some page understands; every page gets some of them."""

HOSTILE = {
    "nothing": "",
    "a space": " ",
    "a zero byte": "a\0b",
    "a long number": "9" * 5000,
    "a number beyond the database's": str(2**63),
    "a negative number": "-1",
    "a raised digit": "²",
    "a digit of another script": "٣",
    "no number": "NaN",
    "a large power": "1e400",
    "a month that is none": "2022-13",
    "a day that is none": "31/02/2022",
    "the year nought": "0000-01-01",
    "a far year": "99999-01-01",
    "the end of time": "31/12/9999",
    "a long text": "ạ" * 70_000,
    "signs beyond the plane": "🎉" * 300,
    "a turned direction": "\u202eabc",
    "a quote": "'",
    "a pattern": "%_\\",
    "a tag": "\"'><script>alert(1)</script>",
    "a template": "{{ 7 * 7 }}%(x)s{0}",
    "a path": "../../etc/passwd\r\nX: y",
    "an object": '{"a": [1, null]}',
}

STEP = (len(HOSTILE) + 1) * (1 if WHOLE else 7)
"""As many steps as there are values, and one: each field gets another value than the last one."""


def test_no_value_is_a_fault_of_the_program(app, scenery, read_as, monkeypatch):
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    sweep, sent, faults = Sweep(app, scenery), 0, []
    for route in routes(app):
        reader = reader_of(app, read_as, route)
        for site, name in turns(route):
            request = spoilt(sweep.own_request, reader, route, (site, HOSTILE[name]))
            answer = request.send(reader.browser, reader.csrf_token)
            sent += 1
            if answer.status_code >= FIRST_FAULT:
                faults.append(f"{name} at {site} of {route} as {reader}: {answer.status_code}")
            assert answer.location != SIGN_IN or is_public(app, route), (
                f"{route} signed {reader} out"
            )

    print(f"\n{sent} hostile values, {len(faults)} faults")  # noqa: T201 shown by make sweep
    assert faults == []
    assert sent > FEWEST


def reader_of(app, read_as, route):
    """Return whoever sends the sample of a route, or else the first who may."""
    allowed = [at for at in READERS if is_allowed(app, *at, route.endpoint)]
    sender = (route.sample.place, route.sample.role)
    return read_as(*(sender if sender in allowed else (allowed or READERS)[0]))


def turns(route):
    """Return which fields of a route get which values, by rotation."""
    sites = {f"?{name}" for name in QUESTIONS} if route.method == "GET" else set()
    sites |= {f"?{name}" for name in route.sample.query}
    sites |= {name for name, value in route.sample.form.items() if is_typed(name, value)}
    sites |= {name for name, value in route.arguments.items() if not isinstance(value, Id)}
    pairs = [(site, name) for site in sorted(sites) for name in HOSTILE]
    return pairs[(crc32(str(route).encode()) + TURN) % STEP :: STEP]


def is_typed(name, value):
    return isinstance(name, str) and not isinstance(value, Upload)


def spoilt(own_request, reader, route, turn):
    """Return the request of a route with a value where it does not belong."""
    site, value = turn
    if site in route.arguments:
        # An address ends where a zero byte or half a character would stand.
        words = quote(value[:200], safe="", errors="replace")
        return own_request(reader, replace(route, arguments={**route.arguments, site: words}))
    request = own_request(reader, route)
    place = request.query if site.startswith("?") else request.form
    place[site.removeprefix("?")] = value
    return request
