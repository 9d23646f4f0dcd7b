"""Clients that take their time, say too much, come all at once, or take all they can get."""

import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

from faults.program import PROJECT, Program, free_port
from faults.scene import NEIGHBOUR_NAME, Line, Scene, spread
from faults.visitor import Visitor

SLOW_CLIENTS = 60
SLOW_SECONDS = 20
PATIENCE = 15.0
OVER_THE_LIMIT = 17 << 20
HUGE = 1 << 34
MANY_FIELDS = 200_000
MOST_MEMORY = 300 << 20
CROWD = 200
CROWD_ROUNDS = 3
LOUD_CLIENTS = 8
SHOWN = 30

IN_FRONT = PROJECT / "docs" / "nginx.conf"
"""The server in front as the operations guide gives it."""


# Clients that take their time.


def slow(scene: Scene) -> Iterator[Line]:
    """Dribble requests in, to a server in front as it is advised, while others ask for a page."""
    if shutil.which("nginx") is None:
        yield Line("clients that dribble keep nobody else waiting", "not tried: no nginx", False)
        return
    with _in_front(scene.program) as port:
        yield from _slow(port)


def _slow(port: int) -> Iterator[Line]:
    for part, beginning in (
        ("headers", b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n"),
        ("a form", b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"),
    ):
        with _dribbling(port, beginning):
            seconds, failed = _asked_meanwhile(port, SLOW_SECONDS)
        yield Line(
            f"{SLOW_CLIENTS} clients that dribble {part} keep nobody else waiting",
            f"{len(seconds)} pages meanwhile, {failed} not within {PATIENCE:.0f} s, "
            f"{spread(seconds)}",
            failed == 0 and bool(seconds),
        )


@contextmanager
def _in_front(program: Program) -> Iterator[int]:
    """Run nginx before the program, as the guide says; give its port."""
    port = free_port()
    advised = IN_FRONT.read_text(encoding="utf-8")
    for there, here in (("127.0.0.1:8080", port), ("127.0.0.1:8000", program.port)):
        if there not in advised:
            raise RuntimeError(f"{IN_FRONT} names no {there}")
        advised = advised.replace(there, f"127.0.0.1:{here}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "nginx.conf")
        file.write_text(advised, encoding="utf-8")
        command = ["nginx", "-p", folder, "-c", str(file), "-e", "stderr"]
        process = subprocess.Popen([*command, "-g", f"daemon off; pid {folder}/pid;"])
        try:
            program.wait_until(lambda: _listens(port), 10)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextmanager
def _dribbling(port: int, beginning: bytes) -> Iterator[None]:
    end = threading.Event()
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(SLOW_CLIENTS)]
    for client in clients:
        client.sendall(beginning)

    def dribble() -> None:
        while not end.wait(1):
            for client in clients:
                with suppress(OSError):
                    client.sendall(b"x")

    thread = threading.Thread(target=dribble)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
        for client in clients:
            client.close()


def _asked_meanwhile(port: int, for_seconds: float) -> tuple[list[float], int]:
    """Ask for a page again and again; return how long each took, and how many never came."""
    taken, failed = [], 0
    until = time.monotonic() + for_seconds
    while time.monotonic() < until:
        started = time.monotonic()
        try:
            status = _raw(
                port, b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
        except OSError:
            status = None
        if status == HTTPStatus.OK:
            taken.append(time.monotonic() - started)
        else:
            failed += 1
    return taken, failed


def _raw(port: int, said: bytes, then: Callable[[socket.socket], None] | None = None) -> int | None:
    """Send bytes; return the status of the answer, None where none came."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(said)
        if then is not None:
            # Whoever is refused early cannot send all that was meant to be sent.
            with suppress(OSError):
                then(client)
        words = client.recv(64).split()
    return int(words[1]) if len(words) > 1 else None


# Requests of any size.


def huge(scene: Scene) -> Iterator[Line]:
    """Send more than anybody has to say."""
    head = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    form = head + b"Content-Type: application/x-www-form-urlencoded\r\n"
    fields = b"&".join(b"f%d=1" % number for number in range(MANY_FIELDS))
    cases: Mapping[str, tuple[bytes, Callable[[socket.socket], None] | None]] = {
        "a form of 17 MB": (
            form + b"Content-Length: %d\r\n\r\n" % OVER_THE_LIMIT,
            lambda client: client.sendall(b"a" * OVER_THE_LIMIT),
        ),
        "a form said to be 16 GB": (form + b"Content-Length: %d\r\n\r\n" % HUGE, None),
        "a form without an end": (form + b"Transfer-Encoding: chunked\r\n\r\n", _endless),
        f"a form of {MANY_FIELDS:,} fields": (
            form + b"Content-Length: %d\r\n\r\n" % len(fields) + fields,
            None,
        ),
        "a header of 1 MB": (head + b"X-A: " + b"a" * (1 << 20) + b"\r\n\r\n", None),
        "an address of 1 MB": (b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: x\r\n\r\n", None),
    }
    before = _memory(scene.program)
    for name, (said, then) in cases.items():
        started = time.monotonic()
        try:
            status = _raw(scene.program.port, said, then)
        except TimeoutError:
            status = None
            answer = "nothing"
        except OSError:
            # It was hung up on while it still spoke: refused as well.
            status, answer = HTTPStatus.BAD_REQUEST, "hung up"
        else:
            answer = str(status)
        seconds = time.monotonic() - started
        yield Line(
            f"{name} is refused at once",
            f"{answer} after {seconds:.2f} s",
            status is not None
            and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR,
        )
    grown = _memory(scene.program) - before
    yield Line(
        f"all of them take less than {MOST_MEMORY >> 20} MB",
        f"{grown / (1 << 20):.0f} MB more in all web processes",
        grown < MOST_MEMORY,
    )


def _endless(client: socket.socket) -> None:
    chunk = b"%x\r\n%s\r\n" % (1 << 16, b"a" * (1 << 16))
    for _ in range(OVER_THE_LIMIT >> 16):
        client.sendall(chunk)


def _memory(program: Program) -> int:
    return sum(process.memory_info().rss for process in program.web_processes())


# More people than connections.


def crowd(scene: Scene) -> Iterator[Line]:
    """Let everybody of two tenants ask at once, each for pages of their own."""
    people = [scene.clerk(number) for number in range(len(scene.posts))]
    people.append(scene.neighbour())
    own = [visitor.get("/account") for visitor in people]
    names = [f"Người ghi {post.commune}" for post in scene.posts] + [NEIGHBOUR_NAME]
    if not all(name in page for name, page in zip(names, own, strict=True)):
        raise RuntimeError("an account's page does not say whose it is")
    answers: Counter[int] = Counter()
    foreign = 0
    taken: list[float] = []

    def ask(number: int) -> tuple[int, bool, float]:
        visitor = people[number % len(people)]
        started = time.monotonic()
        status, _, page = visitor.once("GET", "/account")
        others = any(name in page for name in names if name != names[number % len(people)])
        return status, others, time.monotonic() - started

    with ThreadPoolExecutor(CROWD) as pool:
        for status, others, seconds in pool.map(ask, range(CROWD * CROWD_ROUNDS)):
            answers[status] += 1
            foreign += others
            taken.append(seconds)
    yield Line(
        f"{CROWD} requests at once are all answered, and each with its own",
        f"{dict(answers)}, {foreign} of somebody else, {spread(taken)}",
        set(answers) == {HTTPStatus.OK} and foreign == 0,
    )


# A tenant that takes all it can get.


def noisy(scene: Scene) -> Iterator[Line]:
    """Let one tenant ask for its heaviest pages without pause; look how another one fares."""
    neighbour = scene.neighbour()
    home = neighbour.once("GET", "/")[1]
    quiet = _pages(neighbour, home)
    end = threading.Event()

    def shout(number: int) -> int:
        visitor = scene.clerk(number)
        address, asked = visitor.once("GET", "/")[1], 0
        while not end.is_set():
            visitor.once("GET", address)
            asked += 1
        return asked

    with ThreadPoolExecutor(LOUD_CLIENTS) as pool:
        loud = [pool.submit(shout, number) for number in range(LOUD_CLIENTS)]
        time.sleep(2)
        crowded = _pages(neighbour, home)
        end.set()
        asked = sum(each.result() for each in loud)
    ratio = statistics.median(crowded) / statistics.median(quiet)
    yield Line(
        f"a neighbour of {LOUD_CLIENTS} clients without pause waits its share and no longer",
        f"median {statistics.median(quiet) * 1000:.0f} ms alone, "
        f"{statistics.median(crowded) * 1000:.0f} ms ({ratio:.1f} times) beside {asked} requests",
        ratio <= LOUD_CLIENTS + 1,
    )


def _pages(visitor: Visitor, address: str) -> list[float]:
    taken = []
    for _ in range(SHOWN):
        started = time.monotonic()
        status, _, _ = visitor.once("GET", address)
        if status != HTTPStatus.OK:
            raise RuntimeError(f"{address} was answered {status}")
        taken.append(time.monotonic() - started)
    return taken
