import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from app.runtime.supervisor import Child, _note_end


class Program:
    """`make run`'s process on a port and a folder of its own."""

    def __init__(self, project, data_dir, logs):
        self.project = project
        self.data_dir = data_dir
        self.logs = logs
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def start(self):
        with (self.logs / "out").open("w") as out, (self.logs / "err").open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.runtime", "serve"],
                cwd=self.project,
                env={
                    "PATH": os.environ["PATH"],
                    "DATA_DIR": str(self.data_dir),
                    "PORT": str(self.port),
                },
                stdout=out,
                stderr=err,
            )
        self.wait_until(lambda: "is ready" in self.printed("out"))

    def printed(self, stream):
        return (self.logs / stream).read_text()

    def wait_until(self, holds):
        deadline = time.monotonic() + 60
        while not holds():
            assert self.process.poll() in {None, -signal.SIGKILL}, self.printed("err")
            assert time.monotonic() < deadline, self.printed("err")
            time.sleep(0.05)

    def web_pids(self):
        found = re.findall(r"Listening at: \S+ \((\d+)\)", self.printed("err"))
        return [int(pid) for pid in found]

    def answers(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/sign-in")
            return connection.getresponse().status == 200
        except ConnectionError:
            return False
        finally:
            connection.close()


@pytest.fixture
def program(project, data_dir, tmp_path):
    data_dir.mkdir()
    # Loading the demonstration is shown elsewhere.
    (data_dir / "demonstration-loaded").touch()
    program = Program(project, data_dir, tmp_path)
    program.start()
    yield program
    program.process.terminate()
    program.process.wait(timeout=20)


def test_it_serves_prints_accounts_and_stops_cleanly(program):
    assert program.answers()
    assert f"http://127.0.0.1:{program.port} is ready" in program.printed("out")
    assert "password of every demonstration account" in program.printed("out")

    program.process.send_signal(signal.SIGINT)

    assert program.process.wait(timeout=20) == 0
    assert not program.answers()
    assert not (program.data_dir / "servers/postgres/postmaster.pid").exists()
    assert not (program.data_dir / "servers/redis.pid").exists()


@pytest.mark.fault
def test_killed_web_server_is_started_again(program):
    os.kill(program.web_pids()[0], signal.SIGKILL)

    program.wait_until(lambda: len(program.web_pids()) == 2)
    program.wait_until(program.answers)


@pytest.mark.fault
def test_program_killed_hard_takes_its_children_along_and_starts_again(program):
    program.process.kill()
    program.process.wait()
    program.wait_until(lambda: not program.answers())
    assert (program.data_dir / "servers/postgres/postmaster.pid").exists()

    program.start()

    assert program.answers()


def test_child_that_keeps_failing_is_started_less_and_less_often(monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    child = Child("web", [sys.executable, "-c", "raise SystemExit(1)"], started_at=999.0)

    pauses = []
    for _ in range(7):
        child.process = subprocess.Popen(child.command)
        child.process.wait()
        _note_end(child)
        pauses.append(child.start_again_at - 1000.0)

    assert pauses == [1, 2, 4, 8, 16, 30, 30]
