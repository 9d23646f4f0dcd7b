"""Old Vietnamese encodings are converted where they are certain, and left alone where not."""

import unicodedata

import pytest

from app.imports.legacy_text import (
    _TCVN3_TABLE,
    TCVN3,
    WINDOWS_1258,
    from_tcvn3,
    read_bytes,
    read_old_fonts,
)

NAMES = "Nguyễn Thị Hương, Trần Văn Đức, Lê Quốc Việt, Phạm Hồng Nhung, Khuất Duy Thuỳ, H'Hen Niê"
ALPHABET = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ"


def in_tcvn3(text):
    codes = {letter: chr(code) for code, letter in _TCVN3_TABLE.items()}
    return "".join(codes.get(letter, letter) for letter in text)


def in_windows_1258(text):
    tones = "\u0300\u0301\u0303\u0309\u0323"
    out = b""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
        out += (base + "".join(part for part in parts if part in tones)).encode("cp1258")
    return out


def test_every_letter_of_vietnamese_has_its_code():
    assert from_tcvn3(in_tcvn3(ALPHABET)) == ALPHABET
    assert all(ord(letter) <= 0xFF for letter in in_tcvn3(ALPHABET))


def test_bytes_are_read_in_the_encoding_that_makes_vietnamese():
    assert read_bytes(in_tcvn3(NAMES).encode("latin-1")).text == NAMES
    assert read_bytes(in_tcvn3(NAMES).encode("latin-1")).encoding == TCVN3
    assert read_bytes(in_windows_1258(NAMES)).text == NAMES
    assert read_bytes(in_windows_1258(NAMES)).encoding == WINDOWS_1258


@pytest.mark.parametrize("content", [b"caf\xe9", "Müller, Größe, Straße, Äpfel".encode("latin-1")])
def test_bytes_in_doubt_are_not_guessed(content):
    assert read_bytes(content) is None


def test_text_of_old_fonts_is_read_and_unicode_is_left_alone():
    assert read_old_fonts(in_tcvn3(NAMES)).text == NAMES
    assert read_old_fonts(NAMES) is None
    assert read_old_fonts("François, Müller, Hà, Lê, Bảo") is None
