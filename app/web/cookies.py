"""Cookies of our own: for TLS alone where there is any, and out of reach of scripts."""

from flask import current_app, request
from werkzeug.wrappers import Response

HOST_ALONE = "__Host-"
"""Browsers take such a cookie only over TLS, for all of this host, and from no host beside it."""


def cookie_name(name: str, *, is_secure: bool) -> str:
    """Return under which name a cookie is kept; without TLS browsers refuse the prefix."""
    return f"{HOST_ALONE}{name}" if is_secure else name


def keep_cookie(response: Response, name: str, value: str, *, max_age: int) -> None:
    """Have the browser keep a value for so many seconds."""
    is_secure = _is_secure()
    response.set_cookie(
        cookie_name(name, is_secure=is_secure),
        value,
        max_age=max_age,
        secure=is_secure,
        httponly=True,
        samesite="Lax",
    )


def kept_cookie(name: str) -> str | None:
    """Return what the browser keeps under a name."""
    return request.cookies.get(cookie_name(name, is_secure=_is_secure()))


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
