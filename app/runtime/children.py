"""What a process does that was started, or forked, by another one of this program."""

import ctypes
import os
import signal
import sys

from flask import Flask

from app.core.database import db

PR_SET_PDEATHSIG = 1


def die_with_parent(number: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent is gone, however it went.

    Only Linux can; elsewhere the children of a killed supervisor go on.
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def forget_inherited_connections(app: Flask) -> None:
    """Leave the parent's database connections to the parent: two cannot speak through one."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose(close=False)
