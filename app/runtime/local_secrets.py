"""The secrets of an embedded installation: made once, kept in DATA_DIR for its owner alone."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

FILE_NAME = "secrets.json"


@dataclass(frozen=True, kw_only=True)
class LocalSecrets:
    """Passwords of the three database roles, the key that signs cookies, the demo password.

    `field_keys` seal identity numbers: without them those numbers are lost.
    """

    superuser_password: str
    owner_password: str
    app_password: str
    secret_key: str
    demo_password: str
    field_keys: str


def kept_secrets(data_dir: Path, *, demo_password: str | None = None) -> LocalSecrets:
    """Read the secrets, making them at first; a given demo password is then the one kept.

    The caller holds the lock of DATA_DIR, so that two first starts agree.
    """
    path = data_dir / FILE_NAME
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if "field_keys" not in kept:
            # Installations from before there were identity numbers have none of these keys.
            kept["field_keys"] = _new_field_keys()
            write_private(path, json.dumps(kept, indent=2))
        return LocalSecrets(**kept)
    made = LocalSecrets(
        superuser_password=secrets.token_urlsafe(24),
        owner_password=secrets.token_urlsafe(24),
        app_password=secrets.token_urlsafe(24),
        secret_key=secrets.token_hex(32),
        demo_password=demo_password or secrets.token_urlsafe(9),
        field_keys=_new_field_keys(),
    )
    write_private(path, json.dumps(asdict(made), indent=2))
    return made


def _new_field_keys() -> str:
    return f"a:{secrets.token_urlsafe(32)}"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    half_written = path.with_name(path.name + ".new")
    half_written.unlink(missing_ok=True)
    descriptor = os.open(half_written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half_written.replace(path)
