"""Telling of each request: a number for it, a line in the log, the figures that are watched.

Neither holds the address as it was asked: what is searched for are names. The endpoint says enough.
"""

import logging
import secrets
import time

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

from app.core.logging import begin_log_origin

REQUEST_ID_BYTES = 8
REQUEST_ID_HEADER = "X-Request-Id"
UNTOLD = frozenset({"static", "health.alive", "health.ready", "operations.metrics"})
"""Asked all the time by browsers and by what watches the program."""

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_answered = Counter("ketnap_requests_total", "Requests answered", ("endpoint", "method", "status"))
_seconds = Histogram(
    "ketnap_request_seconds", "How long answering took", ("endpoint",), buckets=BUCKETS
)
_log = logging.getLogger(__name__)


def register_requests(app: Flask) -> None:
    """Have every request numbered and told of; call this before whatever else looks at requests."""
    app.before_request(_begin)
    app.after_request(_tell)


def _begin() -> None:
    g.request_id = secrets.token_hex(REQUEST_ID_BYTES)
    g.began_at = time.perf_counter()
    begin_log_origin(request=g.request_id)


def _tell(response: Response) -> Response:
    # What could not be read as a request at all never began.
    if "request_id" not in g:
        return response
    response.headers[REQUEST_ID_HEADER] = g.request_id
    # Of what does not exist there is no end of names.
    endpoint = request.endpoint or "none"
    if endpoint in UNTOLD:
        return response
    seconds = time.perf_counter() - g.began_at
    _answered.labels(endpoint, request.method, response.status_code).inc()
    _seconds.labels(endpoint).observe(seconds)
    told = {
        "endpoint": endpoint,
        "method": request.method,
        "status": response.status_code,
        "milliseconds": round(seconds * 1000),
    }
    _log.info("%s %s: %d", request.method, endpoint, response.status_code, extra={"fields": told})
    return response
