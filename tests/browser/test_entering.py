"""The two jobs of entering, on a phone and a slow network: taps, keystrokes, time and weight."""

import time

import pytest

pytestmark = pytest.mark.browser

KILOBYTE = 1024
SLOW_3G = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}
"""400 ms there and back, 400 kbit/s (UX.md); the processor is slowed down four times."""
SECONDS_A_KEY, SECONDS_A_TAP = 0.4, 1.2
"""How long people take who are not quick on a phone."""


class Hand:
    """Somebody's thumb: counts what it taps and types, and how long the pages keep it waiting."""

    def __init__(self, clerk):
        self.clerk = clerk
        self.page = clerk.page
        self.taps = self.keys = self.bytes = 0
        self.waited = 0.0
        self.page.on("requestfinished", self._weigh)
        self.page.set_default_timeout(60_000)  # slow by intent
        network = clerk.context.new_cdp_session(self.page)
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", SLOW_3G)
        network.send("Emulation.setCPUThrottlingRate", {"rate": 4})

    def tap(self, place):
        self.taps += 1
        place.tap()

    def open(self, place):
        began = time.monotonic()
        with self.page.expect_navigation():
            self.tap(place)
        self.waited += time.monotonic() - began

    def type(self, text):
        self.keys += len(text)
        self.page.keyboard.type(text)

    def go_on(self):
        """Press the key of the keyboard that leads to the next field."""
        self.keys += 1
        self.page.keyboard.press("Tab")

    def press(self, words):
        self.open(self.clerk.main.get_by_role("button", name=words, exact=True))

    @property
    def seconds(self):
        return self.waited + self.keys * SECONDS_A_KEY + self.taps * SECONDS_A_TAP

    def _weigh(self, request):
        self.bytes += request.sizes()["responseBodySize"]


@pytest.fixture
def hand(visit):
    clerk = visit("phone").sign_in("chibo.ngukien1")
    return Hand(clerk)


def test_somebody_known_is_admitted_in_four_taps_and_a_minute(hand):
    clerk = hand.clerk
    number = clerk.main.get_by_label("Số quyết định")

    hand.open(clerk.main.get_by_role("link", name="Kết nạp", exact=True))
    hand.open(clerk.main.locator(".pick-list a", has_text="Tạ Duy Tuấn").first)
    hand.tap(number)
    hand.type("97-QĐ/ĐU")
    hand.go_on()
    hand.type("28102022")
    hand.go_on()
    hand.type("30102022")
    hand.press("Lưu kết nạp")

    assert "Hoàn tác được đến" in clerk.text()
    assert (hand.taps, hand.keys) == (4, 26)
    assert hand.seconds < 60, hand.waited
    assert hand.bytes <= 4 * 20 * KILOBYTE
    clerk.look("hand-1-recorded")
    _takes_it_back(clerk)


def _takes_it_back(clerk):
    clerk.press("Hoàn tác")
    assert "không còn gì được ghi" in clerk.text()
    clerk.look("hand-2-undone")


def test_somebody_new_takes_twelve_fields_and_a_minute_and_a_half(hand):
    clerk = hand.clerk

    hand.open(clerk.main.get_by_role("link", name="Quần chúng", exact=True))
    fields = clerk.main.locator("form .field")
    assert fields.count() <= 12
    hand.tap(clerk.main.get_by_label("Họ và tên"))
    hand.type("Lê Thị Hoà Bình")
    hand.go_on()
    hand.type("28021995")
    hand.tap(clerk.main.get_by_label("Nữ", exact=True))
    hand.tap(clerk.main.get_by_label("Đoàn viên thanh niên"))
    hand.press("Lưu")

    assert "Lê Thị Hoà Bình" in clerk.text()
    assert "Hoàn tác được đến" in clerk.text()
    assert hand.seconds < 90, hand.waited
    assert hand.bytes <= 3 * 20 * KILOBYTE
    clerk.look("hand-3-new-person")


def test_a_clerk_says_for_a_cell_that_nothing_arose(visit):
    hand = Hand(visit("phone").sign_in("xa.lunghoa"))
    clerk = hand.clerk
    hand.open(clerk.main.get_by_role("link", name="Không phát sinh tháng này"))

    hand.open(clerk.main.get_by_role("button", name="Không phát sinh").first)

    assert hand.taps == 2
    assert "Đã ghi không phát sinh" in clerk.text()
    clerk.look("hand-4-nothing-new")


def test_both_jobs_are_done_without_javascript(visit):
    clerk = visit("phone", java_script_enabled=False).sign_in("chibo.ngukien1")
    clerk.follow("Kết nạp")
    clerk.open(clerk.main.locator(".pick-list a", has_text="Tạ Duy Tuấn").first)
    clerk.page.get_by_label("Số quyết định").fill("97-QĐ/ĐU")
    clerk.page.get_by_label("Ngày quyết định").fill("28102022")
    clerk.press("Lưu kết nạp")
    assert "Hoàn tác được đến" in clerk.text()
    clerk.press("Hoàn tác")
    assert "không còn gì được ghi" in clerk.text()

    clerk.page.goto("/todo")
    clerk.follow("Quần chúng")
    clerk.page.get_by_label("Họ và tên").fill("LÊ THỊ HOÀ BÌNH")
    clerk.page.get_by_label("Ngày sinh").fill("30/2/95")
    clerk.page.get_by_label("Nữ", exact=True).check()
    clerk.press("Lưu")
    assert "Tháng 2 năm 1995 chỉ có 28 ngày." in clerk.text()
    assert clerk.page.get_by_label("Họ và tên").input_value() == "Lê Thị Hoà Bình"
    clerk.page.get_by_label("Ngày sinh").fill("28021995")
    clerk.press("Lưu")
    assert "Lê Thị Hoà Bình" in clerk.text()
    assert "Hoàn tác được đến" in clerk.text()
