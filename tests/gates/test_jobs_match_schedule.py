"""The periodic jobs in the code are those that the schedule queues, where a worker takes them."""

import ast
from pathlib import Path

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from app.core.jobs import QUEUES, connect, registered_jobs, schedule
from app.runtime import supervisor
from worker.schedule import Schedule


@pytest.fixture
def redis(server_settings):
    """A database of Redis that no other test uses, empty."""
    with connect(server_settings.redis_url.replace("db=0", "db=9")) as client:
        client.flushdb()
        yield client
        client.flushdb()


def functions_decorated(name):
    """Return the functions in any package's jobs.py that carry a decorator of this name."""
    return {
        function.name
        for path in Path("app").glob("*/jobs.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == name
    }


def test_every_job_in_the_code_is_known_to_workers(app):
    assert {job.name for job in registered_jobs()} == functions_decorated("job") != set()
    assert {periodic.job.name for periodic in schedule()} == functions_decorated("every") != set()


def test_the_schedule_queues_exactly_the_periodic_jobs(app, redis):
    Schedule(redis, schedule()).enqueue_jobs()

    queued = {
        (job.description, queue)
        for queue in QUEUES
        for job in Queue(queue, redis, serializer=JSONSerializer).get_jobs()
    }
    assert queued == {(periodic.job.name, periodic.job.queue) for periodic in schedule()}


def test_the_schedule_keeps_each_jobs_pace(app, redis):
    paces = {job.name: job.interval for job in Schedule(redis, schedule()).get_jobs()}

    assert paces == {periodic.job.name: periodic.seconds for periodic in schedule()}


def test_every_queue_has_one_worker_of_its_own():
    commands = [command for name, command in supervisor._commands() if name.startswith("worker")]

    assert sorted(command[-1] for command in commands) == sorted(QUEUES)
    assert {job.queue for job in registered_jobs()} <= set(QUEUES)
