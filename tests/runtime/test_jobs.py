import json
import logging
import time
import zlib

import pytest
from flask import Flask
from redis import Redis

from app.core import jobs
from app.core.jobs import QueueUnavailable, enqueue, enqueue_periodic, every, job, run_job
from app.core.logging import OneLineFormatter
from app.core.settings import load_settings


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    """Jobs made here stay out of the program's own registry."""
    monkeypatch.setattr(jobs, "_jobs", {})
    monkeypatch.setattr(jobs, "_periodic", {})


@pytest.fixture
def redis(server_settings):
    with Redis.from_url(server_settings.redis_url) as client:
        client.flushdb()
        yield client


@pytest.fixture
def queueing(server_settings, redis):
    """An application that only knows its settings."""
    application = Flask("queueing")
    application.config["SETTINGS"] = server_settings
    with application.app_context():
        yield
        jobs.queue_connection().close()


def test_job_runs_by_its_name(app_context):
    seen = []

    @job(queue="default")
    def remember(tenant_id, word):
        seen.append((tenant_id, word))

    run_job("remember", {"tenant_id": 1, "word": "một"})

    assert seen == [(1, "một")]
    assert [each.name for each in jobs.registered_jobs()] == ["remember"]


def test_unknown_queue_is_refused():
    with pytest.raises(ValueError, match="no queue 'slow'"):
        job(queue="slow")


def test_two_jobs_of_one_name_are_refused():
    @job(queue="default")
    def same():
        """Do nothing."""

    with pytest.raises(ValueError, match="Two jobs"):
        job(queue="default")(same)


def test_queued_job_is_json_with_retries(queueing, redis):
    @job(queue="rollups", timeout_seconds=7)
    def fold(tenant_id):
        """Do nothing."""

    enqueue("fold", tenant_id=3)

    (key,) = redis.lrange("rq:queue:rollups", 0, -1)
    stored = redis.hgetall(b"rq:job:" + key)
    function, _, arguments, _ = json.loads(zlib.decompress(stored[b"data"]))
    assert (function, arguments) == ("app.core.jobs.run_job", ["fold", {"tenant_id": 3}])
    assert (stored[b"timeout"], stored[b"retries_left"]) == (b"7", b"3")
    assert json.loads(stored[b"retry_intervals"]) == [5, 30, 120]


def test_wrong_arguments_are_refused_before_queueing(queueing, redis):
    @job(queue="default")
    def fold(tenant_id):
        """Do nothing."""

    with pytest.raises(TypeError, match="tenant"):
        enqueue("fold", tenant=3)

    assert redis.keys("rq:queue:*") == []


def test_absent_queue_is_told_soon():
    @job(queue="default")
    def fold(tenant_id):
        """Do nothing."""

    application = Flask("queueing")
    application.config["SETTINGS"] = load_settings(
        {
            "DATABASE_URL": "postgresql://app@db/ketnap",
            "REDIS_URL": "unix:///nowhere/redis.sock",
            "SECRET_KEY": "0123456789abcdef" * 4,
            "FIELD_KEYS": "a:" + "A" * 43,
        }
    )
    started = time.monotonic()

    with application.app_context(), pytest.raises(QueueUnavailable):
        enqueue("fold", tenant_id=3)

    assert time.monotonic() - started < 2 * jobs.QUEUE_ANSWER_SECONDS + 1


def test_turns_of_a_periodic_job_do_not_pile_up(redis):
    @every(seconds=60)
    @job(queue="rollups")
    def verify():
        """Do nothing."""

    (periodic,) = jobs.schedule()

    assert periodic.seconds == 60
    assert enqueue_periodic(redis, periodic)
    assert not enqueue_periodic(redis, periodic)
    assert redis.llen("rq:queue:rollups") == 1


def test_log_line_cannot_be_forged():
    record = logging.LogRecord(
        "app", logging.INFO, "x", 1, "name %s", ("a\nERROR forged\x1b[2K\u2028",), None
    )

    line = OneLineFormatter("%(levelname)s %(message)s").format(record)

    assert line == "INFO name a\\nERROR forged\\x1b[2K\\u2028"
