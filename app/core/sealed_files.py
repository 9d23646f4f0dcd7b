"""Sealing whole files, such as backups: AES-256-GCM piece by piece, under the installation's keys.

Each piece names its place and whether it is the last, so that a file that was cut off, or whose
pieces were put in another order, does not open.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.sealing import FieldKeys, SealBrokenError

MAGIC = b"KETNAP1\n"
PIECE_BYTES = 1024 * 1024
PURPOSE = b"sealed files"

_NONCE_BYTES = 12
# The nonce, the tag, and what packing adds to what cannot be packed.
_MOST_ADDED = 12 + 16 + 1024
_LENGTH = struct.Struct(">I")
_PLACE = struct.Struct(">Q?")
_LONGEST_ID = 16


def seal_file(keys: FieldKeys, source: IO[bytes], target: IO[bytes]) -> int:
    """Seal everything that is read under the newest key; return how many bytes were read."""
    key = keys.keys[0]
    salt = os.urandom(16)
    cipher = AESGCM(key.derived(PURPOSE + salt))
    target.write(MAGIC + _sized(key.id.encode()) + salt)
    read = place = 0
    piece = _read_whole(source)
    while True:
        following = _read_whole(source)
        is_last = not following
        nonce = os.urandom(_NONCE_BYTES)
        # Most of a piece of log that was closed early is zeros.
        packed = zlib.compress(piece, 1)
        sealed = cipher.encrypt(nonce, packed, _PLACE.pack(place, is_last))
        target.write(_sized(nonce + sealed))
        read += len(piece)
        if is_last:
            return read
        piece, place = following, place + 1


def open_file(keys: FieldKeys, source: IO[bytes]) -> Iterator[bytes]:
    """Yield what was sealed, piece by piece; `SealBrokenError` for whatever was changed since.

    What has come out before an error must not be used: whoever writes it down throws it away.
    """
    if source.read(len(MAGIC)) != MAGIC:
        raise SealBrokenError("this is no sealed file")
    key_id = _read_sized(source, _LONGEST_ID).decode("ascii", "replace")
    key = next((key for key in keys.keys if key.id == key_id), None)
    if key is None:
        raise SealBrokenError(f"no key {key_id!r} is given")
    cipher = AESGCM(key.derived(PURPOSE + source.read(16)))
    place, is_last = 0, False
    sealed = _read_sized(source)
    while not is_last:
        following = source.read(_LENGTH.size)
        is_last = not following
        nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            packed = cipher.decrypt(nonce, content, _PLACE.pack(place, is_last))
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError(f"piece {place} does not open") from error
        yield zlib.decompress(packed)
        if not is_last:
            sealed = _read_of_length(source, following)
            place += 1


def _sized(content: bytes) -> bytes:
    return _LENGTH.pack(len(content)) + content


def _read_sized(source: IO[bytes], longest: int = PIECE_BYTES) -> bytes:
    return _read_of_length(source, source.read(_LENGTH.size), longest)


def _read_of_length(source: IO[bytes], length: bytes, longest: int = PIECE_BYTES) -> bytes:
    if len(length) != _LENGTH.size:
        raise SealBrokenError("the file is cut off")
    (size,) = _LENGTH.unpack(length)
    if size > longest + _MOST_ADDED:
        raise SealBrokenError("the file is damaged")
    content = source.read(size)
    if len(content) != size:
        raise SealBrokenError("the file is cut off")
    return content


def _read_whole(source: IO[bytes]) -> bytes:
    """Read a piece; a pipe gives less at a time than is asked for."""
    parts, left = [], PIECE_BYTES
    while left and (part := source.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
