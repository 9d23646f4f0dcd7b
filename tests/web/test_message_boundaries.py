"""The web server reads one request where one was sent: where two readings are possible, none.

A server in front and this one would otherwise disagree about where a request ends, and what one
person sends would be taken for the beginning of another one's.
"""

from pathlib import Path

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser

SETTINGS = Path("app/runtime/gunicorn_settings.py")
LENIENCE = ("permit_", "tolerate_", "strip_header_spaces", "header_map", "casefold_http_method")
CHUNKED = "Transfer-Encoding: chunked"
TWICE = {
    "two lengths": ["Content-Length: 5", "Content-Length: 6"],
    "length and chunks": ["Content-Length: 5", CHUNKED],
    "chunks twice": [CHUNKED, CHUNKED],
    "chunks in disguise": ["Transfer-Encoding: xchunked"],
    "chunks not last": ["Transfer-Encoding: chunked, identity"],
    "signed length": ["Content-Length: +5"],
    "hexadecimal length": ["Content-Length: 0x5"],
    "space before the colon": ["Content-Length : 5"],
    "folded line": ["X-A: b", " Content-Length: 5"],
    "zero byte": ["X-A: b\0Content-Length: 5"],
}


def requests(*headers, body=b"hello"):
    """Parse what was sent as the server does."""
    head = "\r\n".join(("POST /sign-in HTTP/1.1", "Host: localhost", *headers, "", "")).encode()
    parser = RequestParser(Config(), iter([head + body]), ("127.0.0.1", 1))
    return [(request.path, request.body.read()) for request in parser]


def test_the_server_is_told_to_be_lenient_about_nothing():
    assert not [word for word in LENIENCE if word in SETTINGS.read_text(encoding="utf-8")]


@pytest.mark.parametrize("headers", TWICE.values(), ids=TWICE)
def test_a_request_that_can_be_read_in_two_ways_is_not_read(headers):
    with pytest.raises(ParseException):
        requests(*headers)


@pytest.mark.parametrize("body", [b"5 \r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n"])
def test_chunks_of_doubtful_size_are_not_read(body):
    with pytest.raises((ParseException, ValueError)):
        requests(CHUNKED, body=body)


def test_whole_requests_are_read_one_after_the_other():
    chunked = b"5\r\nhello\r\n0\r\n\r\n"

    assert requests("Content-Length: 5") == [("/sign-in", b"hello")]
    assert requests(CHUNKED, body=chunked) == [("/sign-in", b"hello")]
