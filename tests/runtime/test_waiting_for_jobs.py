"""How the forked process of a job ended is known, whenever RQ's alarm rings."""

import os
import signal
import time

import pytest
from rq.timeouts import HorseMonitorTimeoutException, UnixSignalDeathPenalty

from worker.main import JobWorker


def test_no_alarm_rings_between_the_end_of_a_job_and_its_status(monkeypatch):
    worker = JobWorker.__new__(JobWorker)
    child = os.fork()
    if child == 0:
        time.sleep(1.3)
        os._exit(7)
    worker._horse_pid = child
    alarms = []
    reap = os.wait4

    def noted(*arguments):
        alarms.append(signal.getitimer(signal.ITIMER_REAL)[0])
        return reap(*arguments)

    monkeypatch.setattr(os, "wait4", noted)

    def wait():
        with UnixSignalDeathPenalty(1, HorseMonitorTimeoutException):
            return worker.wait_for_horse()

    with pytest.raises(HorseMonitorTimeoutException):
        wait()
    pid, status, _ = wait()

    assert (pid, os.waitstatus_to_exitcode(status)) == (child, 7)
    assert alarms == [0.0], "asked once, with no alarm set that could cut the answer off"
    assert wait() == (None, None, None), "nobody to wait for is no fault"
