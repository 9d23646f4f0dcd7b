"""The page that Prometheus reads. It is not for people, and not for everybody."""

import hmac

from flask import Blueprint, Response, abort, current_app, request

from app.core.settings import Settings
from app.operations.metrics import CONTENT_TYPE, metrics_text
from app.web.guards import public

pages = Blueprint("operations", __name__)

LOOPBACK = frozenset({"127.0.0.1", "::1"})
PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")
"""What a server in front adds: who asks through it is not on this machine."""


@pages.get("/metrics")
@public
def metrics() -> Response:
    """Answer whoever holds the token or, where there is none, asks from this machine itself."""
    if not _may_read():
        abort(404)
    return Response(metrics_text(), content_type=CONTENT_TYPE)


def _may_read() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    if settings.metrics_token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.metrics_token.encode())
    is_passed_on = any(name in request.headers for name in PASSED_ON)
    return request.remote_addr in LOOPBACK and not is_passed_on
