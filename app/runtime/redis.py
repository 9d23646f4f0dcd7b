"""The embedded Redis: a queue of work that the database can rebuild, so nothing of it is kept."""

import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.runtime.account import run_as, write_as
from app.runtime.binaries import redis_program
from app.runtime.errors import RuntimeProblemError
from app.runtime.places import Places
from app.runtime.processes import kill, running_pid

START_SECONDS = 10
STOP_SECONDS = 10
SETTINGS = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
daemonize yes
dir "{home}"
logfile "{home}/redis.log"
pidfile "{home}/redis.pid"
save ""
appendonly no
"""


@dataclass(frozen=True)
class RedisServer:
    """One embedded server and its folders."""

    program: Path
    places: Places

    @property
    def socket(self) -> Path:
        """The socket that clients connect to."""
        return self.places.sockets / "redis.sock"


def find_redis(places: Places) -> RedisServer:
    """Return the server of an installation, running or not."""
    return RedisServer(redis_program(places.account, places.software), places)


def redis_url(server: RedisServer) -> str:
    """Return the address of the embedded server."""
    return f"unix://{quote(str(server.socket))}?db=0"


def ensure_redis(server: RedisServer) -> None:
    """Leave the server running. The caller holds the lock of DATA_DIR."""
    if _answers(server):
        return
    _stop_silent(server)
    settings = server.places.home / "redis.conf"
    written = SETTINGS.format(socket=server.socket, home=server.places.home)
    write_as(server.places.account, settings, written)
    started = run_as(server.places.account, [server.program, settings])
    if started.returncode != 0 or not _waits_for(server, is_up=True, seconds=START_SECONDS):
        raise RuntimeProblemError(
            f"Redis did not start; {server.places.home / 'redis.log'} may say why."
            f"\n{started.stdout}"
        )


def is_redis_running(server: RedisServer) -> bool:
    """Say whether the server's process lives, busy as it may be."""
    return _running_pid(server) is not None


def stop_redis(server: RedisServer) -> None:
    """Stop the server if it runs."""
    if _answers(server):
        with _client(server) as client:
            client.shutdown(nosave=True)
        _waits_for(server, is_up=False, seconds=STOP_SECONDS)
    _stop_silent(server)


def _stop_silent(server: RedisServer) -> None:
    pid = _running_pid(server)
    if pid:
        kill(pid)


def _running_pid(server: RedisServer) -> int | None:
    # Redis shows its socket in place of its command line.
    return running_pid(server.places.home / "redis.pid", str(server.socket))


def _client(server: RedisServer) -> Redis:
    return Redis(
        unix_socket_path=str(server.socket),
        socket_timeout=5,
        socket_connect_timeout=5,
        # By itself the client would wait and try again while the server stops.
        retry=Retry(NoBackoff(), 0),
    )


def _answers(server: RedisServer) -> bool:
    if not server.socket.exists():
        return False
    with _client(server) as client:
        try:
            return bool(client.ping())
        except RedisError:
            return False


def _waits_for(server: RedisServer, *, is_up: bool, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _answers(server) != is_up:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
