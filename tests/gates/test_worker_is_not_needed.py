"""Every figure is right while nothing has been folded, while folding is killed, and afterwards."""

import json
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from app.cases.rules import StepKind
from app.core.jobs import connect, enqueue_periodic, run_job, schedule
from app.tenants.context import tenant_transaction
from app.units.queries import unit_by_code
from tests.factories.cases import make_person
from tests.gates.scenery import CHAINS, OWN

FOLD = "fold_all_deltas"
PERIODS = (("2022", "2022-10-31"), ("2022", "2022-05-20"), ("2021", "2021-03-15"))
PLACES = sorted({place for chain in CHAINS for place in chain})
PROJECT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60

PENDING = text("SELECT count(*) FROM delta")
FOLDING = text(
    "SELECT pid FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    " AND query LIKE '%fold_deltas%'"
)
IS_THERE = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")


@pytest.fixture
def command(app, scenery):
    """Run a command; its JSON, once it has ended well."""

    def run(*arguments):
        outcome = app.test_cli_runner().invoke(args=[*arguments, "--format", "json"])
        assert outcome.exit_code == 0, outcome.output
        return json.loads(outcome.stdout)

    return run


@pytest.fixture
def figures(command):
    """Return every figure of every unit: in all and of the children, of full and of cut months."""

    def read():
        return [
            command("attainment", "--tenant", OWN, "--unit", f"{OWN}-{place}", "--measure", measure,
                    "--period", period, "--as-of", as_of, "--children")
            for place in PLACES
            for measure in ("admission", "source")
            for period, as_of in PERIODS
        ]  # fmt: skip

    return read


@pytest.fixture
def pending(superuser_engine):
    """Return how many deltas wait to be folded."""

    def count():
        with superuser_engine.connect() as connection:
            return connection.scalar(PENDING)

    return count


def test_folding_changes_no_figure(command, figures, pending):
    before = figures()
    assert pending() > 0
    assert command("rollups", "verify")["mismatches"] == 0

    run_job(FOLD, {})

    assert pending() == 0
    assert figures() == before
    assert command("rollups", "verify")["mismatches"] == 0


def test_a_new_admission_counts_at_once_at_every_level(figures, pending):
    run_job(FOLD, {})
    before = figures()

    steps = {StepKind.LISTED: date(2021, 3, 1), StepKind.DECISION: date(2022, 10, 20)}
    with tenant_transaction(OWN) as context:
        make_person(context, unit_by_code(context, f"{OWN}-C2"), "Vũ Thị Mới", steps=steps)

    assert pending() > 0
    moved = {
        report["unit"]["code"].removeprefix(f"{OWN}-"): report["unit"]["count"]
        - old["unit"]["count"]
        for report, old in zip(figures(), before, strict=True)
        if (report["measure"], report["as_of"]) == ("admission", "2022-10-31")
    }
    assert moved == {"P0": 1, "H2": 1, "X2": 1, "C2": 1, "H1": 0, "X1": 0, "C1": 0}


@pytest.fixture
def redis_url(server_settings):
    """A database of Redis that no other test uses, empty."""
    url = server_settings.redis_url.replace("db=0", "db=8")
    with connect(url) as client:
        client.flushdb()
        yield url
        client.flushdb()


@pytest.fixture
def fold_in_a_worker(app, settings, redis_url):
    """Queue the folding, as the schedule does, and start a worker for it as an operator would."""
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": settings.database_url.replace("+psycopg2", ""),
        "REDIS_URL": redis_url,
        "SECRET_KEY": "0123456789abcdef" * 4,
        "FIELD_KEYS": settings.field_keys,
    }
    workers = []

    def start():
        (periodic,) = [periodic for periodic in schedule() if periodic.job.name == FOLD]
        with connect(redis_url) as client:
            # What a worker that was killed leaves behind would keep the next turn out for a while.
            client.flushdb()
            assert enqueue_periodic(client, periodic)
        command = [sys.executable, "-m", "worker", periodic.job.queue]
        workers.append(subprocess.Popen(command, env=environment, cwd=PROJECT))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()


@pytest.mark.fault
def test_killing_the_worker_while_it_folds_changes_no_figure(
    *, command, figures, pending, fold_in_a_worker, superuser_engine
):
    before, waiting = figures(), pending()

    onlooker = superuser_engine.execution_options(isolation_level="AUTOCOMMIT")
    with superuser_engine.connect() as holder, onlooker.connect() as watcher:
        holder.execute(text("SELECT 1 FROM summary FOR UPDATE"))
        worker = fold_in_a_worker()
        folding = wait_until(lambda: watcher.scalar(FOLDING))
        worker.kill()
        worker.wait()
        holder.rollback()
        wait_until(lambda: not watcher.scalar(IS_THERE, {"pid": folding}))

    assert pending() == waiting
    assert figures() == before
    assert command("rollups", "verify")["mismatches"] == 0

    fold_in_a_worker()
    wait_until(lambda: pending() == 0)

    assert figures() == before
    assert command("rollups", "verify")["mismatches"] == 0


def wait_until(happened):
    """Wait for a true answer and return it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := happened()):
        assert time.monotonic() < deadline, "it has not happened"
        time.sleep(0.05)
    return answer
