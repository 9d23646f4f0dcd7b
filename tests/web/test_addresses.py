from datetime import date

import pytest
from flask import Flask, g, url_for

from app.web.addresses import KeepsAddresses, local_address
from app.web.opaque import install_opaque_ids


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "///evil.example", "https://evil.example", "/\\evil.example", "/a\n/b", ""],
)
def test_going_back_never_leaves_the_site(address):
    assert local_address(address) == "/"


def test_going_back_keeps_the_query():
    assert local_address("/units?q=vĩnh&page=2") == "/units?q=vĩnh&page=2"


@pytest.fixture
def site():
    application = KeepsAddresses("site", static_folder=None)
    application.config["SECRET_KEY"] = "a key for tests"
    install_opaque_ids(application)
    application.add_url_rule("/units/<opaque('unit'):unit_id>", endpoint="pages.unit")
    application.add_url_rule("/search", endpoint="pages.search")
    return application


def address_of_unit(site, tenant_id, base_url="http://localhost/"):
    with site.test_request_context("/", base_url=base_url):
        g.tenant_id = tenant_id
        return url_for("pages.unit", unit_id=7)


def test_an_address_is_kept_for_its_tenant_and_place_alone(site):
    first = address_of_unit(site, 1)

    assert address_of_unit(site, 1) == first
    assert address_of_unit(site, 2) != first
    assert address_of_unit(site, 1, "http://localhost/below/") == f"/below{first}"


def test_a_kept_address_is_the_one_that_flask_builds(site):
    equal_but_written_otherwise = (1, True, "1", None, date(2026, 1, 1), [1, 2])
    with site.test_request_context("/"):
        for value in 2 * equal_but_written_otherwise:
            built = Flask.url_for(site, "pages.search", page=value)
            assert url_for("pages.search", page=value) == built


def test_what_a_reader_typed_is_not_kept(site):
    with site.test_request_context("/"):
        for typed in ("q", "born", "login", "next"):
            assert url_for("pages.search", **{typed: "Nguyễn"}).endswith("=Nguy%E1%BB%85n")
    assert site.addresses_kept() == 0

    with site.test_request_context("/"):
        url_for("pages.search", page=2)
    assert site.addresses_kept() == 1


def test_an_address_for_others_names_the_host_that_was_asked(site):
    for host in ("one.example", "two.example"):
        with site.test_request_context("/", base_url=f"http://{host}/"):
            assert url_for("pages.search", _external=True) == f"http://{host}/search"
