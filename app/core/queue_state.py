"""What the queues hold and who works on them, as Redis tells it now."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker

from app.core.errors import NotFound
from app.core.jobs import QUEUES, QueueUnavailable, enqueue_periodic, schedule
from app.core.messages import message

MOST_FAILED_SHOWN = 20


@dataclass(frozen=True)
class WorkerState:
    """A worker process: whether it works, on what, and when it was last heard of."""

    name: str
    state: str
    job: str | None
    heard_at: datetime | None


@dataclass(frozen=True)
class FailedJob:
    """A job that was given up."""

    id: str
    description: str
    ended_at: datetime | None


@dataclass(frozen=True)
class QueueState:
    """How many jobs of a queue wait, run, wait to be tried again, or were given up; who works."""

    name: str
    waiting: int
    running: int
    retrying: int
    failed: tuple[FailedJob, ...]
    workers: tuple[WorkerState, ...]


def queue_states(connection: Redis) -> tuple[QueueState, ...]:
    """Return how every queue stands; `QueueUnavailable` when Redis does not answer."""
    with _answering():
        return tuple(_state(connection, name) for name in QUEUES)


def run_now(connection: Redis, name: str) -> bool:
    """Queue a periodic job at once; say whether it was, or waits or runs already."""
    periodic = next((one for one in schedule() if one.job.name == name), None)
    if periodic is None:
        raise NotFound(message("Không có công việc này."))
    with _answering():
        return enqueue_periodic(connection, periodic)


def try_again(connection: Redis, job_id: str) -> None:
    """Queue a job that was given up once more; NotFound when it is none any more."""
    with _answering():
        for name in QUEUES:
            failed = _queue(connection, name).failed_job_registry
            if job_id in failed.get_job_ids(cleanup=False):
                try:
                    failed.requeue(job_id)
                except (InvalidJobOperation, NoSuchJobError):
                    break
                return
    raise NotFound(message("Công việc này không còn trong danh sách lỗi."))


def _state(connection: Redis, name: str) -> QueueState:
    queue = _queue(connection, name)
    failed = queue.failed_job_registry.get_job_ids(0, MOST_FAILED_SHOWN - 1, cleanup=False)
    return QueueState(
        name=name,
        waiting=queue.count,
        running=queue.started_job_registry.get_job_count(cleanup=False),
        retrying=queue.scheduled_job_registry.get_job_count(cleanup=False),
        failed=tuple(
            FailedJob(job.id, job.description or job.id, job.ended_at)
            for job in Job.fetch_many(failed, connection, JSONSerializer)
            if job is not None
        ),
        workers=tuple(
            WorkerState(
                worker.name,
                str(worker.get_state()),
                _description(worker),
                worker.last_heartbeat,
            )
            for worker in Worker.all(queue=queue, serializer=JSONSerializer)
        ),
    )


def _description(worker: BaseWorker) -> str | None:
    job = worker.get_current_job()
    return None if job is None else job.description


def _queue(connection: Redis, name: str) -> Queue:
    return Queue(name, connection=connection, serializer=JSONSerializer)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise QueueUnavailable(message("Hàng đợi công việc tạm thời không hoạt động.")) from error
