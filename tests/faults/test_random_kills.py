"""`make faults` in small: random kills under writers lose nothing and double nothing."""

import shutil
import tempfile
from pathlib import Path

import pytest

from faults.run import Plan, run

KILLS = 6


@pytest.fixture
def folder():
    """A folder that the servers' account may pass through, as pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="chi-tieu-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.fault
def test_random_kills_lose_nothing_and_double_nothing(folder):
    outcome = run(folder, Plan(kills=KILLS, pause=0.6, minutes=1), seed=5)

    assert sum(outcome.killed.values()) >= 1
    assert outcome.ledger.done
    assert outcome.ledger.failures == []
    assert outcome.wrong_meanwhile == []
    assert outcome.verdict.lost == outcome.verdict.doubled == []
    assert outcome.verdict.mismatches == outcome.verdict.miscounted == []
    assert outcome.verdict.recounted > 0
