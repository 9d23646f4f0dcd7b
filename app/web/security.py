"""What browsers are told to refuse, and the protection of forms against other sites."""

from http import HTTPStatus

from flask import Flask, Request, Response, abort, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_talisman import Talisman
from flask_wtf import CSRFProtect
from itsdangerous import BadSignature

from app.web.cookies import cookie_name

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
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
LARGEST_REQUEST = 16 * 1024 * 1024

csrf = CSRFProtect()


class AgelessCookies(SecureCookieSessionInterface):
    """Signed cookies whose age nobody asks for: the session's row in the database ends it.

    A web server whose clock goes a little slow would take its neighbours' cookies for signed in
    the future, and refuse them.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the browser holds, or nothing held when this program did not sign it."""
        signer = self.get_signing_serializer(app)
        if signer is None:
            return None
        kept = request.cookies.get(self.get_cookie_name(app), "")
        try:
            return self.session_class(signer.loads(kept) if kept else None)
        except BadSignature:
            return self.session_class()


def register_security(app: Flask, *, is_local: bool) -> None:
    """Send the headers with every response and ask every unsafe request for a token.

    The embedded program is served without TLS on the machine itself; everywhere else cookies and
    addresses are for TLS alone.
    """
    app.config.update(
        SESSION_COOKIE_NAME=cookie_name("session", is_secure=not is_local),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=not is_local,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = AgelessCookies()
    app.before_request(_refuse_fields_without_a_name)
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


def _refuse_fields_without_a_name() -> None:
    """Refuse a form with a part whose name cannot be read; Flask-WTF stumbles over it."""
    is_form = request.endpoint is not None and request.method not in SAFE_METHODS
    if is_form and None in {*request.form, *request.files}:
        abort(HTTPStatus.BAD_REQUEST)


def _keep_pages_out_of_caches(response: Response) -> Response:
    """Leave nothing of a person's page behind in a shared browser; static files may stay."""
    if request.endpoint != "static":
        response.cache_control.no_store = True
    return response
