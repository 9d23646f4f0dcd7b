"""Lock files say what to install and by which hash, and leave the place to the installer."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "package-lock.json"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_file_names_hashes_and_no_address(lock):
    content = lock.read_text(encoding="utf-8")

    assert "://" not in content
    assert "sha256:" in content or '"integrity": "sha512-' in content
