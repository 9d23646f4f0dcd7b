"""Gunicorn's settings: `gunicorn --config python:app.runtime.gunicorn_settings wsgi:app`."""

import os
import shutil
import tempfile
from pathlib import Path

from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from gunicorn.workers.base import Worker  # type: ignore[import-untyped]
from prometheus_client import multiprocess

from app.core.logging import logging_settings
from app.runtime.children import forget_inherited_connections

_in_memory = Path("/dev/shm")  # noqa: S108 - gunicorn makes a private file there

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"
workers = int(os.environ.get("WEB_PROCESSES") or 2)
# Browsers open connections ahead of need; a process of one thread would stand
# still before each until it speaks.
worker_class = "gthread"
threads = 8
# Loaded once, before forking: quicker to start, and a refusal to start ends
# gunicorn instead of being tried again for ever.
preload_app = True
graceful_timeout = 3
# A heartbeat file on a disk can stall the process that touches it.
worker_tmp_dir = str(_in_memory) if os.access(_in_memory, os.W_OK) else tempfile.gettempdir()
control_socket_disable = True
logconfig_dict = logging_settings()
# Where the processes put their figures together; a new server begins at nothing.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _figures = tempfile.mkdtemp(prefix="ketnap-figures-")


def on_exit(server: Arbiter) -> None:  # noqa: ARG001 - gunicorn's signature
    """Leave nothing behind."""
    shutil.rmtree(_figures, ignore_errors=True)


def child_exit(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001 - gunicorn's signature
    """Keep what a process has counted, and forget what only held while it lived."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def post_fork(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001 - gunicorn's signature
    """Give the new process connections of its own."""
    forget_inherited_connections(server.app.wsgi())
