"""Where the embedded servers keep their files, so that the account they run under reaches them."""

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.runtime.account import Account, can, give, server_account
from app.runtime.errors import RuntimeProblemError

# A Unix socket's address holds 107 bytes on Linux and 103 on macOS.
LONGEST_SOCKET_PATH = 103
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"
PREFIX = "chi-tieu-ket-nap-"
HOME_NAME = "servers"
# /var/tmp comes last: some systems delete what lies there unread for a month.
BASES_FOR_ROOT = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - mkdtemp makes a private folder


@dataclass(frozen=True)
class Places:
    """The folders of one embedded installation.

    `home` holds the servers' files and belongs to `account`; it lies in
    DATA_DIR unless the account cannot reach that. `software` is there for
    copies of binaries that the account cannot reach where they are installed.
    """

    home: Path
    software: Path
    sockets: Path
    account: Account


def find_places(data_dir: Path) -> Places:
    """Return the folders of DATA_DIR's servers, making them at first.

    The caller holds the lock of DATA_DIR.
    """
    account = server_account()
    home = _home(data_dir, account)
    return Places(home, home.parent / "software", _sockets(data_dir, home, account), account)


def _home(data_dir: Path, account: Account) -> Path:
    record = data_dir / "servers-home"
    if record.exists():
        return _recorded_home(record)
    inside = data_dir / HOME_NAME
    is_new = not inside.exists()
    if is_new:
        _make_private_folder(inside, account)
    if can(account, "w", inside):
        return inside
    if not is_new:
        raise RuntimeProblemError(
            f"{inside} was made by another account. Run the program as that account, "
            f"or set DATA_DIR to another folder."
        )
    inside.rmdir()
    outside = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_base_for_root()))
    outside.chmod(0o711)
    _make_private_folder(outside / HOME_NAME, account)
    record.write_text(str(outside / HOME_NAME), encoding="utf-8")
    return outside / HOME_NAME


def _recorded_home(record: Path) -> Path:
    home = Path(record.read_text(encoding="utf-8"))
    if not home.is_dir():
        raise RuntimeProblemError(
            f"The data kept in {home} is gone. Bring that folder back, "
            f"or delete {record.parent} to begin with an empty database."
        )
    return home


def _base_for_root() -> Path:
    for base in BASES_FOR_ROOT:
        if os.access(base, os.W_OK | os.X_OK):
            return base
    raise RuntimeProblemError(
        "No folder was found where an unprivileged PostgreSQL could keep its data: "
        "set DATA_DIR to a folder that every account may reach."
    )


def _sockets(data_dir: Path, home: Path, account: Account) -> Path:
    inside = home / "run"
    if _fits(inside):
        if not inside.exists():
            _make_private_folder(inside, account)
        return inside
    record = data_dir / "servers-sockets"
    if record.exists():
        recorded = Path(record.read_text(encoding="utf-8"))
        if _is_private_folder_of(account, recorded):
            return recorded
    outside = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_base_for_sockets()))
    give(account, outside)
    record.write_text(str(outside), encoding="utf-8")
    return outside


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / LONGEST_SOCKET_NAME)) <= LONGEST_SOCKET_PATH


def _base_for_sockets() -> Path:
    for base in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - mkdtemp, as above
        if _fits(base / (PREFIX + "12345678")):
            return base
    raise RuntimeProblemError("TMPDIR is too long a path for the servers' sockets.")


def _make_private_folder(path: Path, account: Account) -> None:
    path.mkdir(mode=0o700)
    give(account, path)


def _is_private_folder_of(account: Account, path: Path) -> bool:
    # The temporary folder is everybody's: after a clean-up another account
    # could have put its own folder or a link under the recorded name.
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    return (
        stat.S_ISDIR(status.st_mode)
        and status.st_uid == account.uid
        and stat.S_IMODE(status.st_mode) == stat.S_IRWXU
    )
