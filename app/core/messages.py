"""Texts for people, with their values, before any language is chosen.

Rules and commands build them; the web translates them. Nothing of Flask here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class Message:
    """A Vietnamese source text and the values of its ``%(name)s`` places.

    As in gettext a text without values is not interpolated, so it writes ``%`` once, a text with
    values writes ``%%``. A value may be a message itself.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # A missing value is a programming error: it shows where the message was built, not
        # later, while an error page is rendered.
        str(self)

    def __str__(self) -> str:
        """Render in Vietnamese, values plainly: no digit grouping, dates as dd/mm/yyyy."""
        if not self.values:
            return self.text
        return self.text % {name: _plain(value) for name, value in self.values.items()}


def message(text: str, /, **values: object) -> Message:
    """Build a message; the name is what the extraction of translatable texts looks for."""
    return Message(text, values)


def _plain(value: object) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value:%d/%m}/{value.year:04}"
    return str(value)
