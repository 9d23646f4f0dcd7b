"""How a lower package tells a higher one that something happened, in the same transaction.

The factory subscribes handlers; whoever publishes knows none of them. A handler that fails makes
the whole transaction fail.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

Event = TypeVar("Event")

_handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(event_type: type[Event], handler: Callable[[Event], None]) -> None:
    """Call `handler` with every event of this type from now on; a second subscription is none."""
    if handler not in _handlers[event_type]:
        _handlers[event_type].append(handler)


def publish(event: object) -> None:
    """Hand the event to its handlers, in the order of their subscription."""
    for handler in _handlers[type(event)]:
        handler(event)
