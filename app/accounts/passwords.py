"""Passwords: what is accepted, and argon2id."""

import re
import secrets
import unicodedata
from collections.abc import Collection

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import refused_at
from app.core.messages import Message, message
from app.core.text import search_key

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
GENERATED_GROUPS = 4
GENERATED_GROUP_LENGTH = 5
# Without letters and digits that are taken for one another on a printed slip.
GENERATED_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"

GUESSABLE_WORDS = frozenset(
    [
        "chi",
        "tieu",
        "ket",
        "nap",
        "dang",
        "vien",
        "cong",
        "san",
        "viet",
        "nam",
        "dangvien",
        "dangcongsan",
        "vietnam",
        "chitieuketnap",
        "tinh",
        "uy",
        "huyen",
        "xa",
        "chi",
        "bo",
        "tinhuy",
        "huyenuy",
        "danguy",
        "chibo",
        "can",
        "bo",
        "van",
        "phong",
        "mat",
        "khau",
        "matkhau",
        "password",
        "pass",
        "admin",
        "administrator",
        "quantri",
        "quan",
        "tri",
        "vanhanh",
        "user",
        "login",
        "abc",
        "qwerty",
        "asdf",
        "hanoi",
        "ha",
        "noi",
        "xin",
        "chao",
        "xinchao",
        "iloveyou",
        "anhyeuem",
        "welcome",
    ]
)
"""A password of nothing but these words, digits and signs is what somebody tries first."""

_LETTERS = re.compile("[a-z]+")

_hasher = PasswordHasher()
_HASH_OF_NOBODY = _hasher.hash(secrets.token_urlsafe())


NO_PASSWORD = ""
"""Kept of an account whose owner has not chosen a password yet: nothing opens it."""


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(_normalised(password))


def is_password(kept: str | None, password: str) -> bool:
    """Tell whether this is the password; without one the same work is done in vain."""
    try:
        matches = _hasher.verify(kept or _HASH_OF_NOBODY, _normalised(password))
    except (VerificationError, InvalidHashError):
        return False
    return matches and bool(kept)


def is_outdated(kept: str) -> bool:
    """Tell whether a password was kept by parameters that are no longer the current ones."""
    return _hasher.check_needs_rehash(kept)


def check_new_password(password: str, login_name: str, *, is_demonstration: bool = False) -> None:
    """Refuse a password that is too short, too long, the login name or made of guessable words.

    No composition is asked for (NIST SP 800-63B, 5.1.1.2); the passwords of a demonstration are
    public and may be short.
    """
    problem = _problem_of(password, login_name, is_demonstration=is_demonstration)
    if problem is not None:
        raise refused_at("new_password", problem)


def generated_password() -> str:
    """Return a new random password that can be read from paper: about 99 bits."""
    return "-".join(
        "".join(secrets.choice(GENERATED_ALPHABET) for _ in range(GENERATED_GROUP_LENGTH))
        for _ in range(GENERATED_GROUPS)
    )


def _problem_of(password: str, login_name: str, *, is_demonstration: bool) -> Message | None:
    if len(password) > LONGEST_PASSWORD:
        return message("Mật khẩu dài nhất %(longest)s ký tự.", longest=LONGEST_PASSWORD)
    if not is_demonstration and len(_normalised(password)) < SHORTEST_PASSWORD:
        return message("Mật khẩu phải có ít nhất %(shortest)s ký tự.", shortest=SHORTEST_PASSWORD)
    if _normalised(password).casefold() == login_name.casefold():
        return message("Mật khẩu không được trùng tên đăng nhập.")
    if not is_demonstration and _is_guessable(password, login_name):
        return message("Mật khẩu này dễ đoán. Hãy dùng một câu chỉ bạn biết.")
    if not password:
        return message("Hãy nhập mật khẩu.")
    return None


def _is_guessable(password: str, login_name: str) -> bool:
    """Tell whether a password is made of guessable words, the login name's among them, alone."""
    words = GUESSABLE_WORDS | set(_LETTERS.findall(search_key(login_name)))
    found = _LETTERS.findall(search_key(password))
    return bool(found) and all(_is_made_of(words, run) for run in found)


def _is_made_of(words: Collection[str], run: str) -> bool:
    ends = {0}
    for start in range(len(run)):
        if start in ends:
            ends |= {start + len(word) for word in words if run.startswith(word, start)}
    return len(run) in ends


def _normalised(password: str) -> str:
    # Two keyboards may write the same Vietnamese letter differently.
    return unicodedata.normalize("NFKC", password)
