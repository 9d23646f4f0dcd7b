"""How the program logs: one line an event, on standard error, for whoever runs it."""

import logging
import logging.config
import re

LINE = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"
TIME = "%Y-%m-%dT%H:%M:%S%z"
# A line break or an escape sequence in a value could forge or hide a line.
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


class OneLineFormatter(logging.Formatter):
    """Writes control characters of the message visibly; tracebacks keep their lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - overrides logging's
        """Format everything but the traceback."""
        return CONTROL_CHARACTERS.sub(_visible, super().formatMessage(record))


def configure_logging() -> None:
    """Send every logger's events to standard error; libraries only from warnings upwards."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": OneLineFormatter, "format": LINE, "datefmt": TIME}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {
                "app": {"level": "INFO"},
                "worker": {"level": "INFO"},
                # RQ would otherwise choose INFO itself and tell of each clean-up.
                "rq.worker": {"level": "WARNING"},
                "rq.job": {"level": "WARNING"},
            },
        }
    )


def _visible(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
