"""Worker and schedule as processes of their own, against servers of their own."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from app.runtime import schema
from app.runtime.lease import leased_servers, revive_servers

PROGRAM = Path(__file__).with_name("job_process.py")


class Background:
    """The processes of one test, and what their jobs noted."""

    def __init__(self, project, settings, notes):
        self.project = project
        self.settings = settings
        self.notes = notes
        self.processes = []

    def command(self, *arguments):
        return [sys.executable, str(PROGRAM), str(self.notes), *arguments]

    @property
    def environment(self):
        paths = {"PYTHONPATH": str(self.project), "PATH": os.environ["PATH"]}
        return {**paths, "DATA_DIR": str(self.settings.data_dir), "CHI_TIEU_SERVERS_HELD": "1"}

    def start(self, part):
        process = subprocess.Popen(self.command(part), env=self.environment, cwd=self.project)
        self.processes.append(process)
        return process

    def enqueue(self, name, *tenants):
        command = self.command("enqueue", name, *map(str, tenants))
        subprocess.run(command, env=self.environment, cwd=self.project, check=True)

    def lines(self):
        return self.notes.read_text().splitlines() if self.notes.exists() else []

    def wait_for(self, words, *, seconds=30, count=1):
        deadline = time.monotonic() + seconds
        while sum(line.startswith(words) for line in self.lines()) < count:
            assert time.monotonic() < deadline, f"no {words!r} within {seconds} s: {self.lines()}"
            time.sleep(0.05)

    def stop(self):
        for process in self.processes:
            process.terminate()
        return [process.wait(timeout=10) for process in self.processes]


@pytest.fixture
def background(project, local_settings, tmp_path):
    with leased_servers(local_settings) as settings:
        schema.upgrade(settings)
        background = Background(project, settings, tmp_path / "notes")
        yield background
        for process in background.processes:
            process.kill()
            process.wait()


def test_jobs_run_on_connections_of_their_own_and_stop_cleanly(background):
    background.start("worker")
    background.enqueue("note_session", 1, 2)

    background.wait_for("job 2")
    sessions = [line.split()[-1] for line in background.lines()]
    assert len(set(sessions)) == len(sessions) == 3
    assert background.stop() == [0]


def test_failed_job_is_tried_again_and_periodic_jobs_take_turns(background):
    background.start("worker")
    background.start("schedule")
    background.enqueue("fail_at_first", 1)

    background.wait_for("succeeded 1")
    background.wait_for("tick", count=3)
    # Twice in each turn, and failing does not keep the next turn out.
    background.wait_for("stumbled", count=5)
    assert Counter(background.lines())["failed 1"] == 1
    assert background.stop() == [0, 0]


def test_worker_and_schedule_wait_while_redis_is_away(background):
    worker, schedule = background.start("worker"), background.start("schedule")
    background.wait_for("tick", count=2)
    redis = int((background.settings.data_dir / "servers/redis.pid").read_text())

    os.kill(redis, signal.SIGKILL)
    ticks = Counter(background.lines())["tick"]
    assert revive_servers(background.settings) == ["Redis"]

    background.wait_for("tick", count=ticks + 2)
    background.enqueue("note_session", 7)
    background.wait_for("job 7")
    assert worker.poll() is schedule.poll() is None


@pytest.mark.fault
def test_job_of_a_killed_worker_is_finished_by_another_within_two_minutes(background):
    worker = background.start("worker")
    background.start("schedule")
    background.enqueue("hang_at_first", 1)
    background.wait_for("hanging 1")

    worker.kill()
    background.start("worker")

    background.wait_for("finished 1", seconds=120)
