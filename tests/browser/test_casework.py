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


def test_somebody_moves_to_another_province_by_a_file(visit):
    """The sender closes and hands out the file, the receiver looks and takes it in."""
    sender = visit("phone").sign_in("chibo.ngukien1")
    sender.go("Hồ sơ")
    sender.follow(PERSON)
    sender.follow("Chuyển sang đảng bộ tỉnh, thành phố khác")
    sender.page.get_by_label("Đảng bộ nhận hồ sơ").fill("Đảng bộ tỉnh Hòa Bình")
    sender.look("handover-1-sending")
    sender.press("Chuyển và lập tệp")
    sender.look("handover-2-sent")
    with sender.page.expect_download() as download:
        sender.main.get_by_role("link", name="Tải tệp chuyển hồ sơ").click()

    receiver = visit().sign_in("hb.xa.tanhoa")
    receiver.go("Hồ sơ")
    receiver.follow("Chuyển đi, chuyển đến tỉnh khác")
    receiver.look_in_both_sizes("handover-3-list")
    receiver.page.get_by_label("Tệp chuyển hồ sơ").set_input_files(download.value.path())
    receiver.press("Xem tệp")
    assert PERSON in receiver.text()
    assert "Tỉnh Vĩnh Phúc" in receiver.text()
    receiver.page.get_by_label("Chi bộ nhận").select_option(index=1)
    receiver.look_in_both_sizes("handover-4-arrival")
    receiver.press("Nhận hồ sơ")

    assert receiver.heading() == PERSON
    assert "Đưa vào nguồn" in receiver.text()
    receiver.look_in_both_sizes("handover-5-taken")
