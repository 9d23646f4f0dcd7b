"""How entries of the trail are linked: digests over what they say. Data in, data out.

An entry's digest is over its head (who, when, what of whom) and the seal of its content (before and
after), not over the content itself: so the content can be forgotten when a person is erased, and
the link still holds. A batch's digest is over the one before, its number and its entries.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256

CONTENT = ("before", "after")
NOT_LINKED = frozenset(("tenant_id", "redacted_at", *CONTENT))
"""Columns that an entry's head leaves out: merging changes the first, erasing the others."""

BEGINNING = bytes(32)
"""What the first batch of a trail follows."""


def head_of(entry: Mapping[str, object]) -> bytes:
    """Return an entry's head as bytes; a column that is empty is as if it were not there.

    So a column that is added later, empty in the entries of before, breaks no link.
    """
    said = {name: value for name, value in entry.items() if name not in NOT_LINKED}
    return _canonical({name: value for name, value in said.items() if value is not None})


def content_of(entry: Mapping[str, object]) -> bytes:
    """Return an entry's content as bytes, to be sealed."""
    return _canonical({name: entry[name] for name in CONTENT})


def entry_digest(head: bytes, content_seal: bytes) -> bytes:
    """Return the digest of an entry, from its head and the seal of its content."""
    return sha256(sha256(head).digest() + content_seal).digest()


def batch_digest(previous: bytes, number: int, entries: Iterable[bytes]) -> bytes:
    """Return the digest of a batch: of the one before, its number, its entries by their numbers."""
    digest = sha256(previous + number.to_bytes(8, "big"))
    for each in entries:
        digest.update(each)
    return digest.digest()


def _canonical(values: Mapping[str, object]) -> bytes:
    return json.dumps(
        values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
    ).encode()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"{type(value).__name__} cannot be linked")
