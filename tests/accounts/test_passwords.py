import unicodedata

import pytest
from argon2 import PasswordHasher, Type

from app.accounts.passwords import (
    LONGEST_PASSWORD,
    check_new_password,
    generated_password,
    hash_password,
    is_outdated,
    is_password,
)
from app.core.errors import Refused


def test_a_password_is_kept_as_argon2id_and_recognised():
    kept = hash_password("một câu dài dễ nhớ")

    assert kept.startswith("$argon2id$")
    assert is_password(kept, "một câu dài dễ nhớ")
    assert not is_password(kept, "một câu dài khó nhớ")


def test_the_program_hashes_no_cheaper_than_owasp_asks(shipped_hasher):
    assert shipped_hasher.type is Type.ID
    assert shipped_hasher.memory_cost >= 19 * 1024
    assert shipped_hasher.time_cost >= 2


def test_two_ways_of_typing_one_letter_are_the_same_password():
    composed = "mật khẩu tiếng Việt"

    assert is_password(hash_password(composed), unicodedata.normalize("NFD", composed))


def test_nobody_has_no_password():
    assert not is_password(None, "bất cứ mật khẩu nào")


def test_a_damaged_hash_is_no_password():
    assert not is_password("$argon2id$v=19$m=1", "bất cứ mật khẩu nào")


def test_older_parameters_are_noticed():
    weaker = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

    assert is_outdated(weaker.hash("một câu dài dễ nhớ"))
    assert not is_outdated(hash_password("một câu dài dễ nhớ"))


@pytest.mark.parametrize(
    "password",
    [
        *("ngan qua 11", "", "a" * (LONGEST_PASSWORD + 1), "Xa.NguKien.VinhTuong"),
        *("Chỉ tiêu kết nạp 2026", "matkhau123456", "Đảng viên Việt Nam!", "vinhtuong-2026-xa"),
    ],
)
def test_short_long_and_guessable_passwords_are_refused(password):
    with pytest.raises(Refused):
        check_new_password(password, "xa.ngukien.vinhtuong")


@pytest.mark.parametrize("password", ["mười hai chữ", "aaaaaaaaaaaa", "🐂" * 12])
def test_length_alone_is_asked_for(password):
    check_new_password(password, "xa.ngukien")


def test_a_demonstrations_password_may_be_short_but_not_empty():
    check_new_password("demo", "tinh", is_demonstration=True)
    with pytest.raises(Refused):
        check_new_password("", "tinh", is_demonstration=True)


def test_generated_passwords_are_long_and_never_the_same():
    made = {generated_password() for _ in range(50)}

    assert len(made) == 50
    for password in made:
        check_new_password(password, "xa.ngukien")
