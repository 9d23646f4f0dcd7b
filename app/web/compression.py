"""Answers go out compressed: a page of figures shrinks to a tenth on a clerk's weak network."""

import gzip
from functools import lru_cache
from http import HTTPStatus

from flask import Flask, Response, request

COMPRESSED_TYPES = frozenset(
    ("text/html", "text/css", "text/csv", "text/javascript", "image/svg+xml", "application/json")
)
SMALLEST = 1024
FAST = 5
BEST = 9
UNPACKED_STATUSES = frozenset(
    (HTTPStatus.NO_CONTENT, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.NOT_MODIFIED)
)


def register_compression(app: Flask) -> None:
    """Compress what browsers accept compressed.

    Register it before whatever else looks at answers: it then sees them last. The token in a page
    is signed anew with the time, so lengths tell an eavesdropper nothing that holds for the next.
    """
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    is_file = request.endpoint == "static"
    if not _is_compressible(response) or (response.is_streamed and not is_file):
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") <= 0:
        return response
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) < SMALLEST:
        return response
    response.set_data(_packed_file(content) if is_file else gzip.compress(content, FAST, mtime=0))
    response.content_encoding = "gzip"
    _weaken_etag(response)
    return response


def _is_compressible(response: Response) -> bool:
    return (
        response.mimetype in COMPRESSED_TYPES
        and response.status_code not in UNPACKED_STATUSES
        and response.content_encoding is None
    )


def _weaken_etag(response: Response) -> None:
    """Say that the tag names the content, not these bytes."""
    etag, _ = response.get_etag()
    if etag is not None:
        response.set_etag(etag, weak=True)


@lru_cache(maxsize=16)
def _packed_file(content: bytes) -> bytes:
    """Compress a static file, of which there are a handful, once for each process."""
    return gzip.compress(content, BEST, mtime=0)
