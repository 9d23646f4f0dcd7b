"""Deciding about each request: who calls, and whether the endpoint's guard lets them."""

import logging
from typing import NoReturn
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, g, request, session, url_for
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.operator_access import record_look
from app.accounts.principal import OPERATORS, Membership, Principal, load_principal
from app.accounts.rules import Unfinished
from app.core.errors import NotAllowed
from app.core.logging import extend_log_origin
from app.core.messages import message
from app.web.addresses import local_address, see_other
from app.web.guards import Guard, Permission, install_guards
from app.web.opaque import open_ids_of_address

MEMBERSHIP = "membership"
LANDING = "/"
SIGN_OUT = "accounts.sign_out"
LEAVE = "accounts.leave_tenant"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
WAY_ON = {
    Unfinished.CODE: "accounts.code",
    Unfinished.PASSWORD: "accounts.password",
    Unfinished.FACTOR: "accounts.factor",
}
"""The page of each step of signing in; until it is done, nothing else opens."""

_log = logging.getLogger(__name__)

login_manager = LoginManager()
login_manager.login_view = "accounts.sign_in"
# The session row decides; a fingerprint of address and browser would only sign people out.
login_manager.session_protection = None


def install_access(app: Flask) -> None:
    """Have every request checked against its endpoint's guard."""
    # Without the context processor: a page about a database that is away must not ask it.
    login_manager.init_app(app, add_context_processor=False)
    login_manager.request_loader(_load)
    login_manager.unauthorized_handler(_ask_to_sign_in)
    install_guards(app, _check)


def current_principal() -> Principal | None:
    """Return who is signed in; public pages ask the database only when they call this."""
    principal: Principal = current_user._get_current_object()  # noqa: SLF001 Werkzeug's own name
    return principal if principal.is_authenticated else None


def may(permission: Permission) -> bool:
    """Tell whether the reader holds a permission on the unit acted for, for what a page offers."""
    principal = current_principal()
    return principal is not None and principal.may(permission)


def remember(membership: Membership) -> None:
    """Give the browser a new session, with nothing left of what it held before."""
    session.clear()
    session[MEMBERSHIP] = list(membership)


def forget() -> None:
    """Leave nothing in the browser."""
    session.clear()


def _check(guard: Guard) -> BaseResponse | None:
    g.tenant_id = OPERATORS
    if guard.is_public:
        return None
    principal = current_principal()
    if principal is None:
        refusal: BaseResponse = login_manager.unauthorized()
        return refusal
    if principal.unfinished is not None:
        way_on = WAY_ON[principal.unfinished]
        if request.endpoint not in {way_on, SIGN_OUT}:
            return _send_to(way_on)
    elif not _is_allowed(principal, guard):
        _refuse(principal)
    elif guard.asks_again and not principal.has_proved:
        return _send_to("accounts.confirm")
    elif principal.visit is not None and request.endpoint != LEAVE:
        record_look(principal, request.endpoint or "", request.path)
    # Only now: whoever may not call the endpoint gets one answer, whatever the address holds.
    open_ids_of_address()
    return None


def _is_allowed(principal: Principal, guard: Guard) -> bool:
    """Tell whether a guard lets somebody in; a visiting operator only looks."""
    if guard.permission is not None and not principal.may(guard.permission):
        return False
    return principal.visit is None or _is_for_visitors()


def _is_for_visitors() -> bool:
    """Whether an operator inside a tenant may send this: it looks, and changes nothing."""
    return request.method in SAFE_METHODS or request.endpoint in {SIGN_OUT, LEAVE}


def _load(_request: Request) -> Principal | None:
    membership = _membership()
    if membership is None:
        return None
    principal = load_principal(membership, g.request_id)
    if principal is None:
        return None
    g.principal = principal
    g.tenant_id = membership.tenant_id
    if principal.context is not None:
        # Also of an operator inside a tenant, whose session is of none.
        g.tenant_id = principal.context.tenant_id
        g.context = principal.context
    extend_log_origin(
        tenant=membership.tenant_id,
        user=principal.id,
        unit=principal.unit.id if principal.unit else None,
    )
    return principal


def _membership() -> Membership | None:
    held = session.get(MEMBERSHIP)
    return None if held is None else Membership(*held)


def _ask_to_sign_in() -> BaseResponse:
    return _send_to(login_manager.login_view)


def _send_to(endpoint: str) -> BaseResponse:
    """Send the reader to a page that leads back to the one wanted, without htmx where it asked."""
    address = url_for(endpoint, next=_wanted_address())
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": address})
    return see_other(address)


def _wanted_address() -> str | None:
    """Return the page to come back to; for a form that was sent the one that it stood on."""
    if "HX-Request" in request.headers:
        wanted = _local(request.headers.get("HX-Current-URL", ""))
    elif request.method == "GET":
        wanted = request.full_path.rstrip("?")
    else:
        wanted = _local(request.headers.get("Referer", ""))
    return None if wanted == LANDING else wanted


def _local(address: str) -> str:
    return local_address(urlsplit(address)._replace(scheme="", netloc="").geturl())


def _refuse(principal: Principal) -> NoReturn:
    # The line says by its origin who it was; addresses may name people and are left out.
    _log.warning("refused: %s asks for a permission that is not held", request.endpoint)
    if principal.unit is None and not principal.is_operator:
        raise NotAllowed(
            message(
                "Tài khoản này chưa được giao vai trò nào còn hiệu lực."
                " Hãy liên hệ người quản trị của đảng bộ."
            )
        )
    abort(403)
