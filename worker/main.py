"""Runs the jobs of one queue, each in a process of its own."""

import logging
import os
import signal
import sys
import time
from contextlib import suppress
from resource import struct_rusage
from types import FrameType

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from app.core.logging import log_origin, without_values
from app.core.settings import Settings
from app.runtime.children import die_with_parent, forget_inherited_connections

# With these a job whose worker was killed is found and tried again within
# about 70 seconds; with RQ's own figures it takes over 200.
WORKER_TTL_SECONDS = 25
MAINTENANCE_SECONDS = 5
MONITORING_SECONDS = 2
WAIT_FOR_QUEUE_SECONDS = 2

_log = logging.getLogger(__name__)


class JobWorker(Worker):
    """An RQ worker whose jobs run inside the application, on connections of their own."""

    max_connection_wait_time = 5.0
    app: Flask
    was_asked_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Remember that leaving the loop is wanted, and leave it."""
        self.was_asked_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def handle_exception(self, job: Job, *_exc_info: object) -> None:
        """Log the failure that is being handled and what becomes of the job."""
        fate = "will be tried again" if job.retries_left else "is given up"
        _log.error("job %s failed and %s", job.description, fate, exc_info=sys.exc_info())

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Begin the forked process: it must neither share connections nor outlive the worker."""
        die_with_parent(signal.SIGKILL)
        forget_inherited_connections(self.app)
        super().main_work_horse(job, queue)

    def wait_for_horse(self) -> tuple[int | None, int | None, struct_rusage | None]:
        """Wait for the forked process, and lose nothing of how it ended.

        RQ interrupts the waiting by an alarm, to say that it lives. One that rang just after the
        process was reaped lost its status, and a job that was to be tried again counted as killed.
        """
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, self.horse_pid, os.WEXITED | os.WNOWAIT)
        signal.alarm(0)
        return super().wait_for_horse()

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Run the job inside the application."""
        with self.app.app_context(), log_origin(job=job.description, queue=queue.name):
            return super().perform_job(job, queue, execution)

    def handle_job_failure(  # noqa: PLR0917 - RQ's signature
        self,
        job: Job,
        queue: Queue,
        started_job_registry: StartedJobRegistry | None = None,
        exc_string: str = "",
        execution: Execution | None = None,
    ) -> None:
        """Keep of a failure in Redis what went wrong and where, but no values that it met."""
        error = sys.exc_info()[1]
        said = without_values(error) if error is not None else exc_string
        super().handle_job_failure(job, queue, started_job_registry, said, execution)


def run_worker(app: Flask, queue: str) -> None:
    """Run a queue's jobs until a signal stops it, waiting while Redis is away."""
    while True:
        try:
            worker = make_worker(app, queue)
            worker.work()
        except RedisError as error:
            _log.warning("queue %s: Redis is away (%s)", queue, type(error).__name__)
        else:
            if worker.was_asked_to_stop:
                return
        time.sleep(WAIT_FOR_QUEUE_SECONDS)


def make_worker(app: Flask, queue: str) -> JobWorker:
    """Return a worker of one queue."""
    settings: Settings = app.config["SETTINGS"]
    worker = JobWorker(
        [queue],
        connection=Redis.from_url(settings.redis_url),
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_SECONDS,
        maintenance_interval=MAINTENANCE_SECONDS,
        job_monitoring_interval=MONITORING_SECONDS,
    )
    worker.app = app
    return worker
