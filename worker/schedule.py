"""Queues the periodic jobs, and the jobs whose time to be tried again has come."""

import logging
import time

from redis import Redis
from redis.exceptions import RedisError
from rq.cron import CronJob, CronScheduler
from rq.exceptions import StopRequested
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer
from rq.utils import now

from app.core.jobs import QUEUES, Periodic, connect, enqueue_periodic, run_job, schedule

LONGEST_SLEEP_SECONDS = 2
WAIT_FOR_QUEUE_SECONDS = 2

_log = logging.getLogger(__name__)


class Schedule(CronScheduler):
    """RQ's cron, queueing in JSON and no turn before the last one has ended."""

    def __init__(self, connection: Redis, periodic: tuple[Periodic, ...]) -> None:
        super().__init__(connection, logging_level=logging.WARNING)
        self._periodic = {each.job.name: each for each in periodic}
        # Otherwise every worker would fork a scheduler of its own for this.
        self._retries = RQScheduler(
            QUEUES, connection, logging_level=logging.WARNING, serializer=JSONSerializer
        )
        for each in periodic:
            self.register(run_job, each.job.queue, interval=each.seconds, name=each.job.name)

    def enqueue_jobs(self) -> list[CronJob]:
        """Queue what is due."""
        self._retries.acquire_locks()  # type: ignore[no-untyped-call]
        self._retries.enqueue_scheduled_jobs()  # type: ignore[no-untyped-call]
        due = [each for each in self.get_jobs() if each.should_run()]
        for each in due:
            enqueue_periodic(self.connection, self._periodic[each.name])
            each.set_enqueue_time(now())
        return due

    def calculate_sleep_interval(self) -> float:
        """Sleep until the next turn, but not past the moment when a retry is due."""
        return min(super().calculate_sleep_interval(), LONGEST_SLEEP_SECONDS)


def run_schedule(redis_url: str) -> None:
    """Queue periodic jobs until a signal stops it, waiting while Redis is away."""
    while True:
        try:
            Schedule(connect(redis_url), schedule()).start()  # type: ignore[no-untyped-call]
        except RedisError as error:
            _log.warning("schedule: Redis is away (%s)", type(error).__name__)
        else:
            return
        try:
            time.sleep(WAIT_FOR_QUEUE_SECONDS)
        except StopRequested:
            # The signal handlers of the schedule that failed are still in place.
            return
