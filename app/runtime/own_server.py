"""Backups of a server of one's own, PostgreSQL's part: its account runs this beside the server.

It seals the log (`backups.seal_wal`), brings it back, and makes a data folder of a copy. Starting
and stopping the server is whoever keeps it; docs/operations.md says how.
"""

import os
import shlex
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from app.core.sealed_files import open_file
from app.core.sealing import read_keys
from app.core.settings import Settings
from app.runtime.backups import copy_before, pour, wal_piece, whole_file
from app.runtime.errors import RuntimeProblemError

PROGRAM = Path(__file__).parents[2]
# PostgreSQL reads this file last, wherever the others lie.
SETTINGS_FILE = "postgresql.auto.conf"
NO_SUCH_PIECE = 44
"""Said by `unseal-wal` alone: a Python that cannot start ends with 1, and so do many others."""

STOPS_RECOVERY = 255
"""Any status above 125: PostgreSQL takes it for a command that cannot run, and stays down."""

RECOVERY = """
# Written by `restore`; without meaning once the server is up.
restore_command = '{command}'
recovery_target_action = 'promote'
{target}"""


def unseal_wal(settings: Settings, name: str, target: Path) -> bool:
    """Bring back a piece of the log, whole or not at all; say whether there is such a piece."""
    sealed = wal_piece(settings, name)
    if not sealed.exists():
        return False
    with sealed.open("rb") as source, whole_file(target) as written:
        for piece in open_file(read_keys(settings.field_keys), source):
            written.write(piece)
    return True


def prepare_recovery(settings: Settings, into: Path, at: datetime | None) -> Path:
    """Make an empty folder the data of a server that will recover to a second when it starts.

    Without a second it recovers all of the log that was kept. Returns the copy that was used.
    """
    if os.geteuid() == 0:
        raise RuntimeProblemError("Run this as the server's account: the folder will be its own.")
    if into.exists() and any(into.iterdir()):
        raise RuntimeProblemError(f"{into} is not empty: set the old cluster aside first.")
    copy = copy_before(settings, at)
    into.mkdir(parents=True, exist_ok=True)
    # PostgreSQL refuses a folder that others may enter.
    into.chmod(0o700)
    keys = read_keys(settings.field_keys)
    tar = ["/usr/bin/env", "tar", "-xf", "-", "-C", str(into)]
    pour(keys, copy, subprocess.Popen(tar, stdin=subprocess.PIPE))  # noqa: S603 our own command
    with (into / SETTINGS_FILE).open("a", encoding="utf-8") as file:
        file.write(_recovery(settings, at))
    (into / "recovery.signal").touch()
    return copy


def restore_command(settings: Settings) -> str:
    """Return what brings a piece of the log back; the keys are in the server's environment alone.

    To PostgreSQL 1 means that the log ends here. Only a program that has looked may say so.
    """
    words = [
        "env",
        f"PYTHONPATH={PROGRAM}",
        f"BACKUP_DIR={settings.backup_dir}",
        sys.executable,
        *("-m", "app.runtime", "unseal-wal"),
    ]
    # The server puts names for what stands behind a percent sign.
    command = f"{shlex.join(words).replace('%', '%%')} %f %p"
    return (
        f"{command}; case $? in 0) ;; {NO_SUCH_PIECE}) exit 1 ;; *) exit {STOPS_RECOVERY} ;; esac"
    )


def _recovery(settings: Settings, at: datetime | None) -> str:
    target = f"recovery_target_time = '{at.isoformat()}'\n" if at else ""
    command = restore_command(settings).replace("'", "''")
    return RECOVERY.format(command=command, target=target)
