"""How many guesses the sign-in form takes.

Each account has its own bucket, so that nobody can guess on; each browser that has ended a
sign-in to the account, the second factor included, has another one, so that nobody can lock its
owner out.
"""

import hashlib
import logging
import secrets

from flask import Flask, current_app, g, request
from flask_limiter import Limiter, RequestLimit
from itsdangerous import BadSignature, URLSafeTimedSerializer
from prometheus_client import Counter
from werkzeug.wrappers import Response

from app.accounts.principal import Principal
from app.accounts.rules import plain_login_name
from app.core.jobs import QUEUE_ANSWER_SECONDS
from app.core.settings import Settings
from app.web.cookies import keep_cookie, kept_cookie

GUESSES = "10 per 15 minutes"
DEVICE_SECONDS = 180 * 24 * 60 * 60
DEVICE_ID_BYTES = 16
DEVICE_SALT = "browser that signed in"

_refused = Counter("ketnap_sign_ins_refused_total", "Sign-ins refused after too many guesses")
_log = logging.getLogger(__name__)


def guess_bucket() -> str:
    """Return in which bucket the guess of this request counts."""
    login_name = request.form.get("login_name", "")
    return _known_device(login_name) or _account_key(login_name)


def own_bucket() -> str:
    """Return in which bucket a guess of somebody signed in counts: that of their account."""
    principal: Principal = g.principal
    return f"own {_account_key(principal.login_name)}"


def own_device_bucket() -> str:
    """Return the bucket of a guess at a code: of this browser where it has ended a sign-in before.

    Whoever has found out the password alone has no such browser, and cannot lock out its owner.
    """
    principal: Principal = g.principal
    return _known_device(principal.login_name) or own_bucket()


def _log_breach(_limit: RequestLimit) -> None:
    _log.warning("sign-in refused: too many guesses for one account")
    _refused.inc()


limiter = Limiter(
    guess_bucket,
    # A fixed window would let through twice as many around its end.
    strategy="moving-window",
    # Without Redis each process counts for itself, which is still a limit.
    in_memory_fallback_enabled=True,
    storage_options={
        "socket_connect_timeout": QUEUE_ANSWER_SECONDS,
        "socket_timeout": QUEUE_ANSWER_SECONDS,
    },
    on_breach=_log_breach,
)


def install_limits(app: Flask) -> None:
    """Count guesses in Redis."""
    settings: Settings = app.config["SETTINGS"]
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url.replace("unix://", "redis+unix://", 1)
    limiter.init_app(app)


def remember_device(response: Response, login_name: str) -> None:
    """Mark the browser as one that has signed in to the account."""
    device = [_account_key(login_name), secrets.token_urlsafe(DEVICE_ID_BYTES)]
    keep_cookie(response, _cookie_name(login_name), _signer().dumps(device), max_age=DEVICE_SECONDS)


def _known_device(login_name: str) -> str | None:
    """Return the device's number when this browser was marked for exactly this account."""
    cookie = kept_cookie(_cookie_name(login_name))
    if cookie is None:
        return None
    try:
        account_key, device_id = _signer().loads(cookie, max_age=DEVICE_SECONDS)
    except BadSignature:
        return None
    return f"device {device_id}" if account_key == _account_key(login_name) else None


def _account_key(login_name: str) -> str:
    return hashlib.sha256(plain_login_name(login_name).encode()).hexdigest()


def _cookie_name(login_name: str) -> str:
    return f"device-{_account_key(login_name)[:8]}"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=DEVICE_SALT)
