"""A job killed just before or just after any of its commits is done once when it runs again.

Every job that workers run, with work of every kind before it: a copy of this process runs it and is
killed with signal 9 at one of its boundaries, then it runs again, twice. There are as many rows of
every table as when nobody was killed, and every figure equals a recount.
"""

import os
import signal
from itertools import count
from zlib import crc32

import pytest
from sqlalchemy import text

from app.core.database import db
from app.core.jobs import registered_jobs
from app.rollups.commands import verify
from app.runtime.children import forget_inherited_connections
from app.tenants.context import tenant_transaction
from tests.fixtures.snapshots import TABLES, empty, put_back
from tests.gates.test_idor_sweep import TURN, WHOLE

OF_A_RUN = {"job_run"}
"""Tells how often a job ran, not what it did."""

MOST_BOUNDARIES = 200
WITHOUT_WORK = {"carry_mail", "keep_backups"}
"""Jobs that do nothing here: no mail server and no folder for backups is set."""


@pytest.fixture
def again(app, scenery, drawn, superuser_engine):
    """Put the scenery back as it was drawn."""

    def put():
        db.session.remove()
        empty(superuser_engine)
        put_back(superuser_engine, drawn[0][1])

    return put


@pytest.fixture
def rows(superuser_engine):
    """Return a function that counts the rows of every table."""

    def counted():
        with superuser_engine.connect() as connection:
            tables = sorted(set(connection.scalars(TABLES)) - OF_A_RUN)
            each = (f"SELECT '{table}', count(*) FROM {table}" for table in tables)
            return dict(connection.execute(text(" UNION ALL ".join(each))).all())

    return counted


def test_every_job_killed_at_any_boundary_is_done_once(app, scenery, again, rows):
    killed = 0
    for job in registered_jobs():
        if job.name in WITHOUT_WORK:
            continue
        again()
        boundaries = run_in_a_copy(app, job, kill_at=None)
        again()
        for _ in range(2):
            run(app, job)
        expected = rows()

        assert 0 < boundaries < MOST_BOUNDARIES, f"{job.name} has {boundaries} boundaries"
        for boundary in chosen(job, boundaries):
            again()
            assert run_in_a_copy(app, job, kill_at=boundary) is None, f"{job.name} was not killed"
            for _ in range(2):
                run(app, job)

            killed += 1
            assert rows() == expected, f"{job.name} killed at boundary {boundary}"
            assert mismatches(scenery) == []

    print(f"\n{killed} kills at boundaries of {len(registered_jobs())} jobs")  # noqa: T201


def chosen(job, boundaries):
    """Return all boundaries in the whole sweep, else the last one and one by rotation."""
    if WHOLE:
        return range(boundaries)
    return {boundaries - 1, (crc32(job.name.encode()) + TURN) % boundaries}


def run(app, job):
    with app.app_context():
        job.function()
        db.session.remove()


def run_in_a_copy(app, job, *, kill_at):
    """Run a job in a forked process; return how many boundaries it passed, None when killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        passed = count()

        def boundary():
            if next(passed) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            watch_commits(app, boundary)
            run(app, job)
            os.write(writing, str(next(passed)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as said:
        passed = said.read()
    if os.WIFSIGNALED(status):
        return None
    assert passed, f"{job.name} failed in a copy of the process"
    return int(passed)


def watch_commits(app, boundary):
    """Call a function just before and just after each commit of this process."""
    forget_inherited_connections(app)
    with app.app_context():
        dialect = db.engine.dialect
    commit = dialect.do_commit

    def do_commit(connection):
        boundary()
        commit(connection)
        boundary()

    dialect.do_commit = do_commit


def mismatches(scenery):
    found = []
    for tenant in (scenery.own, scenery.other):
        with tenant_transaction(tenant.context.tenant_code) as context:
            found += verify(context).mismatches
    return found
