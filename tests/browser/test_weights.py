"""What a first visit costs on the network, compressed, page by page."""

from collections import Counter
from dataclasses import dataclass

import pytest

from tests.browser.wide_province import LOGINS, make_wide_province

pytestmark = pytest.mark.browser

KILOBYTE = 1024


@dataclass(frozen=True)
class Budget:
    """Kilobytes by what they are for, in all, and the number of requests."""

    document: int
    stylesheet: int
    script: int
    font: int
    total: int
    requests: int


PHONE_PAGE = Budget(document=20, stylesheet=20, script=55, font=0, total=100, requests=8)
DASHBOARD = Budget(document=40, stylesheet=25, script=90, font=70, total=250, requests=15)
BOARD = Budget(document=60, stylesheet=32, script=150, font=70, total=330, requests=18)


def test_pages_of_a_clerk_suit_a_weak_network(visit):
    clerk = visit("phone").sign_in("xa.ngukien")
    first_page = clerk.page.url
    clerk.follow("Kết nạp")
    choice = clerk.page.url
    clerk.open(clerk.main.locator(".pick-list a").first)
    admission = clerk.page.url
    clerk.page.go_back()
    clerk.follow("Thêm người mới rồi ghi kết nạp")

    _assert_within(PHONE_PAGE, _first_visit(visit("phone"), "/sign-in"))
    for address in (first_page, choice, admission, clerk.page.url):
        _assert_within(PHONE_PAGE, _first_visit(_newcomer(visit, clerk), address))


def test_the_dashboard_suits_an_office(visit):
    province = visit().sign_in("tinh")

    _assert_within(DASHBOARD, _first_visit(_newcomer(visit, province), province.page.url))


def test_the_board_suits_an_office(visit):
    province = visit().sign_in("tinh")
    province.go("Giao chỉ tiêu")

    _assert_within(BOARD, _first_visit(_newcomer(visit, province), province.page.url))


def test_a_board_of_130_organisations_suits_an_office(visit, site):
    make_wide_province(site.settings)
    province = visit().sign_in(LOGINS[0])
    province.go("Giao chỉ tiêu")

    _assert_within(BOARD, _first_visit(_newcomer(visit, province), province.page.url))


def _newcomer(visit, reader):
    """Open another window for the same person, whose browser keeps nothing yet."""
    newcomer = visit(reader.screen)
    newcomer.context.add_cookies(reader.context.cookies())
    return newcomer


def _first_visit(newcomer, address):
    """Return what every answer for a page is for and weighs."""
    answers = []
    newcomer.page.on("requestfinished", lambda request: answers.append(request))  # noqa: PLW0108
    newcomer.page.goto(address, wait_until="networkidle")
    return [(answer.resource_type, answer.sizes()["responseBodySize"]) for answer in answers]


def _assert_within(budget, answers):
    spent = Counter()
    for kind, size in answers:
        spent[kind] += size
    assert spent["document"] > 0
    assert spent["document"] <= budget.document * KILOBYTE, spent
    assert spent["stylesheet"] <= budget.stylesheet * KILOBYTE, spent
    assert spent["script"] <= budget.script * KILOBYTE, spent
    assert spent["font"] <= budget.font * KILOBYTE, spent
    assert spent.total() <= budget.total * KILOBYTE, spent
    assert len(answers) <= budget.requests, answers
