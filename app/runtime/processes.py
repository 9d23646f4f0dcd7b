"""Finding out about processes that were not started by this one."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

KILL_SECONDS = 10


def running_pid(pid_file: Path, trait: str) -> int | None:
    """Return the process that a file names, if it still is the one meant.

    After a hard stop the file stays, and its number may by now be another
    program's; `trait` is what the right one's command line holds.
    """
    try:
        first_line = pid_file.read_bytes().partition(b"\n")[0].strip()
    except FileNotFoundError:
        return None
    if not first_line.isdigit():
        return None
    pid = int(first_line)
    return pid if trait in command_of(pid) else None


def working_in(folder: Path) -> list[int]:
    """Return the processes whose current folder this is, where the system tells."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, PermissionError, ProcessLookupError):
            if (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
    return found


def command_of(pid: int) -> str:
    """Return the command line of a process, empty when there is none."""
    if Path("/proc/self").exists():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        return command.replace(b"\0", b" ").decode(errors="replace")
    return subprocess.run(  # noqa: S603 - a number is the only argument
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout


def kill(pid: int) -> None:
    """Kill a process and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + KILL_SECONDS
    while command_of(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
