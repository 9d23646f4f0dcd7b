"""How the program logs: one event a line, on standard error, for whoever runs it.

For machines a line is a JSON object with the request, tenant, user and unit that it belongs to; at
a terminal it is plain text. Neither says anything of people: values of errors, which often repeat
what somebody typed, are left out, and of a database's refusal only its code and constraint remain.
"""

import json
import logging
import logging.config
import os
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

LINE = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"
TIME = "%Y-%m-%dT%H:%M:%S%z"
FORMAT_VARIABLE = "LOG_FORMAT"
FORMATS = ("json", "text")
# A line break or an escape sequence in a value could forge or hide a line.
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")

ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)

_origin: ContextVar[Mapping[str, object] | None] = ContextVar("origin of log lines", default=None)


@contextmanager
def log_origin(**fields: object) -> Iterator[None]:
    """Have every line of the block say this of where it comes from, too."""
    token = _origin.set({**(_origin.get() or {}), **fields})
    try:
        yield
    finally:
        _origin.reset(token)


def begin_log_origin(**fields: object) -> None:
    """Forget where the lines before came from: a thread serves one request after the other."""
    _origin.set(fields)


def extend_log_origin(**fields: object) -> None:
    """Say more of where the lines from now on come from."""
    _origin.set({**(_origin.get() or {}), **fields})


def without_values(error: BaseException) -> str:
    """Return what went wrong and where, without what the error says of the values it met."""
    parts = []
    chain: BaseException | None = error
    while chain is not None:
        frames = traceback.format_tb(chain.__traceback__)
        parts.append("".join(frames) + _named(chain))
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    return "\n\nwhich came of\n\n".join(parts)


def _named(error: BaseException) -> str:
    """Name an error by its class, and what a database refused by code and constraint."""
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}"
    driver_error = getattr(error, "orig", error)
    code = getattr(driver_error, "pgcode", None)
    constraint = getattr(getattr(driver_error, "diag", None), "constraint_name", None)
    said = [str(part) for part in (code, constraint) if part]
    return f"{name} ({', '.join(said)})" if said else name


class OneLineFormatter(logging.Formatter):
    """Writes control characters of the message visibly; tracebacks keep their lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - overrides logging's
        """Format everything but the traceback."""
        return CONTROL_CHARACTERS.sub(_visible, super().formatMessage(record))

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - as above
        """Format the traceback."""
        return without_values(ei[1]) if ei[1] is not None else ""


class JsonFormatter(OneLineFormatter):
    """Writes an object a line: what `LOG_FORMAT=json` gives."""

    def format(self, record: logging.LogRecord) -> str:
        """Format the whole event."""
        event: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            **(_origin.get() or {}),
            **getattr(record, "fields", {}),
            "message": record.getMessage(),
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False, default=str)


def logging_settings() -> dict[str, Any]:
    """Return how the loggers of every process of the program are set up."""
    known = os.environ.get(FORMAT_VARIABLE)
    chosen = known if known in FORMATS else ("text" if sys.stderr.isatty() else "json")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"()": OneLineFormatter, "format": LINE, "datefmt": TIME},
            "json": {"()": JsonFormatter},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": chosen}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            "app": {"level": "INFO"},
            "worker": {"level": "INFO"},
            "gunicorn.error": {"level": "INFO", "propagate": True, "handlers": []},
            "gunicorn.access": {"level": "WARNING", "propagate": True, "handlers": []},
            # RQ would otherwise choose INFO itself and tell of each clean-up.
            "rq.worker": {"level": "WARNING"},
            "rq.job": {"level": "WARNING"},
        },
    }


def configure_logging() -> None:
    """Send every logger's events to standard error; libraries only from warnings upwards."""
    logging.config.dictConfig(logging_settings())


def _visible(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
