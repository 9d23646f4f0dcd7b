"""`make attack`: sqlmap at every form, sort and filter; wapiti at what one of them reaches.

    python faults/attack.py [--at PORT] [--minutes 60] [--tools sqlmap wapiti] [--reports FOLDER]

The demonstration is served in a folder of its own, or already at a port. Somebody of each role
walks all pages by their links, and every address with a question and every form becomes a request
for sqlmap, one of each shape. Needs `sqlmap` (Debian has it). wapiti walks and attacks by itself,
signed in as somebody of a commune (`--login`) and for as long again; it is left out where it is not
installed. Debian's does not run: `pip install wapiti3` in a venv of its own, in front in `PATH`.
The status is 1 where one found something or was not done; what they said is kept in the folder of
reports.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.program import Program
from faults.visitor import Visitor

TOOLS = ("sqlmap", "wapiti")
PASSWORD = "mật khẩu để tấn công thử"
ROLES = ("tinh", "huyen.vinhtuong", "xa.ngukien", "quantri", "vanhanh")
MOST_PAGES = 400
SEALED = re.compile(r"/[A-Za-z0-9_-]{22}(?=/|$)")
NUMBER = re.compile(r"/\d+(?=/|$)")
FILE = re.compile(r"\.(?:xlsx|pdf)$")
LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]+)"')
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
FIELD = re.compile(r"<(?:input|textarea|button)\b[^>]*>")
CHOICE = re.compile(r"<select\b([^>]*)>(.*?)</select>", re.DOTALL)
OPTION = re.compile(r"<option\b[^>]*>")
LEFT_ALONE = ("sign-out", "/devices", "/password", "/absence")
"""Forms that would end the walker's own session or lock out a role."""

FOUND = re.compile(r"^Parameter: .*|.* is vulnerable.*", re.MULTILINE)
WITHSTOOD = "do not appear to be injectable"
SQLMAP = (
    *("sqlmap", "--batch", "--flush-session", "--disable-coloring", "--dbms=PostgreSQL"),
    *("--technique=BE", "--level=1", "--risk=1", "--skip=csrf_token,client_key", "--keep-alive"),
    # A key that was sent before is answered from what is kept, and nothing else would be tried.
    "--randomize=client_key",
)

WAPITI_MODULES = (
    *("sql", "timesql", "xss", "permanentxss", "file", "exec", "redirect", "crlf", "csrf"),
    *("ldap", "upload", "htaccess", "methods", "backup", "http_headers", "cookieflags", "csp"),
)
EXPLAINED = {"Secure Flag cookie": "the demonstration is served without TLS, on the machine alone"}
"""What wapiti finds of every demonstration; `tests/web/test_security.py` shows the rest."""

LONGEST_ATTACK = 120
"""As many seconds as one kind of attack may take."""


@dataclass(frozen=True)
class Target:
    """A request of one shape: who sends it, how, where, and with which fields."""

    login_name: str
    method: str
    path: str
    fields: Mapping[str, str]
    page: str

    @property
    def shape(self) -> tuple[str, str, tuple[str, ...]]:
        """Return what targets that run the same code have in common."""
        return self.method, _shape(self.path), tuple(sorted(self.fields))

    @property
    def is_last(self) -> bool:
        """Say whether nothing can be tried after it.

        Once there are tenants beside the demonstration, its operator needs a second factor.
        """
        return self.path == "/admin/tenants/new"


def main() -> None:
    """Run the tools, print what they found, and end with status 1 where that was anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=int, help="the port of a demonstration that is served")
    parser.add_argument("--password", default=PASSWORD)
    parser.add_argument("--minutes", type=float, default=60, help="as long as it may take")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=TOOLS)
    parser.add_argument("--login", default="xa.ngukien", help="whom wapiti is signed in as")
    parser.add_argument("--only", choices=("GET", "POST"), help="questions or forms alone")
    parser.add_argument("--reports", type=Path, default=Path(tempfile.mkdtemp(prefix="attack-")))
    asked = parser.parse_args()
    if "sqlmap" in asked.tools and shutil.which("sqlmap") is None:
        sys.exit("not installed: sqlmap")
    asked.reports.mkdir(parents=True, exist_ok=True)
    print(f"reports in {asked.reports}")
    with _served(asked.at, asked.password) as port:
        found = _sqlmap(port, asked) if "sqlmap" in asked.tools else 0
        found += _wapiti(port, asked) if "wapiti" in asked.tools else 0
    sys.exit(found > 0)


@contextmanager
def _served(port: int | None, password: str) -> Iterator[int]:
    """Give the port of the demonstration, serving it first where it is not."""
    if port is not None:
        yield port
        return
    with tempfile.TemporaryDirectory(prefix="chi-tieu-attack-") as folder:
        # The servers' account must pass through.
        Path(folder).chmod(0o711)
        program = Program(
            Path(folder, "data"),
            Path(folder, "log"),
            has_demonstration=True,
            DEMO_PASSWORD=password,
        )
        with program.running():
            yield program.port


# What there is to attack.


def targets(visitor: Visitor, login_name: str) -> Iterator[Target]:
    """Walk all pages that links lead somebody to; yield one request of each shape."""
    waiting, known, given = ["/"], {"/"}, set()
    for _ in range(MOST_PAGES):
        if not waiting:
            return
        address = waiting.pop(0)
        status, location, page = visitor.once("GET", address)
        links = [location] if location else [unescape(link) for link in LINK.findall(page)]
        for link in (urlsplit(link) for link in links):
            path = f"{link.path}?{link.query}" if link.query else link.path
            shape = _shape(path)
            if not link.netloc and link.path.startswith("/") and shape not in known:
                known.add(shape)
                waiting.append(path)
        if status != HTTPStatus.OK:
            continue
        for target in _on_page(login_name, address, page):
            if target.shape not in given and target.fields:
                given.add(target.shape)
                yield target


def _on_page(login_name: str, address: str, page: str) -> Iterator[Target]:
    asked = urlsplit(address)
    if asked.query:
        yield Target(login_name, "GET", asked.path, dict(parse_qsl(asked.query)), address)
    for opening, body in FORM.findall(page):
        where = urlsplit(unescape(_attribute(opening, "action") or address))
        if any(part in where.path for part in LEFT_ALONE):
            continue
        method = (_attribute(opening, "method") or "get").upper()
        fields = _one_of_each_family(dict(_fields(body)))
        path = f"{where.path}?{where.query}" if where.query and method == "POST" else where.path
        yield Target(login_name, method, path, fields, address)


def _fields(form: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of a form with the values that a browser would send, 1 for an empty one."""
    for tag in FIELD.findall(form):
        if name := _attribute(tag, "name"):
            yield name, unescape(_attribute(tag, "value") or "1")
    for opening, body in CHOICE.findall(form):
        options = sorted(OPTION.findall(body), key=lambda option: " selected" not in option)
        values = [value for option in options if (value := _attribute(option, "value"))]
        if name := _attribute(opening, "name"):
            yield name, unescape(values[0]) if values else "1"


def _one_of_each_family(fields: Mapping[str, str]) -> dict[str, str]:
    """Keep one of the fields that differ by a number or a code alone, as the boxes of a board."""
    families = {re.split(r"[-\d]", name)[0]: name for name in reversed(fields)}
    return {name: value for name, value in fields.items() if name in families.values()}


def _shape(address: str) -> str:
    path, _, question = address.partition("?")
    names = ",".join(sorted(name for name, _ in parse_qsl(question, keep_blank_values=True)))
    path = FILE.sub(".csv", NUMBER.sub("/•", SEALED.sub("/•", path)))
    return f"{path}?{names}"


def _attribute(tag: str, name: str) -> str | None:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else None


# The tools.


def _sqlmap(port: int, asked: argparse.Namespace) -> int:
    """Give every target to sqlmap; return how many it found a way into or did not come to."""
    password, reports, minutes = asked.password, asked.reports, asked.minutes
    people = {login_name: _signed_in(port, password, login_name) for login_name in ROLES}
    every: dict[tuple[str, str, tuple[str, ...]], Target] = {}
    for login_name, visitor in people.items():
        for target in targets(visitor, login_name):
            every.setdefault(target.shape, target)
    # Sorts and filters first: they reach the most varied statements.
    found = sorted(every.values(), key=lambda target: (target.method != "GET", target.is_last))
    found = [target for target in found if asked.only in {None, target.method}]
    (reports / "targets.json").write_text(
        json.dumps([target.shape for target in found], ensure_ascii=False, indent=1)
    )
    until = time.monotonic() + minutes * 60
    answers: Counter[str] = Counter()
    with (reports / "sqlmap.txt").open("w", encoding="utf-8") as report:
        for target in found:
            if time.monotonic() > until:
                break
            if people[target.login_name].once("GET", "/account")[0] != HTTPStatus.OK:
                people[target.login_name] = _signed_in(port, password, target.login_name)
            said = _sqlmap_at(port, people[target.login_name], target)
            report.write(f"=== {target.shape}\n{said}\n")
            answer = _answer(said)
            answers[answer] += 1
            if answer != WITHSTOOD:
                print(f"sqlmap: {target.shape}: {answer}", flush=True)
    print(f"sqlmap: {len(found)} requests: {dict(answers)}")
    return len(found) - answers[WITHSTOOD]


def _answer(said: str) -> str:
    """Return what sqlmap came to: that nothing gave way, what did, or why it was not tried."""
    if found := FOUND.findall(said):
        return "; ".join(found)
    if WITHSTOOD in said:
        return WITHSTOOD
    return "not tried: " + "; ".join(re.findall(r"\[CRITICAL\] (.*)", said))


def _signed_in(port: int, password: str, login_name: str) -> Visitor:
    visitor = Visitor(port)
    visitor.sign_in(login_name, password)
    return visitor


def _sqlmap_at(port: int, visitor: Visitor, target: Target) -> str:
    base = f"http://127.0.0.1:{port}"
    words = [*SQLMAP, f"--cookie={visitor.cookies()}"]
    if target.method == "GET":
        words.append(f"--url={base}{target.path}?{urlencode(target.fields)}")
    else:
        # A token holds as long as the session: fetching a new one each time would cost a page.
        held = dict(_fields(visitor.get("/account")))
        fields = {**target.fields, "csrf_token": held["csrf_token"]}
        words += [f"--url={base}{target.path}", f"--data={urlencode(fields)}"]
        words.append(f"--referer={base}{target.page}")
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def _wapiti(port: int, asked: argparse.Namespace) -> int:
    """Let wapiti walk and attack as somebody; return how much it found."""
    if shutil.which("wapiti") is None:
        print("wapiti: not installed, left out")
        return 0
    visitor = _signed_in(port, asked.password, asked.login)
    base = f"http://127.0.0.1:{port}/"
    report = asked.reports / "wapiti.json"
    seconds = str(int(asked.minutes * 60))
    words = ["wapiti", f"--url={base}", "--scope=folder", f"--module={','.join(WAPITI_MODULES)}"]
    # Without `--drop-set-cookie`: that drops this one as well, and nobody would be signed in.
    words += ["--cookie-value", visitor.cookies(), "--flush-session"]
    words += [f"--max-scan-time={seconds}", f"--max-attack-time={LONGEST_ATTACK}", "--depth=6"]
    words += ["--max-links-per-page=40", "--max-files-per-dir=15", "--max-parameters=30"]
    words += ["--store-session", str(asked.reports), "--no-bugreport"]
    words += ["--format=json", f"--output={report}"]
    for part in LEFT_ALONE:
        words += ["--exclude", f"{base}*{part.strip('/')}*"]
    with (asked.reports / "wapiti.txt").open("w", encoding="utf-8") as said:
        subprocess.run(words, stdout=said, stderr=subprocess.STDOUT, check=False)
    if not report.exists():
        print(f"wapiti: came to no end: {asked.reports / 'wapiti.txt'}")
        return 1
    told = json.loads(report.read_text(encoding="utf-8"))
    every = {**told["vulnerabilities"], **told["anomalies"]}
    found = {name: len(cases) for name, cases in every.items() if cases and name not in EXPLAINED}
    print(
        f"wapiti: {told['infos']['crawled_pages_nbr']} requests walked: {found or 'nothing found'}"
    )
    return sum(found.values())


if __name__ == "__main__":
    main()
