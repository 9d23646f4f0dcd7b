"""Now and today, read in this one place.

A demonstration tenant's own day is not here: it belongs to the tenant's context.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

_frozen_at: ContextVar[datetime | None] = ContextVar("frozen_at", default=None)


def now() -> datetime:
    """Return the present instant, in UTC."""
    return _frozen_at.get() or datetime.now(UTC)


def today() -> date:
    """Return the present date in Vietnam, where the day begins at 17:00 UTC."""
    return now().astimezone(VIETNAM).date()


@contextmanager
def frozen(at: datetime | date) -> Iterator[None]:
    """Hold the clock at an aware instant, or at noon in Vietnam of a date; for tests.

    It holds in this thread and context; threads and processes started inside run on real time.
    """
    if not isinstance(at, datetime):
        at = datetime.combine(at, time(12), VIETNAM)
    if at.tzinfo is None:
        raise ValueError("the clock can only be held at an instant with its time zone")
    token = _frozen_at.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen_at.reset(token)
