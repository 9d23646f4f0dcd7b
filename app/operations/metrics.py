"""The figures of this installation at the moment they are asked for, besides what processes count.

Of tenants only their codes, how much waits and when was last verified; nothing of people.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.serializers import JSONSerializer
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.database import db
from app.core.jobs import QUEUES, queue_connection
from app.tenants.context import JOB, tenant_transaction
from app.tenants.queries import tenant_codes

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_STANDING = text(
    """
    SELECT (SELECT count(*) FROM delta WHERE tenant_id = :tenant) AS pending,
           (SELECT count(*) FROM import_file
            WHERE tenant_id = :tenant AND state IN ('sent', 'accepted', 'withdrawn')) AS files,
           s.folded_at, s.verified_at, s.mismatches
    FROM (SELECT 1) AS one
    LEFT JOIN rollup_status s ON s.tenant_id = :tenant
    """
)


@dataclass(frozen=True)
class Standing:
    """How the work on a tenant's figures stands."""

    tenant: str
    pending: int
    files: int
    folded_at: datetime | None
    verified_at: datetime | None
    mismatches: int | None


def metrics_text() -> bytes:
    """Return all figures as Prometheus reads them, those of every process of the web added up."""
    installation = CollectorRegistry()
    installation.register(_Installation())
    counted = REGISTRY
    if multiprocess_folder():
        counted = CollectorRegistry()
        multiprocess.MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    return generate_latest(installation) + generate_latest(counted)


def multiprocess_folder() -> str | None:
    """Return where processes that share their figures keep them, None for one alone."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR")


class _Installation(Collector):
    """Asks the database and the queue; what does not answer is said to be down."""

    def collect(self) -> Iterator[Metric]:
        yield from _of_database()
        yield from _of_queues()


def _of_database() -> Iterator[Metric]:
    try:
        standings = [_standing(code) for code in _tenants()]
    except DBAPIError:
        db.session.rollback()
        yield GaugeMetricFamily("ketnap_database_up", "Whether the database answers", 0)
        return
    yield GaugeMetricFamily("ketnap_database_up", "Whether the database answers", 1)
    now = clock.now()
    pending = _by_tenant("ketnap_pending_deltas", "Changes of counts not folded yet")
    files = _by_tenant("ketnap_waiting_files", "Spreadsheets that wait for a worker")
    mismatches = _by_tenant("ketnap_mismatches", "Wrong figures found by the last verification")
    age = _by_tenant("ketnap_verified_seconds_ago", "Since the figures were last verified")
    for standing in standings:
        pending.add_metric([standing.tenant], standing.pending)
        files.add_metric([standing.tenant], standing.files)
        if standing.verified_at is not None:
            mismatches.add_metric([standing.tenant], standing.mismatches or 0)
            age.add_metric([standing.tenant], (now - standing.verified_at).total_seconds())
    yield from (pending, files, mismatches, age)


def _by_tenant(name: str, words: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, labels=["tenant"])


def _tenants() -> list[str]:
    codes = tenant_codes()
    db.session.commit()
    return codes


def _standing(code: str) -> Standing:
    with tenant_transaction(code, JOB) as context:
        row = db.session.execute(_STANDING, {"tenant": context.tenant_id}).one()
    return Standing(code, row.pending, row.files, row.folded_at, row.verified_at, row.mismatches)


def _of_queues() -> Iterator[Metric]:
    waiting = GaugeMetricFamily("ketnap_queued_jobs", "Jobs that wait", labels=["queue"])
    failed = GaugeMetricFamily("ketnap_failed_jobs", "Jobs that were given up", labels=["queue"])
    workers = GaugeMetricFamily("ketnap_workers", "Workers that are alive", labels=["queue"])
    try:
        connection = queue_connection()
        for name in QUEUES:
            queue = Queue(name, connection=connection, serializer=JSONSerializer)
            waiting.add_metric([name], queue.count)
            failed.add_metric([name], queue.failed_job_registry.count)
            workers.add_metric([name], Worker.count(queue=queue))
    except RedisError:
        yield GaugeMetricFamily("ketnap_redis_up", "Whether Redis answers", 0)
        return
    yield GaugeMetricFamily("ketnap_redis_up", "Whether Redis answers", 1)
    yield from (waiting, failed, workers)
