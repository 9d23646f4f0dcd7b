"""The whole program as `make run` starts it, in a folder of its own, and its processes by part."""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

import psutil

from app.core.settings import Settings, load_settings
from app.runtime.lease import held_settings

PROJECT = Path(__file__).parents[1]
READY = "is ready"
START_SECONDS = 400
STOP_SECONDS = 150
LOOK_SECONDS = 0.05
BACKEND = "ketnap_app"

Found = Callable[[], list[psutil.Process]]


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


class Program:
    """`make run`'s process on a free port, with the data of one folder."""

    def __init__(
        self, data_dir: Path, log: Path, *, has_demonstration: bool = False, **environ: str
    ) -> None:
        self.data_dir, self.log = data_dir, log
        self.port = free_port()
        data_dir.mkdir(exist_ok=True)
        if not has_demonstration:
            # Loading it would take longer than all the rest.
            (data_dir / "demonstration-loaded").touch()
        self._environ = environ

    @contextmanager
    def running(self) -> Iterator["Program"]:
        """Start the program, wait until it answers, and stop it in the end."""
        with self.log.open("w") as written:
            process = subprocess.Popen(
                [sys.executable, "-m", "app.runtime", "serve"],
                cwd=PROJECT,
                env={
                    "PATH": os.environ["PATH"],
                    "DATA_DIR": str(self.data_dir),
                    "PORT": str(self.port),
                    **self._environ,
                },
                stdout=written,
                stderr=subprocess.STDOUT,
            )
        self.supervisor = psutil.Process(process.pid)
        try:
            self.wait_until(self.is_ready, START_SECONDS)
            yield self
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)

    @property
    def settings(self) -> Settings:
        """The settings of the servers that the program holds."""
        return held_settings(load_settings({"DATA_DIR": str(self.data_dir)}))

    def is_ready(self) -> bool:
        """Say whether the program can serve."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait_until(self, holds: Callable[[], bool], seconds: float) -> float:
        """Wait until something holds; return how long it took."""
        started = time.monotonic()
        while not holds():
            if not self.supervisor.is_running() or time.monotonic() - started > seconds:
                written = self.log.read_text(encoding="utf-8", errors="replace")
                raise TimeoutError(f"nothing after {seconds} s:\n{written[-4000:]}")
            time.sleep(LOOK_SECONDS)
        return time.monotonic() - started

    # The parts, as they are now.

    def web_processes(self) -> list[psutil.Process]:
        """Return those that answer requests."""
        return [child for web in self.web_server() for child in web.children()]

    def web_server(self) -> list[psutil.Process]:
        """Return the parent of those that answer requests."""
        return self._started("gunicorn")

    def workers(self) -> list[psutil.Process]:
        """Return the workers of all queues."""
        return [part for part in self._started("worker") if "schedule" not in part.cmdline()]

    def jobs(self) -> list[psutil.Process]:
        """Return the processes of the jobs that run just now, folding mostly."""
        return [job for worker in self.workers() for job in worker.children()]

    def schedule(self) -> list[psutil.Process]:
        """Return what queues the periodic jobs."""
        return [part for part in self._started("worker") if "schedule" in part.cmdline()]

    def database(self) -> list[psutil.Process]:
        """Return the database server's first process."""
        return self._of_pid_file("servers/postgres/postmaster.pid")

    def database_sessions(self) -> list[psutil.Process]:
        """Return the database's processes that serve the program."""
        return [
            session
            for server in self.database()
            for session in server.children()
            if BACKEND in " ".join(session.cmdline())
        ]

    def redis(self) -> list[psutil.Process]:
        """Return the queue's server."""
        return self._of_pid_file("servers/redis.pid")

    def _started(self, module: str) -> list[psutil.Process]:
        return [child for child in self.supervisor.children() if module in child.cmdline()]

    def _of_pid_file(self, name: str) -> list[psutil.Process]:
        with suppress(FileNotFoundError, ValueError, psutil.NoSuchProcess):
            first = (self.data_dir / name).read_text().split("\n", 1)[0]
            return [psutil.Process(int(first))]
        return []


class Killer:
    """Kills random processes of the program the hard way, and counts them by part."""

    def __init__(self, program: Program, chance: random.Random) -> None:
        self.program, self.chance = program, chance
        self._parts: Mapping[str, tuple[int, Found]] = {
            "web process": (50, program.web_processes),
            "database session": (8, program.database_sessions),
            "job": (20, program.jobs),
            "redis": (7, program.redis),
            "database": (2, program.database),
            "worker": (7, program.workers),
            "schedule": (3, program.schedule),
            "web server": (2, program.web_server),
        }
        self.killed: dict[str, int] = dict.fromkeys(self._parts, 0)

    def kill_one(self) -> str | None:
        """Kill a process of a part by chance; return which part, None where it had none."""
        names, weights = zip(
            *((name, weight) for name, (weight, _) in self._parts.items()), strict=True
        )
        (name,) = self.chance.choices(names, weights)
        return name if self.kill(name) else None

    def kill(self, name: str) -> bool:
        """Kill one process of a part; say whether there was one."""
        with suppress(psutil.NoSuchProcess):
            found = self._parts[name][1]()
            if found:
                self.chance.choice(found).send_signal(signal.SIGKILL)
                self.killed[name] += 1
                return True
        return False

    @property
    def kills(self) -> int:
        """How many processes were killed."""
        return sum(self.killed.values())
