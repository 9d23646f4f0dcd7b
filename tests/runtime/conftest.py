"""Embedded installations of a test's own, each in a folder that vanishes with its servers."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from app.core.settings import load_settings
from app.runtime.lease import stop_abandoned_servers
from app.runtime.local_secrets import kept_secrets
from app.runtime.places import find_places
from app.runtime.postgres import superuser_cursor

PROJECT = Path(__file__).parents[2]
HOLDER = """
import sys
from app.core.settings import load_settings
from app.runtime.lease import lease

lease(load_settings({"DATA_DIR": sys.argv[1]}))
print("leased", flush=True)
sys.stdin.read()
"""


class Holder:
    """Another process that has leased the servers of a folder."""

    def __init__(self, data_dir):
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(data_dir)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "leased\n"

    def leave(self):
        self.process.communicate("")
        assert self.process.returncode == 0

    def die(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def project():
    """The folder of the checkout."""
    return PROJECT


@pytest.fixture
def data_dir():
    """A folder that the servers' account may pass through, as pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="chi-tieu-test-"))
    folder.chmod(0o711)
    yield folder / "data"
    with contextlib.suppress(FileNotFoundError):
        stop_abandoned_servers(load_settings({"DATA_DIR": str(folder / "data")}))
    shutil.rmtree(folder)


@pytest.fixture
def local_settings(data_dir):
    return load_settings({"DATA_DIR": str(data_dir)})


@pytest.fixture
def hold(data_dir):
    """Start holders, all of which are gone after the test."""
    holders = []

    def start(folder=data_dir):
        holders.append(Holder(folder))
        return holders[-1]

    yield start
    for holder in holders:
        holder.die()


@pytest.fixture
def in_child():
    """Run a function in a forked process, under another account if asked, to its exit status."""

    def run(function, account=None):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                if account is not None:
                    os.setgroups([])
                    os.setgid(account.gid)
                    os.setuid(account.uid)
                function()
                status = 0
            finally:
                os._exit(status)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    return run


@pytest.fixture
def superuser(server_settings):
    """Execute a statement as the role that sets the throw-away servers up."""
    places = find_places(server_settings.data_dir)
    with superuser_cursor(places, kept_secrets(server_settings.data_dir)) as cursor:
        yield cursor.execute
