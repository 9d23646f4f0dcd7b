"""Clocks that are wrong, and a disk without room."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from itertools import count
from pathlib import Path

from sqlalchemy import func, select

from app.cases.models import Person
from app.core.database import db
from app.tenants.context import tenant_transaction
from faults.program import free_port
from faults.scene import Line, Scene
from faults.visitor import Visitor
from faults.writers import PASSWORD, TENANT

SKEWS = ("-10m", "+10m")
"""As far as clocks drift apart that nobody sets; sessions pause for longer."""

_added = count(1)

# Clocks that are wrong.


def clock(scene: Scene) -> Iterator[Line]:
    """Serve the same data by web processes whose clock is wrong; sign in and read and write."""
    if shutil.which("faketime") is None:
        yield Line("web processes with a wrong clock serve rightly", "no faketime here", False)
        return
    for skew in SKEWS:
        problem = _served_at(scene, skew)
        yield Line(
            f"a web server whose clock is {skew} off signs people in, out and keeps their work",
            problem or "all as on time",
            not problem,
        )


def _served_at(scene: Scene, skew: str) -> str:
    """Return what went wrong before a second web server whose clock is off; empty when nothing."""
    port = free_port()
    environ = scene.program.web_server()[0].environ()
    command = scene.program.web_server()[0].cmdline()
    process = subprocess.Popen(
        ["faketime", "-f", skew, *command],
        env={**environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return _lives_through(scene, port)
    finally:
        process.terminate()
        process.wait(30)


def _lives_through(scene: Scene, port: int) -> str:
    visitor = Visitor(port)
    visitor.sign_in(scene.posts[0].login_name, PASSWORD)
    if scene.posts[0].login_name not in visitor.get("/account"):
        return "was not signed in"
    on_time = visitor.at(scene.program.port)
    if on_time.once("GET", "/account")[0] != HTTPStatus.OK:
        return "a session begun on the wrong clock is none on the right one"
    if scene.clerk().at(port).once("GET", "/account")[0] != HTTPStatus.OK:
        return "a session begun on the right clock is none on the wrong one"
    visitor.submit("/sign-out", {"csrf_token": visitor.fields("/account/password")["csrf_token"]})
    if on_time.once("GET", "/account")[0] == HTTPStatus.OK:
        return "who has signed out on the wrong clock is signed in on the right one"
    return ""


# A disk without room.


def disk(scene: Scene) -> Iterator[Line]:
    """Fill the file system of the data, read and write, make room, and write again."""
    promise = "on a full disk pages can be read, writing is refused with 503, and nothing is lost"
    home = scene.program.data_dir
    if not os.path.ismount(home):
        yield Line(promise, "not tried: mounting a small file system needs root", False)
        return
    clerk = scene.clerk()
    _, kept_before = _add(clerk, 3)
    filler = home / "filler"
    _fill(filler)
    statuses, kept_full = _add(clerk, 40)
    read = clerk.once("GET", clerk.once("GET", "/")[1])[0]
    filler.unlink()
    scene.program.wait_until(scene.program.is_ready, 120)
    _, kept_after = _add(clerk, 3)
    there = _people(scene)
    kept = kept_before + kept_full + kept_after
    mismatches = scene.mismatches()
    yield Line(
        promise,
        f"answers {dict(statuses)}, reading {read}; of {kept} acknowledged people {there} are "
        f"there; {mismatches} mismatches",
        HTTPStatus.SERVICE_UNAVAILABLE in statuses
        and HTTPStatus.INTERNAL_SERVER_ERROR not in statuses
        and read == HTTPStatus.OK
        and there == kept
        and mismatches == 0,
    )


def _fill(filler: Path) -> None:
    """Write until there is no room for another sector."""
    for size in (1 << 20, 512):
        file = os.open(filler, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            with suppress(OSError):
                while True:
                    os.write(file, b"\0" * size)
        finally:
            os.close(file)


def _add(clerk: Visitor, wanted: int) -> tuple[Counter[int], int]:
    """Try to add so many people; return the answers, and how many were acknowledged."""
    answers: Counter[int] = Counter()
    home = clerk.once("GET", "/")[1].rpartition("/")[0]
    for _ in range(wanted):
        form = clerk.fields(f"{home}/people/new")
        number = next(_added)
        typed = {
            "full_name": f"Nguyễn Văn Đĩa {number}",
            "date_of_birth": "20/05/1998",
            "sex": "male",
            "listed": "01/03/2021",
        }
        status, _, _ = clerk.once("POST", f"{home}/people/new", {**form, **typed})
        answers[status] += 1
    return answers, answers[HTTPStatus.SEE_OTHER]


def _people(scene: Scene) -> int:
    with scene.application.app_context(), tenant_transaction(TENANT):
        return (
            db.session.scalar(
                select(func.count())
                .select_from(Person)
                .where(Person.full_name.like("Nguyễn Văn Đĩa%"))
            )
            or 0
        )
