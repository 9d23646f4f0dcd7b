"""Row numbers in addresses and forms: opaque, and useless in another tenant.

A token is one AES block over the number, the tenant and the kind of row, under a key derived from
the secret key. Whatever does not decrypt to the reader's own tenant and the expected kind is not
found, exactly like a number that does not exist. Row-level security stands behind it.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import crc32
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, current_app, g, request
from werkzeug.routing import BaseConverter, Map

from app.core.errors import NotFound
from app.core.messages import message

_BLOCK = struct.Struct(">QII")
_TOKEN_LENGTH = 22
_TOKENS_KEPT = 16_384


class OpaqueIds:
    """Seals and opens row numbers with one key."""

    def __init__(self, secret_key: str) -> None:
        derivation = HKDF(
            algorithm=SHA256(), length=32, salt=None, info=b"row numbers in addresses"
        )
        # ECB of a single block of fixed form is a keyed permutation: exactly what is wanted.
        self._cipher = Cipher(
            algorithms.AES(derivation.derive(secret_key.encode())),
            modes.ECB(),  # noqa: S305
        )
        # A row's token is always the same, and pages name the same rows again and again.
        self.seal = lru_cache(_TOKENS_KEPT)(self._sealed)

    def _sealed(self, kind: str, number: int, tenant_id: int) -> str:
        """Return the token of a row."""
        encryptor = self._cipher.encryptor()
        block = encryptor.update(_BLOCK.pack(number, tenant_id, crc32(kind.encode())))
        return urlsafe_b64encode(block + encryptor.finalize()).decode().rstrip("=")

    def open(self, kind: str, token: str, tenant_id: int) -> int:
        """Return the row's number; NotFound for any token not sealed for this tenant and kind."""
        try:
            block = urlsafe_b64decode(token.encode("ascii") + b"==")
            decryptor = self._cipher.decryptor()
            number, sealed_tenant, sealed_kind = _BLOCK.unpack(
                decryptor.update(block) + decryptor.finalize()
            )
        except (ValueError, struct.error):
            raise _not_found() from None
        if (sealed_tenant, sealed_kind) != (tenant_id, crc32(kind.encode())):
            raise _not_found()
        return int(number)


@dataclass(frozen=True)
class SealedId:
    """A token from an address, before the reader's tenant is known."""

    kind: str
    token: str


class OpaqueConverter(BaseConverter):
    """`<opaque("unit"):unit_id>`: a number in views and `url_for`, a token in addresses."""

    regex = f"[A-Za-z0-9_-]{{{_TOKEN_LENGTH}}}"

    def __init__(self, url_map: Map, kind: str) -> None:
        super().__init__(url_map)
        self.kind = kind

    def to_python(self, value: str) -> SealedId:
        """Keep the token until the tenant is known."""
        return SealedId(self.kind, value)

    def to_url(self, value: int) -> str:
        """Seal a number for the reader's tenant."""
        return seal_id(self.kind, value)


def install_opaque_ids(app: Flask) -> None:
    """Make the converter and the `seal_id` of templates known."""
    app.extensions["opaque_ids"] = OpaqueIds(app.config["SECRET_KEY"])
    app.url_map.converters["opaque"] = OpaqueConverter
    app.jinja_env.globals["seal_id"] = seal_id


def seal_id(kind: str, number: int) -> str:
    """Return the token of a row for the reader's tenant; for values of form fields."""
    return _ids().seal(kind, number, _reader_tenant())


def open_id(kind: str, token: str) -> int:
    """Return the number of a token from a form; NotFound unless it is of the reader's tenant."""
    return _ids().open(kind, token, _reader_tenant())


def open_ids_of_address() -> None:
    """Open the tokens of the request's address, now that the reader's tenant is known."""
    view_args = request.view_args or {}
    for name, value in view_args.items():
        if isinstance(value, SealedId):
            view_args[name] = open_id(value.kind, value.token)


def _ids() -> OpaqueIds:
    ids: OpaqueIds = current_app.extensions["opaque_ids"]
    return ids


def _reader_tenant() -> int:
    """Return the reader's tenant; operators read tenants themselves, as tenant 0."""
    tenant_id: int = g.get("tenant_id", 0)
    return tenant_id


def _not_found() -> NotFound:
    return NotFound(message("Không tìm thấy, hoặc bạn không có quyền xem."))
