"""The one table from what went wrong to what the reader is told."""

import logging
import secrets

from flask import Flask, current_app, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.core.constraints import translate
from app.core.errors import AppError, Conflict, NotAllowed, NotFound, Refused, Unavailable
from app.core.messages import Message
from app.web.i18n import render_message

STATUS_OF = {Refused: 422, NotFound: 404, NotAllowed: 403, Conflict: 409, Unavailable: 503}
"""The status of each class of error; a page of that number is in `templates/errors`."""

PAGES = (400, 403, 404, 405, 409, 413, 422, 429, 500, 503)
FIRST_SERVER_ERROR = 500
REFERENCE_BYTES = 4

_log = logging.getLogger(__name__)


def register_errors(app: Flask) -> None:
    """Answer every error with a page in words."""
    app.register_error_handler(AppError, _answer_refusal)
    app.register_error_handler(DBAPIError, _answer_database_error)
    app.register_error_handler(CSRFError, _answer_http_error)
    app.register_error_handler(HTTPException, _answer_http_error)


def status_of(error: AppError) -> int:
    """Return the HTTP status of an error of the application."""
    return next(status for kind, status in STATUS_OF.items() if isinstance(error, kind))


def _answer_refusal(error: AppError) -> tuple[str, int]:
    if isinstance(error, NotFound):
        # Whatever is missing gets one answer: other words for a row of another tenant than for
        # no row at all would tell that it exists.
        return _page(STATUS_OF[NotFound])
    return _page(status_of(error), error.message)


def _answer_database_error(error: DBAPIError) -> tuple[str, int]:
    refusal = translate(error)
    if refusal is not None:
        return _answer_refusal(refusal)
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        # A connection that is cut while it speaks raises a bare DatabaseError.
        _log.error("database unavailable: %s", error.orig)
        return _page(503)
    if current_app.testing:
        raise error
    return _answer_failure(error)


def _answer_http_error(error: HTTPException) -> tuple[str, int]:
    if isinstance(error, InternalServerError):
        return _answer_failure(error.original_exception or error)
    code = error.code or FIRST_SERVER_ERROR
    if code in PAGES:
        return _page(code)
    return _page(400 if code < FIRST_SERVER_ERROR else FIRST_SERVER_ERROR)


def _answer_failure(error: BaseException) -> tuple[str, int]:
    """Answer a fault of the program with a reference by which the log names it."""
    reference = secrets.token_hex(REFERENCE_BYTES)
    _log.error("failure %s on %s", reference, request.endpoint, exc_info=error)
    return _page(500, reference=reference)


def _page(
    status: int, message: Message | None = None, reference: str | None = None
) -> tuple[str, int]:
    text = render_message(message) if message else None
    # A page that was asked for what cannot be is there without what was asked.
    is_odd_question = status == STATUS_OF[Refused] and request.method == "GET"
    bare = request.path if is_odd_question and request.query_string else None
    page = render_template(
        f"errors/{status}.html", message=text, reference=reference, bare_address=bare
    )
    return page, status
