"""Sealing single fields: AES-256-GCM under keys that stay outside the database, and blind indexes.

A sealed field names its key, so that old ones open while a new key seals. The associated data name
the row without its tenant: a sealed field copied to another row does not open there.
"""

import hmac
import os
import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, current_app

EXTENSION = "field_keys"
KEY_BYTES = 32

_NONCE_BYTES = 12
_SEPARATOR = b":"
_KEY_ID = re.compile(r"[a-z0-9]{1,16}")


class SealBrokenError(Exception):
    """A sealed field does not open: its key is not given, or it belongs to another row."""


@dataclass(frozen=True)
class FieldKey:
    """One key: what seals and what makes blind indexes are derived from the same secret."""

    id: str
    secret: bytes = field(repr=False)

    @cached_property
    def cipher(self) -> AESGCM:
        """What seals and opens."""
        return AESGCM(self.derived(b"sealed fields"))

    def index(self, purpose: str, value: str) -> bytes:
        """Return the blind index of a value: equal values have equal ones, nothing else shows."""
        key = self.derived(b"blind index of " + purpose.encode())
        return hmac.digest(key, value.encode(), sha256)

    def derived(self, purpose: bytes) -> bytes:
        """Return a key for one purpose; none of them tells of another, nor of the secret."""
        derivation = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose)
        return derivation.derive(self.secret)


@dataclass(frozen=True)
class FieldKeys:
    """The keys of an installation; the first one seals, all of them open."""

    keys: Sequence[FieldKey]

    @property
    def mark(self) -> bytes:
        """What every field begins with that the first key has sealed."""
        return self.keys[0].id.encode() + _SEPARATOR

    def seal(self, content: bytes, row: str) -> bytes:
        """Seal the content of a field of a row."""
        nonce = os.urandom(_NONCE_BYTES)
        return self.mark + nonce + self.keys[0].cipher.encrypt(nonce, content, row.encode())

    def open(self, sealed: bytes, row: str) -> bytes:
        """Return the content of a sealed field of a row; `SealBrokenError` for any other."""
        key_id, _, rest = sealed.partition(_SEPARATOR)
        key = next((key for key in self.keys if key.id.encode() == key_id), None)
        if key is None:
            raise SealBrokenError(f"no key {key_id[:16]!r} is given")
        try:
            return key.cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], row.encode())
        except InvalidTag as error:
            raise SealBrokenError(f"a field of {row} does not open") from error

    def index(self, purpose: str, value: str) -> bytes:
        """Return the blind index to store with a value."""
        return self.keys[0].index(purpose, value)

    def indexes(self, purpose: str, value: str) -> list[bytes]:
        """Return every blind index under which a value may be stored."""
        return [key.index(purpose, value) for key in self.keys]


def read_keys(text: str) -> FieldKeys:
    """Read keys written as `id:secret,id:secret`, each secret 32 bytes in URL-safe base64.

    Raises ValueError, whose words never repeat a secret.
    """
    keys: list[FieldKey] = []
    for part in filter(None, map(str.strip, text.split(","))):
        key_id, _, encoded = part.partition(":")
        try:
            secret = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        except ValueError:
            secret = b""
        if not _KEY_ID.fullmatch(key_id) or len(secret) != KEY_BYTES:
            raise ValueError(
                f"key {len(keys) + 1} is not an id of small letters and digits, a colon and "
                "32 bytes in URL-safe base64"
            )
        keys.append(FieldKey(key_id, secret))
    if not keys:
        raise ValueError("it holds no key")
    if len({key.id for key in keys}) < len(keys):
        raise ValueError("two keys have one id")
    return FieldKeys(tuple(keys))


def install_field_keys(app: Flask, text: str) -> None:
    """Give the program its keys."""
    app.extensions[EXTENSION] = read_keys(text)


def field_keys() -> FieldKeys:
    """Return the keys of the running program."""
    keys: FieldKeys = current_app.extensions[EXTENSION]
    return keys
