"""Sends requests whose ids name rows that the sender must not reach, and looks at the answers."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask.testing import FlaskClient

from app.accounts.principal import OPERATORS
from app.accounts.rules import PERMISSIONS_OF_OPERATOR, PERMISSIONS_OF_ROLE, WHOLE_TENANT_ONLY, Role
from app.web.guards import guard_of
from app.web.opaque import OpaqueIds
from tests.gates.described import JSON_ANSWERS
from tests.gates.samples import READING, Id, Request, Route, Words
from tests.gates.scenery import CHAINS, OTHER, OWN, Place, Scenery

OK, SEE_OTHER, FORBIDDEN, NOT_FOUND, REFUSED = 200, 303, 403, 404, 422
FIRST_ERROR = 400

NOBODYS_NUMBER = 10**9
MADE_UP_TOKEN = "A" * 22
UNKNOWN_WORDS = "QUANGNAM-X1"

_PLACES = frozenset(place for chain in CHAINS for place in chain)
_LINK_WITH_TOKEN = re.compile(r' (?:href|action)="(/[^"?]*\?[^"]*=[A-Za-z0-9_-]{22}(?:&[^"]*)?)"')
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_EVER_NEW = re.compile(r'name="(csrf_token|client_key)" value="[^"]*"')


def is_allowed(app: Flask, place: str, role: str, endpoint: str) -> bool:
    """Tell by the written table whether a role may call an endpoint; at no place an operator."""
    guard = guard_of(app, endpoint)
    assert guard is not None
    held = PERMISSIONS_OF_ROLE[Role(role)] if place else PERMISSIONS_OF_OPERATOR
    if place not in {"", "P0"} and guard.permission in WHOLE_TENANT_ONLY:
        return False
    return guard.permission is None or guard.permission in held


@dataclass(frozen=True)
class Reader:
    """Somebody with a role at a place of the own tenant, or an operator, at no place."""

    scenery: Scenery
    place: str
    role: str
    browser: FlaskClient
    csrf_token: str

    def __str__(self) -> str:
        return f"{self.role} at {self.place or 'no unit'}"

    @property
    def own(self) -> Place:
        """What the reader's own requests name; an operator has a whole tenant before it."""
        return self.scenery.own[self.place or "P0"]

    @property
    def tenant_id(self) -> int:
        """The tenant under which the reader's ids are sealed."""
        return self.scenery.own.context.tenant_id if self.place else OPERATORS

    @property
    def hidden_names(self) -> set[str]:
        """What no page may show; the names of the units above are no secret."""
        if not self.place:
            # Whoever runs the service sees the names of tenants, and nothing inside them.
            return {f"{tenant}-{place}" for tenant in (OWN, OTHER) for place in _PLACES}
        known = {place for chain in CHAINS if self.place in chain for place in chain}
        return {OTHER, *(f"{OWN}-{place}" for place in _PLACES - known)}

    def may(self, app: Flask, endpoint: str) -> bool:
        """Tell by the written table whether the reader's role allows an endpoint."""
        return is_allowed(app, self.place, self.role, endpoint)

    def reaches(self, named: Id, number: int) -> bool:
        """Tell whether a number is that of a row in the reader's own subtree."""
        if not self.place:
            return named.kind == "tenant"
        keys = ("unit",) if named.kind == "unit" else (named.key or named.kind,)
        below = {
            place
            for chain in CHAINS
            if self.place in chain
            for place in chain[chain.index(self.place) :]
        }
        return any(number == self.scenery.own[at].numbers[key] for at in below for key in keys)


@dataclass(frozen=True)
class Case:
    """A place in a request where its sender names a row."""

    reader: Reader
    route: Route
    site: str
    named: Id | Words

    def __str__(self) -> str:
        return f"{self.site} of {self.route} as {self.reader}"

    @property
    def is_in_address(self) -> bool:
        """Whether the path names the row, rather than the query or a form."""
        return self.site in self.route.arguments


@dataclass(frozen=True)
class Answer:
    """What came back, without what is new in every answer and without the id asked for."""

    status: int
    location: str
    body: str


@dataclass
class Sweep:
    """What has been sent and found; `carried_out` are the routes that worked with own ids."""

    app: Flask
    scenery: Scenery
    cases: int = 0
    findings: list[str] = field(default_factory=list)
    carried_out: set[str] = field(default_factory=set)

    def run(self, reader: Reader, routes: Iterable[Route]) -> None:
        """Send each route foreign ids, one at a time."""
        for route in routes:
            for site, named in route.sites.items():
                self._send_foreign_ids(Case(reader, route, site, named))

    def read_own(self, reader: Reader, routes: Iterable[Route]) -> None:
        """Send the routes that read the reader's own ids."""
        for route in routes:
            if route.method == "GET":
                self.carry_out(reader, route)

    def own_request(self, reader: Reader, route: Route) -> Request:
        """Return the request of a route with the reader's own ids."""
        return route.request(reader.own, self.own_texts(reader, route))

    def carry_out(self, reader: Reader, route: Route) -> int:
        """Send a route the reader's own ids; return the status."""
        request = self.own_request(reader, route)
        # A request that proves who one is leaves nothing of the session, its token included.
        token = reader.browser.csrf_token() if request.method != "GET" else ""
        response = request.send(reader.browser, token)
        if response.status_code < FIRST_ERROR:
            self.carried_out.add(str(route))
        if response.is_json and route.endpoint not in JSON_ANSWERS:
            self.findings.append(f"{route} answers with JSON: describe it in JSON_ANSWERS")
        self._look_for_leaks(f"{route} as {reader}", reader, _words(response))
        self._look_for_unknown_links(_words(response))
        return int(response.status_code)

    def _send_foreign_ids(self, case: Case) -> None:
        missing = self._answer(case, self._nobodys_text(case))
        self._check_status(case, missing)
        for whose, place in self._foreign_places(case):
            text = self._text(case.named, place, case.reader.tenant_id)
            self._compare(f"{whose} {case}", self._answer(case, text), missing)
        if isinstance(case.named, Id) and case.named.is_sealed:
            self._send_foreign_tokens(case, missing)

    def _send_foreign_tokens(self, case: Case, missing: Answer) -> None:
        """Send a token of the other tenant, which is worth no more than one that is made up."""
        made_up = self._answer(case, MADE_UP_TOKEN)
        other = self.scenery.other
        token = self._text(case.named, other[case.reader.place or "P0"], other.context.tenant_id)
        self._compare(f"another tenant's token at {case}", self._answer(case, token), made_up)
        if case.is_in_address:
            self._compare(f"a made-up token at {case}", made_up, missing)

    def _foreign_places(self, case: Case) -> Iterator[tuple[str, Place]]:
        """Return where the rows lie that the reader must not reach."""
        reader = case.reader
        places = {"another tenant's": self.scenery.other[reader.place or "P0"]}
        if reader.place not in {"", "P0"}:
            places["another subtree's"] = self.scenery.own[reader.place.replace("1", "2")]
            places["the topmost unit's"] = self.scenery.own["P0"]
        for whose, place in places.items():
            is_words = isinstance(case.named, Words)
            if is_words or not reader.reaches(case.named, case.named.number(place)):
                yield whose, place

    def _answer(self, case: Case, text: str) -> Answer:
        self.cases += 1
        reader, route = case.reader, case.route
        texts = {**self.own_texts(reader, route), case.site: text}
        response = route.request(reader.own, texts).send(reader.browser, reader.csrf_token)
        # A lone number may be anything, and a list of choices does not repeat what it refuses.
        asked = None if isinstance(case.named, Id) and not case.named.is_sealed else text
        body = _EVER_NEW.sub("", _words(response))
        body = body.replace(asked, "") if asked else body
        self._look_for_leaks(f"foreign {case}", reader, body)
        location = (response.location or "").replace(text, "")
        return Answer(response.status_code, location, body)

    def _compare(self, what: str, found: Answer, expected: Answer) -> None:
        if found.status != expected.status:
            self.findings.append(f"{what}: {found.status}, but {expected.status} for no row at all")
        elif found != expected:
            self.findings.append(f"{what}: told otherwise than no row at all")

    def _check_status(self, case: Case, missing: Answer) -> None:
        """A row that is not there is not found, or no choice of a form; words find nothing."""
        allowed = {NOT_FOUND} if case.is_in_address else {NOT_FOUND, REFUSED}
        if not case.reader.may(self.app, case.route.endpoint):
            allowed = {FORBIDDEN}
        elif case.route.method == "GET" and not case.is_in_address:
            allowed |= {OK}
        if missing.status not in allowed:
            self.findings.append(f"no row at all at {case}: {missing.status}")

    def _look_for_leaks(self, what: str, reader: Reader, body: str) -> None:
        shown = body.upper()
        leaks = sorted(name for name in reader.hidden_names if name in shown)
        if leaks:
            self.findings.append(f"{what} shows {', '.join(leaks)}")

    def _look_for_unknown_links(self, body: str) -> None:
        """Find links whose query names a row where no sample has an id to be replaced."""
        adapter = self.app.url_map.bind("localhost")
        for link in _LINK_WITH_TOKEN.findall(body):
            parts = urlsplit(unescape(link))
            endpoint = adapter.match(parts.path)[0]
            swept = {name for sample in READING.get(endpoint, ()) for name in sample.query}
            for name, value in parse_qsl(parts.query):
                if _TOKEN.fullmatch(value) and name not in swept:
                    self.findings.append(f"{endpoint} takes an id as ?{name}: add it to READING")

    def own_texts(self, reader: Reader, route: Route) -> dict[str, str]:
        """Return what stands for the reader's own rows at each site of a route."""
        return {
            site: self._text(named, reader.own, reader.tenant_id)
            for site, named in route.sites.items()
        }

    def _nobodys_text(self, case: Case) -> str:
        if isinstance(case.named, Words):
            return UNKNOWN_WORDS
        return self._sealed(case.named, NOBODYS_NUMBER, case.reader.tenant_id)

    def _text(self, named: Id | Words, place: Place, tenant_id: int) -> str:
        if isinstance(named, Words):
            return place.code
        return self._sealed(named, named.number(place), tenant_id)

    def _sealed(self, named: Id, number: int, tenant_id: int) -> str:
        ids: OpaqueIds = self.app.extensions["opaque_ids"]
        return ids.seal(named.kind, number, tenant_id) if named.is_sealed else str(number)


def _words(response: Any) -> str:
    """Return what can be read of an answer, which may be a file."""
    return str(response.get_data().decode(errors="replace"))
