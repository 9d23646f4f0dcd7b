"""The account that the embedded servers run under: PostgreSQL refuses to run as root."""

import contextlib
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict

from app.runtime.errors import RuntimeProblemError

# Accounts that every Unix has and that own nothing, in order of preference.
UNPRIVILEGED_ACCOUNTS = ("nobody", "daemon")
# The servers see nothing of the caller's environment: PGDATA, PGPORT and the
# like would change what they do.
SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    """A user of this machine."""

    uid: int
    gid: int


def server_account() -> Account:
    """Return who runs the servers: an unprivileged account when root asks, else the caller."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid())
    for name in UNPRIVILEGED_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise RuntimeProblemError(
        "PostgreSQL does not run as root and this machine has none of the accounts "
        f"{', '.join(UNPRIVILEGED_ACCOUNTS)}: start the program as an ordinary user."
    )


def run_as(
    account: Account, command: Sequence[str | Path], *, standard_input: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command under the account to its end and return its output and exit status.

    Both streams are files, since a pipe would be held open by a server that
    the command leaves running.
    """
    with _temporary_text(standard_input) as given, _temporary_text() as output:
        finished = subprocess.run(  # noqa: S603 - our own binaries and arguments
            [str(part) for part in command],
            stdin=given,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=SERVER_ENVIRONMENT,
            check=False,
            umask=0o077,
            **_identity(account),
        )
        output.seek(0)
        return subprocess.CompletedProcess(finished.args, finished.returncode, output.read())


def piped_as(account: Account, command: Sequence[str | Path]) -> subprocess.Popen[bytes]:
    """Start a command under the account that reads what the caller writes to its input."""
    return subprocess.Popen(  # noqa: S603 - our own commands
        [str(part) for part in command],
        stdin=subprocess.PIPE,
        cwd="/",
        env=SERVER_ENVIRONMENT,
        umask=0o077,
        **_identity(account),
    )


def write_as(account: Account, path: Path, text: str) -> None:
    """Write a private file as the account.

    Root itself never writes into the account's folders: a link put there by
    that account would lead it to any file of the machine.
    """
    written = run_as(account, ["/bin/sh", "-c", 'cat > "$0"', path], standard_input=text)
    if written.returncode != 0:
        raise RuntimeProblemError(f"{path} could not be written: {written.stdout.strip()}")


@contextlib.contextmanager
def _temporary_text(text: str = "") -> Iterator[IO[str]]:
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as file:
        file.write(text)
        file.seek(0)
        yield file


def can(account: Account, right: str, path: Path) -> bool:
    """Say whether the account has a right (`r`, `w` or `x`) on a path, by trying it.

    Trying is the only answer that counts parents, groups and access lists.
    """
    tried = subprocess.run(  # noqa: S603 - a fixed command; the path is an argument
        ["/bin/sh", "-c", f'test -{right} "$0"', str(path)],
        stdin=subprocess.DEVNULL,
        cwd="/",
        env=SERVER_ENVIRONMENT,
        check=False,
        **_identity(account),
    )
    return tried.returncode == 0


def give(account: Account, path: Path) -> None:
    """Make the account the owner of one path that this program made."""
    if os.geteuid() == 0:
        os.chown(path, account.uid, account.gid)


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _identity(account: Account) -> _Identity:
    if os.geteuid() != 0:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}
