"""Sharing the embedded servers of one DATA_DIR between several commands.

Each user holds a shared lock on one file for as long as it lives; who can
turn its own into an exclusive lock was the last, and stops the servers. The
kernel counts, so a user that was killed is never counted and a process
number that was given out again cannot be mistaken for it.
"""

import atexit
import contextlib
import dataclasses
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.settings import Settings
from app.runtime.errors import RuntimeProblemError
from app.runtime.local_secrets import LocalSecrets, kept_secrets
from app.runtime.places import Places, find_places
from app.runtime.postgres import (
    APP_ROLE,
    OWNER_ROLE,
    Postgres,
    database_url,
    ensure_postgres,
    find_postgres,
    is_postgres_running,
    stop_postgres,
)
from app.runtime.redis import (
    RedisServer,
    ensure_redis,
    find_redis,
    is_redis_running,
    redis_url,
    stop_redis,
)

# Set for what `make run` starts: the supervisor holds the servers for it.
HELD_VARIABLE = "CHI_TIEU_SERVERS_HELD"
USERS_LOCK = "users.lock"


@dataclass(frozen=True)
class _Servers:
    places: Places
    secrets: LocalSecrets
    postgres: Postgres
    redis: RedisServer


@dataclass(frozen=True)
class _Lease:
    descriptor: int
    holder_pid: int
    data_dir: Path
    servers: _Servers


def lease(settings: Settings) -> Settings:
    """Return the settings with the addresses of servers that run until this process ends."""
    taken = _take(settings)
    atexit.register(_give_back, taken)
    return _filled(settings, taken.servers)


@contextlib.contextmanager
def leased_servers(settings: Settings, *, is_throwaway: bool = False) -> Iterator[Settings]:
    """Yield the settings with the addresses of servers that run until the block ends."""
    taken = _take(settings, is_throwaway=is_throwaway)
    try:
        yield _filled(settings, taken.servers)
    finally:
        _give_back(taken)


def held_settings(settings: Settings) -> Settings:
    """Return the settings with the addresses of servers that another process holds for this one."""
    with _locked(settings.data_dir):
        return _filled(settings, _find_servers(settings, is_throwaway=False))


def revive_servers(settings: Settings) -> list[str]:
    """Start again what has died while it was leased, and return its names."""
    with _locked(settings.data_dir):
        servers = _find_servers(settings, is_throwaway=False)
        dead = []
        if not is_postgres_running(servers.postgres):
            ensure_postgres(servers.postgres, servers.secrets)
            dead.append("PostgreSQL")
        if not is_redis_running(servers.redis):
            ensure_redis(servers.redis)
            dead.append("Redis")
        return dead


@contextlib.contextmanager
def stopped_servers(settings: Settings) -> Iterator[tuple[Postgres, LocalSecrets]]:
    """Hold the installation while nobody uses it: yield its database server, which is stopped.

    Refused while somebody does.
    """
    with _locked(settings.data_dir):
        servers = _find_servers(settings, is_throwaway=False)
        descriptor = os.open(settings.data_dir / USERS_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _is_last(descriptor):
                raise RuntimeProblemError("The program is running: stop it first.")
            _stop(servers)
            yield servers.postgres, servers.secrets
        finally:
            os.close(descriptor)


def embedded_server(settings: Settings) -> tuple[Postgres, LocalSecrets]:
    """Return the database server of an installation that somebody holds."""
    with _locked(settings.data_dir):
        servers = _find_servers(settings, is_throwaway=False)
    return servers.postgres, servers.secrets


def stop_abandoned_servers(settings: Settings) -> bool:
    """Stop servers whose users were all killed; say whether that was so."""
    with _locked(settings.data_dir):
        users = settings.data_dir / USERS_LOCK
        if not users.exists():
            return False
        descriptor = os.open(users, os.O_RDWR)
        try:
            if not _is_last(descriptor):
                return False
            _stop(_find_servers(settings, is_throwaway=False))
            return True
        finally:
            os.close(descriptor)


def _take(settings: Settings, *, is_throwaway: bool = False) -> _Lease:
    with _locked(settings.data_dir):
        servers = _find_servers(settings, is_throwaway=is_throwaway)
        descriptor = os.open(settings.data_dir / USERS_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            ensure_postgres(servers.postgres, servers.secrets)
            ensure_redis(servers.redis)
        except BaseException:
            if _is_last(descriptor):
                _stop(servers)
            os.close(descriptor)
            raise
        return _Lease(descriptor, os.getpid(), settings.data_dir, servers)


def _give_back(taken: _Lease) -> None:
    # A forked child inherits the exit handler but not the duty.
    if os.getpid() != taken.holder_pid:
        return
    with _locked(taken.data_dir):
        if _is_last(taken.descriptor):
            _stop(taken.servers)
        os.close(taken.descriptor)


def _is_last(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stop(servers: _Servers) -> None:
    stop_redis(servers.redis)
    stop_postgres(servers.postgres)


@contextlib.contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    """Hold the lock under which servers are made, started and stopped."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / "servers.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as error:
        raise RuntimeProblemError(
            f"DATA_DIR {data_dir} cannot be used by this account: {error.strerror}."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _find_servers(settings: Settings, *, is_throwaway: bool) -> _Servers:
    places = find_places(settings.data_dir)
    return _Servers(
        places=places,
        secrets=kept_secrets(settings.data_dir, demo_password=settings.demo_password),
        postgres=find_postgres(
            places, is_throwaway=is_throwaway, is_archiving=settings.backup_dir is not None
        ),
        redis=find_redis(places),
    )


def _filled(settings: Settings, servers: _Servers) -> Settings:
    secrets = servers.secrets
    return dataclasses.replace(
        settings,
        database_url=database_url(servers.places, APP_ROLE, secrets.app_password),
        migration_database_url=database_url(servers.places, OWNER_ROLE, secrets.owner_password),
        redis_url=redis_url(servers.redis),
        secret_key=settings.secret_key or secrets.secret_key,
        field_keys=settings.field_keys or secrets.field_keys,
        demo_password=settings.demo_password or secrets.demo_password,
    )
