"""What the application raises when it will not go on, each with a message for people.

The web maps each class to a status; rules and commands know nothing of that.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.messages import Message


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field of a form or one column of a file."""

    field: str
    message: Message


class AppError(Exception):
    """Base of every error that is told to people instead of being a fault of the program."""

    def __init__(self, message: Message, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return str(self.message)


class NotFound(AppError):
    """There is no such thing, or none that this actor may know of."""


class Refused(AppError):
    """The data breaks a rule; the message says which and what to do."""


def refused_at(field: str, message: Message) -> Refused:
    """Return a refusal for what one field holds; a form or a file shows it there."""
    return Refused(message, [Problem(field, message)])


class Conflict(AppError):
    """Somebody else changed it in the meantime."""


class NotAllowed(AppError):
    """The actor sees the thing but may not do this to it."""


class Unavailable(AppError):
    """A service that is needed does not answer; trying again later may work."""
