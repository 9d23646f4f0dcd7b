"""Who may read, write and take out which fields of a person: the one written table. Pure.

Guards ask for the permission that stands here, `docs/field-rights.md` is made from it, and a test
tries every role against the pages.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from app.accounts.rules import PERMISSIONS_OF_ROLE, Role
from app.web.guards import Permission, requires


class Fields(StrEnum):
    """The fields of a person, in groups that are treated alike."""

    IDENTIFYING = "name, code, date of birth, sex"
    CIRCUMSTANCES = "education, qualification, occupation, stated segments"
    COURSE = "steps, approvals, moves, transfers"
    SENSITIVE = "ethnicity, religion"
    IDENTITY_NUMBER = "identity number, legal basis"


class Right(StrEnum):
    """What may be done with a field."""

    READ = "read"
    WRITE = "write"
    EXPORT = "export"


_LISTED = MappingProxyType(
    {
        Right.READ: Permission.SEE_PEOPLE,
        Right.WRITE: Permission.RECORD_PEOPLE,
        Right.EXPORT: Permission.SEE_PEOPLE,
    }
)
"""What the lists of people hold, which whoever sees them may take out, noted in the trail."""

_SEEN = MappingProxyType({**_LISTED, Right.EXPORT: Permission.RECORD_PEOPLE})
_KEPT_CLOSE = MappingProxyType(dict.fromkeys(Right, Permission.RECORD_PEOPLE))
"""Read with a reason alone, and by those who record the people of the unit."""

NEEDED: Mapping[Fields, Mapping[Right, Permission]] = MappingProxyType(
    {
        Fields.IDENTIFYING: _LISTED,
        Fields.CIRCUMSTANCES: _SEEN,
        Fields.COURSE: _LISTED,
        Fields.SENSITIVE: _KEPT_CLOSE,
        Fields.IDENTITY_NUMBER: _KEPT_CLOSE,
    }
)


def rights(role: Role, fields: Fields) -> tuple[Right, ...]:
    """Return what a role may do with fields of the people below its unit."""
    held = PERMISSIONS_OF_ROLE[role]
    return tuple(right for right in Right if NEEDED[fields][right] in held)


def requires_right(right: Right, fields: Fields) -> Callable[[Any], Any]:
    """Let those call a view who may do this with the fields."""
    return requires(NEEDED[fields][right])


def as_table() -> str:
    """Return the table of roles and fields as the documentation has it."""
    lines = [
        "| Role | " + " | ".join(fields.value for fields in Fields) + " |",
        "|---|" + "---|" * len(Fields),
    ]
    for role in Role:
        cells = (", ".join(rights(role, fields)) or "–" for fields in Fields)
        lines.append(f"| `{role}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)
