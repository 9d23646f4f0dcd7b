"""The states of a file and of its rows, and what is kept of a row. No database here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.core.messages import Message
from app.imports.rules import Reject

ROW_SEALED_AS = "import_row:{file_id}:{number}"
FILE_SEALED_AS = "import_file:{id}"
"""The names, of columns, that rows and files are sealed under."""


class FileState(StrEnum):
    """How far a file has come."""

    SENT = "sent"
    CHECKED = "checked"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"
    DROPPED = "dropped"


class RowState(StrEnum):
    """What is known of a row, then what became of it."""

    GOOD = "good"
    DUPLICATE = "duplicate"
    KNOWN = "known"
    BAD = "bad"
    STORED = "stored"
    UNDONE = "undone"
    KEPT = "kept"


ENDED = (FileState.REFUSED, FileState.DONE, FileState.UNDONE, FileState.DROPPED)
"""States after which nothing more is done with a file by itself."""

AWAITING_WORK = (FileState.SENT, FileState.ACCEPTED, FileState.WITHDRAWN)
"""States in which a worker has something to do."""


@dataclass(frozen=True)
class Finding:
    """What was found about a row: at which column (none: the whole row), what it held, and why."""

    column: str
    value: str
    reason: Message

    @classmethod
    def of(cls, reject: Reject) -> "Finding":
        """Return why a row was rejected."""
        return cls(reject.column, reject.value, reject.reason)


@dataclass(frozen=True)
class KeptRow:
    """A row as it is sealed: its cells as they stood, and what was found."""

    cells: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    def as_bytes(self) -> bytes:
        """Return the row in the form in which it is sealed."""
        found = [[f.column, f.value, message_as_json(f.reason)] for f in self.findings]
        return json.dumps([self.cells, found], ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "KeptRow":
        """Return a row that was opened."""
        cells, found = json.loads(content)
        return cls(
            tuple(cells),
            tuple(Finding(column, value, message_from_json(why)) for column, value, why in found),
        )


def message_as_json(message: Message) -> list[object]:
    """Return a message as JSON can hold it, to be put into words by each reader."""
    return [message.text, {name: _value_as_json(value) for name, value in message.values.items()}]


def message_from_json(kept: Sequence[object]) -> Message:
    """Return a message that was kept."""
    text, values = kept
    if not isinstance(text, str) or not isinstance(values, Mapping):
        raise TypeError(f"{kept!r} is no kept message")
    return Message(text, {name: _value_from_json(value) for name, value in values.items()})


def row_name(file_id: int, number: int) -> str:
    """Name a row for its seal."""
    return ROW_SEALED_AS.format(file_id=file_id, number=number)


def file_name_of_seal(file_id: int) -> str:
    """Name a file for its seal."""
    return FILE_SEALED_AS.format(id=file_id)


def _value_as_json(value: object) -> object:
    match value:
        case Message():
            return {"message": message_as_json(value)}
        case date():
            return {"day": value.isoformat()}
        case str() | int() | None:
            return value
    return str(value)


def _value_from_json(value: object) -> object:
    match value:
        case {"message": list() as kept}:
            return message_from_json(kept)
        case {"day": str() as day}:
            return date.fromisoformat(day)
    return value
