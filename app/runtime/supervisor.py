"""What `make run` does: servers, database, demonstration, then web, workers and schedule."""

import contextlib
import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.core.jobs import QUEUES
from app.core.settings import Settings
from app.runtime import schema
from app.runtime.children import die_with_parent
from app.runtime.errors import RuntimeProblemError
from app.runtime.lease import HELD_VARIABLE, leased_servers, revive_servers

PROJECT = Path(__file__).parents[2]
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WEB_START_SECONDS = 60
# Who reads a page or runs a job gets this long; an unfinished job is run again.
STOP_SECONDS = 4
LOOK_SECONDS = 0.2
SERVER_LOOK_SECONDS = 2
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60

_log = logging.getLogger(__name__)


@dataclass
class Child:
    """A process that is kept running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause: float = field(default=1.0)


def serve(settings: Settings, host: str) -> None:
    """Run the whole program until a signal stops it."""
    _refuse_port_in_use(host, settings.port)
    stop = threading.Event()
    with _stopped_by_signals(stop), _servers(settings) as ready:
        environment = _environment(ready)
        is_first_start = ready.is_local and _prepare_data(ready, environment, stop)
        web, *_ = children = [Child(name, command) for name, command in _commands()]
        try:
            _start(web, environment)
            if ready.is_local and not is_first_start:
                _run_command("demo accounts", environment, stop)
            _announce(f"http://{host}:{ready.port}", web, stop)
            # Starts the others too: people wait for the web alone.
            _keep_running(ready, children, environment, stop)
        finally:
            _say("Stopping …")
            _stop_all(children)


def _commands() -> list[tuple[str, Sequence[str]]]:
    settings = "python:app.runtime.gunicorn_settings"
    python = sys.executable
    return [
        ("web", (python, "-m", "gunicorn", "--config", settings, "wsgi:app")),
        *((f"worker {queue}", (python, "-m", "worker", queue)) for queue in QUEUES),
        ("schedule", (python, "-m", "worker", "schedule")),
    ]


@contextlib.contextmanager
def _servers(settings: Settings) -> Iterator[Settings]:
    if not settings.is_local:
        yield settings
        return
    _say(f"Starting PostgreSQL and Redis in {settings.data_dir} …")
    with leased_servers(settings) as leased:
        yield leased


def _environment(settings: Settings) -> dict[str, str]:
    environment = {**os.environ, "PORT": str(settings.port)}
    if settings.is_local:
        environment |= {"DATA_DIR": str(settings.data_dir), HELD_VARIABLE: "1"}
    return environment


def _refuse_port_in_use(host: str, port: int) -> None:
    """Find out now, rather than after a minute of preparing, that the port is taken."""
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(address[0], address[1]) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address[4])
    except OSError as error:
        advice = (
            f"set PORT to another one, as in: PORT={port + 1} make run"
            if error.errno == errno.EADDRINUSE
            else "set HOST and PORT to an address of this machine"
        )
        raise RuntimeProblemError(
            f"Port {port} of {host} cannot be used ({error.strerror}): {advice}"
        ) from error


def _prepare_data(settings: Settings, environment: dict[str, str], stop: threading.Event) -> bool:
    """Migrate and, at the first start, load the demonstration; say whether it was loaded now."""
    _say("Preparing the database …")
    schema.upgrade_if_behind(settings)
    marker = settings.data_dir / "demonstration-loaded"
    if marker.exists() or stop.is_set():
        return False
    _say("Loading the demonstration …")
    _run_command("demo load", environment, stop)
    if not stop.is_set():
        marker.touch()
    return True


def run_flask(arguments: Sequence[str]) -> int:
    """Run one of the program's own commands to its end; return its exit status."""
    command = [*FLASK, *arguments]
    return subprocess.run(command, cwd=PROJECT, check=False).returncode  # noqa: S603 - our own


def _run_command(command: str, environment: dict[str, str], stop: threading.Event) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own command line
        [*FLASK, *command.split()],
        cwd=PROJECT,
        env=environment,
        start_new_session=True,
        preexec_fn=_follow_supervisor,  # noqa: PLW1509 - this process has one thread
    )
    while process.poll() is None:
        if stop.wait(LOOK_SECONDS):
            process.terminate()
            process.wait()
            return
    if process.returncode != 0:
        raise RuntimeProblemError(f"`flask --app wsgi {command}` failed; see above.")


def _announce(address: str, web: Child, stop: threading.Event) -> None:
    """Say where the program is, once it answers there."""
    deadline = time.monotonic() + WEB_START_SECONDS
    while not _answers(address):
        if stop.wait(LOOK_SECONDS):
            return
        if time.monotonic() > deadline or _has_ended(web):
            raise RuntimeProblemError("The web server did not start; see above.")
    _say(f"\n{address} is ready. Ctrl-C stops it.")


def _answers(address: str) -> bool:
    place = urlsplit(address)
    try:
        with socket.create_connection((place.hostname, place.port), timeout=1):
            return True
    except OSError:
        return False


def _start(child: Child, environment: dict[str, str]) -> None:
    child.started_at = time.monotonic()
    child.process = subprocess.Popen(  # noqa: S603 - our own programs
        list(child.command),
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        # A terminal's Ctrl-C would reach the children too; they are stopped in order.
        start_new_session=True,
        preexec_fn=_follow_supervisor,  # noqa: PLW1509 - this process has one thread
    )


def _follow_supervisor() -> None:
    die_with_parent(signal.SIGTERM)


def _keep_running(
    settings: Settings,
    children: Sequence[Child],
    environment: dict[str, str],
    stop: threading.Event,
) -> None:
    look_at_servers_at = time.monotonic() + SERVER_LOOK_SECONDS
    while not stop.wait(LOOK_SECONDS):
        if settings.is_local and time.monotonic() >= look_at_servers_at:
            _revive_servers(settings)
            look_at_servers_at = time.monotonic() + SERVER_LOOK_SECONDS
        for child in children:
            if _has_ended(child):
                _note_end(child)
            if child.process is None and time.monotonic() >= child.start_again_at:
                _start(child, environment)


def _revive_servers(settings: Settings) -> None:
    try:
        for name in revive_servers(settings):
            _log.error("%s had died and was started again", name)
    except RuntimeProblemError as problem:
        # Tried again at the next look: the reason, a full disk say, may pass.
        _log.error("%s", problem)


def _has_ended(child: Child) -> bool:
    return child.process is not None and child.process.poll() is not None


def _note_end(child: Child) -> None:
    """Plan another start: at once the first time, later and later when it keeps failing."""
    if child.process is None:
        return
    if time.monotonic() - child.started_at > STEADY_SECONDS:
        child.pause = 1.0
    _log.error(
        "%s ended with status %s; starting it again in %.0f s",
        child.name,
        child.process.returncode,
        child.pause,
    )
    child.process = None
    child.start_again_at = time.monotonic() + child.pause
    child.pause = min(child.pause * 2, LONGEST_PAUSE_SECONDS)


def _stop_all(children: Sequence[Child]) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    previous = {number: signal.signal(number, lambda *_: stop.set()) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
