import gzip

import pytest
from flask import Flask

from app.web.assets import STATIC_FOLDER, load_manifest
from app.web.compression import register_compression

PAGE = "<p>Huyện Vĩnh Tường</p>" * 200


@pytest.fixture
def client():
    application = Flask("compressed", static_folder=STATIC_FOLDER)
    register_compression(application)
    application.add_url_rule("/page", view_func=lambda: PAGE, endpoint="page")
    application.add_url_rule("/short", view_func=lambda: "<p>ngắn</p>", endpoint="short")
    application.add_url_rule(
        "/stream", view_func=lambda: (piece for piece in [PAGE, PAGE]), endpoint="stream"
    )
    application.add_url_rule(
        "/picture", view_func=lambda: (PAGE, {"Content-Type": "image/png"}), endpoint="picture"
    )
    return application.test_client()


def get(client, address, encodings="gzip, br", **headers):
    return client.get(address, headers={"Accept-Encoding": encodings, **headers}, buffered=True)


def test_a_page_is_compressed_and_whole(client):
    answer = get(client, "/page")

    assert answer.content_encoding == "gzip"
    assert "Accept-Encoding" in answer.vary
    assert answer.content_length == len(answer.data) < len(PAGE) / 5
    assert gzip.decompress(answer.data).decode() == PAGE


@pytest.mark.parametrize("encodings", ["", "br", "gzip;q=0"])
def test_a_browser_that_does_not_accept_it_gets_the_page_plain(client, encodings):
    answer = get(client, "/page", encodings)

    assert answer.content_encoding is None
    assert answer.text == PAGE
    assert "Accept-Encoding" in answer.vary


@pytest.mark.parametrize("address", ["/short", "/stream", "/picture"])
def test_short_streamed_and_compressed_answers_stay_as_they_are(client, address):
    answer = get(client, address)

    assert answer.content_encoding is None


def test_a_static_file_is_compressed_and_found_unchanged_later(client):
    name = load_manifest()["app.css"]

    answer = get(client, f"/static/{name}")
    later = get(client, f"/static/{name}", **{"If-None-Match": answer.headers["ETag"]})

    assert gzip.decompress(answer.data) == (STATIC_FOLDER / name).read_bytes()
    assert answer.headers["ETag"].startswith("W/")
    assert later.status_code == 304
    assert later.data == b""


def test_a_part_of_a_file_is_not_compressed(client):
    answer = get(client, f"/static/{load_manifest()['app.css']}", Range="bytes=0-9")

    assert answer.status_code == 206
    assert answer.content_encoding is None
    assert len(answer.data) == 10
