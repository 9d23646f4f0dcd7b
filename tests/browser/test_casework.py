"""The short acts on one person, one after another, as a clerk meets them on a phone."""

import pytest

pytestmark = pytest.mark.browser

PERSON = "Nguyễn Văn Vinh"
"""Of the demonstration: listed and no more."""


def test_a_clerk_takes_somebody_through_mentors_remarks_and_a_way_out(visit):
    clerk = visit("phone").sign_in("chibo.ngukien1")
    clerk.go("Hồ sơ")
    clerk.follow(PERSON)
    person = clerk.page.url

    _sends(clerk, "Phân công đảng viên giúp đỡ", {"Đảng viên giúp đỡ": "Lê Anh Tuấn"}, "1-mentor")
    clerk.page.goto(person)
    _sends(clerk, "Ghi nhận xét của người giúp đỡ", {}, "2-remark", choose="Tốt")
    _sends(clerk, "Đổi đảng viên giúp đỡ", {"Đảng viên giúp đỡ mới": "Vũ Thị Hà"}, "3-other-mentor")
    assert "Vũ Thị Hà, từ 31/10/2022" in clerk.text()

    clerk.page.get_by_text("Không tiếp tục").click()
    _sends(clerk, "Rút đơn", {}, "4-withdrawn")
    clerk.page.goto(person)
    assert "Rút đơn" in clerk.text()
    _sends(clerk, "Mở hồ sơ mới cho người này", {}, "5-begin-again")
    assert "Đã mở hồ sơ mới" in clerk.text()
    clerk.look("casework-6-person")


def _sends(clerk, link, typed, picture, *, choose=None):
    """Follow a link to a short form, look at it, fill it in and save it."""
    clerk.follow(link)
    for label, text in typed.items():
        clerk.page.get_by_label(label, exact=True).fill(text)
    if choose:
        clerk.page.get_by_label(choose, exact=True).check()
    clerk.look(f"casework-{picture}")
    clerk.press("Lưu")
