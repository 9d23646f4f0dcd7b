"""Somebody at a browser, in little: cookies, forms as pages carry them, and patience."""

import http.client
import re
import time
from html.parser import HTMLParser
from http import HTTPStatus
from http.cookies import SimpleCookie
from urllib.parse import urlencode

PATIENCE_SECONDS = 1800
"""As long as something is killed again and again; afterwards it takes seconds."""

WAIT_SECONDS = 0.1
ANSWER_SECONDS = 60
"""Longer than any request takes: a request that was given up could still be carried out, later."""

PASSING = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.CONFLICT, HTTPStatus.BAD_GATEWAY})
"""Answers after which the same is asked again, as the page says."""


class UnexpectedAnswerError(Exception):
    """An answer that no fault excuses."""


class _Fields(HTMLParser):
    """The values of the last form of a page, as the browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._is_main = False
        self._list = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the fields inside the page's main part."""
        given = dict(attrs)
        self._is_main = self._is_main or tag == "main"
        if not self._is_main:
            return
        name = given.get("name") or ""
        if tag == "select":
            self._list = name
        elif tag == "option" and (self._list not in self.values or "selected" in given):
            self.values[self._list] = given.get("value") or ""
        elif tag == "input" and name:
            is_box = given.get("type") in {"checkbox", "radio"}
            if not is_box or "checked" in given:
                self.values[name] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        """Leave the main part."""
        self._is_main = self._is_main and tag != "main"


def _said(page: str) -> str:
    """Return the words of a page's main part."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


class Visitor:
    """A browser with its cookies; it tries again while the program is away."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}
        self.tried_again = 0
        self.failures: list[str] = []
        """Answers by which the program says that it is at fault itself."""

    def at(self, port: int) -> "Visitor":
        """Return the same browser, with the same cookies, before another web server."""
        elsewhere = Visitor(port)
        elsewhere._cookies = self._cookies
        return elsewhere

    def cookies(self) -> str:
        """Return the cookies as a browser sends them."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def get(self, path: str) -> str:
        """Return a page."""
        return self._until_answered("GET", path, None, HTTPStatus.OK)[1]

    def fields(self, path: str) -> dict[str, str]:
        """Return what the form of a page would send as it stands."""
        parser = _Fields()
        parser.feed(self.get(path))
        return parser.values

    def submit(self, path: str, values: dict[str, str]) -> str:
        """Send a form until it is acknowledged; return the address that it leads to."""
        return self._until_answered("POST", path, values, HTTPStatus.SEE_OTHER)[0]

    def sign_in(self, login_name: str, password: str) -> None:
        """Sign in through the form."""
        typed = {"login_name": login_name, "password": password, "next": "/account"}
        self.submit("/sign-in", {**self.fields("/sign-in"), **typed})

    def _until_answered(
        self, method: str, path: str, values: dict[str, str] | None, expected: HTTPStatus
    ) -> tuple[str, str]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                status, location, body = self.once(method, path, values)
            except (OSError, http.client.HTTPException):
                status = None
            else:
                if status == expected:
                    return location, body
                if status == HTTPStatus.INTERNAL_SERVER_ERROR:
                    self.failures.append(f"{method} {path}: {status}")
                elif status not in PASSING:
                    raise UnexpectedAnswerError(f"{method} {path}: {status}\n{_said(body)}")
            self.tried_again += 1
            time.sleep(WAIT_SECONDS)
        raise UnexpectedAnswerError(f"{method} {path}: nothing for {PATIENCE_SECONDS} s")

    def once(
        self, method: str, path: str, values: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        """Send one request; return status, where it leads to, and the page."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_SECONDS)
        try:
            headers = {"Cookie": self.cookies()}
            if values is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, urlencode(values) if values else None, headers)
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace")
            for line in answer.headers.get_all("Set-Cookie") or ():
                for name, morsel in SimpleCookie(line).items():
                    self._cookies[name] = morsel.value
            return answer.status, answer.headers.get("Location", ""), body
        finally:
            connection.close()
