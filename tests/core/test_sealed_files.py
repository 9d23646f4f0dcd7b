"""Sealed files open whole and unchanged, or not at all."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import sealed_files
from app.core.sealed_files import open_file, seal_file
from app.core.sealing import SealBrokenError, read_keys

OLD, NEW = "a:" + "A" * 43, "b:" + "B" * 43
KEYS = read_keys(f"{NEW},{OLD}")
PIECE = 64


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch):
    monkeypatch.setattr(sealed_files, "PIECE_BYTES", PIECE)


def sealed(content, keys=KEYS):
    target = io.BytesIO()
    assert seal_file(keys, io.BytesIO(content), target) == len(content)
    return target.getvalue()


def opened(content, keys=KEYS):
    return b"".join(open_file(keys, io.BytesIO(content)))


@given(st.binary(max_size=5 * PIECE))
@settings(max_examples=60)
def test_what_was_sealed_opens_again(content):
    assert opened(sealed(content)) == content


@given(st.binary(max_size=3 * PIECE), st.data())
@settings(max_examples=100)
def test_a_file_that_was_cut_or_changed_does_not_open(content, data):
    whole = sealed(content)
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        damaged = whole[:at]
    else:
        damaged = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]

    with pytest.raises(SealBrokenError):
        opened(damaged)


def test_a_file_that_ends_after_an_earlier_piece_does_not_open():
    one, three = sealed(b"x" * PIECE), sealed(b"x" * 3 * PIECE)

    with pytest.raises(SealBrokenError):
        opened(three[: len(one)])


def test_old_keys_open_and_foreign_ones_do_not():
    by_old = sealed(b"content", read_keys(OLD))

    assert opened(by_old) == b"content"
    with pytest.raises(SealBrokenError, match="no key"):
        opened(by_old, read_keys(NEW))


def test_nothing_of_the_content_shows():
    assert b"Nguyen" not in sealed(b"Nguyen Van An" * 40)
