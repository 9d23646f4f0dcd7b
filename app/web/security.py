"""What browsers are told to refuse, and the protection of forms against other sites."""

from flask import Flask, Response, request
from flask_talisman import Talisman
from flask_wtf import CSRFProtect

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
LARGEST_REQUEST = 16 * 1024 * 1024

csrf = CSRFProtect()


def register_security(app: Flask, *, is_local: bool) -> None:
    """Send the headers with every response and ask every unsafe request for a token.

    The embedded program is served without TLS on the machine itself; everywhere else cookies and
    addresses are for TLS alone.
    """
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=not is_local,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        WTF_CSRF_TIME_LIMIT=None,
    )
    csrf.init_app(app)
    Talisman(
        app,
        content_security_policy=CONTENT_SECURITY_POLICY,
        force_https=False,
        session_cookie_secure=not is_local,
        strict_transport_security=not is_local,
        referrer_policy="same-origin",
        permissions_policy={"camera": "()", "geolocation": "()", "microphone": "()"},
        frame_options="DENY",
    )
    app.after_request(_keep_pages_out_of_caches)


def _keep_pages_out_of_caches(response: Response) -> Response:
    """Leave nothing of a person's page behind in a shared browser; static files may stay."""
    if request.endpoint != "static":
        response.cache_control.no_store = True
    return response
