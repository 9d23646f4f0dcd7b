"""Background jobs: what can be run, how it is queued, and what runs on a schedule.

A job is a function of JSON scalars, its tenant among them. It may run twice,
late, or beside a copy of itself, so it is idempotent; the queue holds nothing
that the database could not put there again.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry as RedisRetry
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from app.core.errors import Unavailable
from app.core.job_runs import note_end, note_failure, note_start
from app.core.messages import message
from app.core.settings import Settings

QUEUES = ("rollups", "default")
"""Each has a worker process of its own: a worker on two queues can lose a job in a crash."""

RETRY_AFTER_SECONDS = (5, 30, 120)
DEFAULT_TIMEOUT_SECONDS = 300
KEEP_RESULT_SECONDS = 60
KEEP_FAILURE_SECONDS = 7 * 24 * 3600
QUEUE_ANSWER_SECONDS = 2
EXTENSION = "job_queue"

Scalar = str | int | float | bool | None
Function = TypeVar("Function", bound=Callable[..., None])


class QueueUnavailable(Unavailable):
    """The queue does not answer; what should be queued must be kept elsewhere."""


@dataclass(frozen=True)
class Job:
    """A function that workers may run."""

    name: str
    queue: str
    timeout_seconds: int
    function: Callable[..., None]


@dataclass(frozen=True)
class Periodic:
    """A job without arguments that is queued every so many seconds."""

    job: Job
    seconds: int


_jobs: dict[str, Job] = {}
_periodic: dict[str, Periodic] = {}


def job(
    *, queue: str, timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
) -> Callable[[Function], Function]:
    """Register a function as a job under its own name."""
    if queue not in QUEUES:
        raise ValueError(f"There is no queue {queue!r}.")

    def register(function: Function) -> Function:
        name = function.__name__
        if name in _jobs:
            raise ValueError(f"Two jobs are named {name!r}.")
        _jobs[name] = Job(name, queue, timeout_seconds, function)
        return function

    return register


def every(*, seconds: int) -> Callable[[Function], Function]:
    """Have a registered job queued periodically; it is written above `@job`."""

    def register(function: Function) -> Function:
        registered = _jobs[function.__name__]
        _periodic[registered.name] = Periodic(registered, seconds)
        return function

    return register


def registered_jobs() -> tuple[Job, ...]:
    """Return all jobs by name."""
    return tuple(_jobs[name] for name in sorted(_jobs))


def schedule() -> tuple[Periodic, ...]:
    """Return what is queued periodically, by name."""
    return tuple(_periodic[name] for name in sorted(_periodic))


def run_job(name: str, arguments: dict[str, Scalar]) -> None:
    """Run a job by its name, as workers do, and keep when it ran and how that ended."""
    note_start(name)
    try:
        _jobs[name].function(**arguments)
    except BaseException as error:
        note_failure(name, error)
        raise
    note_end(name)


def enqueue(name: str, **arguments: Scalar) -> None:
    """Queue a job; `QueueUnavailable` when Redis does not answer.

    Called after commit: what the job reads must be visible to it.
    """
    queued = _jobs[name]
    inspect.signature(queued.function).bind(**arguments)
    try:
        _queue(queue_connection(), queued.queue).enqueue_call(
            run_job,
            args=(name, arguments),
            description=f"{name}({', '.join(f'{key}={arguments[key]}' for key in arguments)})",
            timeout=queued.timeout_seconds,
            result_ttl=KEEP_RESULT_SECONDS,
            failure_ttl=KEEP_FAILURE_SECONDS,
            retry=_retry(),
        )
    except RedisError as error:
        raise QueueUnavailable(message("Hàng đợi công việc tạm thời không hoạt động.")) from error


def enqueue_periodic(connection: Redis, periodic: Periodic) -> bool:
    """Queue a periodic job unless its last turn still waits or runs; say whether it was queued.

    Turns would otherwise pile up while no worker runs.
    """
    queued = periodic.job
    try:
        _queue(connection, queued.queue).enqueue_call(
            run_job,
            args=(queued.name, {}),
            description=queued.name,
            timeout=queued.timeout_seconds,
            job_id=f"every-{queued.name}",
            unique=True,
            # What is left of a turn keeps the next one out, so nothing may be left for long.
            ttl=periodic.seconds + queued.timeout_seconds,
            result_ttl=0,
            failure_ttl=1,
            retry=Retry(max=1),
        )
    except DuplicateJobError:
        return False
    return True


def connect(redis_url: str) -> Redis:
    """Return a client that gives up soon, for callers that must not hang on the queue."""
    return Redis.from_url(
        redis_url,
        socket_connect_timeout=QUEUE_ANSWER_SECONDS,
        socket_timeout=QUEUE_ANSWER_SECONDS,
        retry=RedisRetry(NoBackoff(), 1),
    )


def queue_connection() -> Redis:
    """Return the application's client of the queue."""
    extensions: dict[str, Redis] = current_app.extensions
    if EXTENSION not in extensions:
        settings: Settings = current_app.config["SETTINGS"]
        extensions[EXTENSION] = connect(settings.redis_url)
    return extensions[EXTENSION]


def _queue(connection: Redis, name: str) -> Queue:
    return Queue(name, connection=connection, serializer=JSONSerializer)


def _retry() -> Retry:
    return Retry(max=len(RETRY_AFTER_SECONDS), interval=list(RETRY_AFTER_SECONDS))
