import pytest

from app.web.addresses import local_address


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "///evil.example", "https://evil.example", "/\\evil.example", "/a\n/b", ""],
)
def test_going_back_never_leaves_the_site(address):
    assert local_address(address) == "/"


def test_going_back_keeps_the_query():
    assert local_address("/units?q=vĩnh&page=2") == "/units?q=vĩnh&page=2"
