"""The main job, from the province's quota to one more member and back to the province."""

import re

import pytest

pytestmark = pytest.mark.browser

DISTRICT = "Huyện Vĩnh Tường"
COMMUNE = "Xã Ngũ Kiên"
TOTAL = re.compile("Chỉ tiêu 2022$")
RAISED_BY = 10
IN_TIME = "Hoàng Ngọc Hiếu"
"""Whose decision is not late yet, so that the law asks for no consent."""

with_and_without_script = pytest.mark.parametrize(
    ("screen", "has_script"),
    [("wide", True), ("phone", False)],
    ids=["wide screen", "phone without JavaScript"],
)


@with_and_without_script
def test_a_quota_goes_down_and_an_admission_comes_up(visit, screen, has_script):
    def sign_in(login_name, screen):
        return visit(screen, java_script_enabled=has_script).sign_in(login_name)

    province = sign_in("tinh", screen)
    _sees_what_was_printed(province)
    _raises_a_quota(province, has_script=has_script)
    district = sign_in("huyen.vinhtuong", screen)
    _hands_on(district, COMMUNE, held=250, decision="88-QĐ/HU")
    commune = sign_in("xa.ngukien", screen)
    cell = _first_cell(commune)
    _hands_on(commune, cell, held=None, decision="21-QĐ/ĐU")
    _sees_its_quota_raised(commune)

    clerk = sign_in("xa.ngukien", "phone")
    _admits_somebody_known(clerk)
    _admits_somebody_new(clerk)

    _sees_two_more(province)


def _sees_what_was_printed(province):
    province.page.get_by_label("Tính đến ngày").fill("30/09/2022")
    province.press("Xem")

    assert province.figure("Chỉ tiêu") == "2.000"
    assert province.figure("Đã thực hiện") == "1.545"
    assert province.figure("Tỷ lệ") == "77,25%"
    assert "tăng 22% so với cùng kỳ" in province.text()
    province.look("province-1-printed")


def _raises_a_quota(province, *, has_script):
    province.go("Giao chỉ tiêu")
    assert province.balance() == ("2.000", "1.965", "35")
    box = province.row(DISTRICT).get_by_role("textbox", name=TOTAL)
    assert box.input_value() == "240"

    box.fill("250")
    if has_script:
        assert province.balance() == ("2.000", "1.975", "25")
    province.look("province-2-board")
    province.press("Lưu nháp")
    assert "Đã lưu bản nháp" in province.text()
    assert province.balance() == ("2.000", "1.975", "25")

    province.press("Kiểm tra và ban hành")
    assert re.search(r"240\s+.*250\s+.*\+10", province.row(DISTRICT).inner_text(), re.DOTALL)
    province.page.get_by_label("Số quyết định").fill("152-QĐ/TU")
    province.page.get_by_label("Ngày quyết định").fill("31102022")
    province.press("Ban hành")
    assert "đã ban hành thì phải ghi lý do" in province.text()
    province.look("province-3-no-reason")

    province.page.get_by_label("Lý do điều chỉnh").fill("Có thêm nguồn")
    province.page.get_by_label("Lý do dự phòng").fill("Giữ lại cho nơi có thêm nguồn")
    province.press("Ban hành")
    assert "Đã ban hành phiên bản 2" in province.text()
    province.look("province-4-published")


def _first_cell(commune):
    commune.go("Giao chỉ tiêu")
    return commune.page.locator("form[data-board] tbody th a").first.inner_text()


def _hands_on(committee, child, *, held, decision):
    """Give all of what was added to one child."""
    committee.go("Giao chỉ tiêu")
    if held is not None:
        assert committee.balance()[0] == str(held)
    assert "Chỉ tiêu được giao nay là" in committee.text()

    box = committee.row(child).get_by_role("textbox", name=TOTAL)
    box.fill(str(int(box.input_value() or 0) + RAISED_BY))
    committee.look(f"{decision[:2]}-1-board")
    committee.press("Kiểm tra và ban hành")
    committee.page.get_by_label("Số quyết định").fill(decision)
    committee.page.get_by_label("Ngày quyết định").fill("31/10/2022")
    committee.page.get_by_label("Lý do điều chỉnh").fill("Cấp trên giao thêm")
    committee.page.get_by_label("Lý do dự phòng").fill("Để bổ sung trong năm")
    committee.look(f"{decision[:2]}-2-check")
    committee.press("Ban hành")

    assert "Đã ban hành phiên bản" in committee.text()
    assert "Chỉ tiêu được giao nay là" not in committee.text()
    committee.look(f"{decision[:2]}-3-published")


def _sees_its_quota_raised(commune):
    commune.go("Kết quả")
    assert commune.figure("Chỉ tiêu") == "16"


def _admits_somebody_known(clerk):
    clerk.look("clerk-1-first-page")
    clerk.follow("Kết nạp")
    clerk.look("clerk-2-choice")
    clerk.open(clerk.main.locator(".pick-list a", has_text=IN_TIME))
    clerk.page.get_by_label("Số quyết định").fill("97-QĐ/HU")
    clerk.page.get_by_label("Ngày quyết định").fill("28102022")
    clerk.page.get_by_label("Ngày làm lễ kết nạp").fill("30/10/2022")
    clerk.look("clerk-3-admission")
    clerk.press("Lưu kết nạp")

    assert "Hoàn tác được đến" in clerk.text()
    clerk.look("clerk-4-recorded")


def _admits_somebody_new(clerk):
    clerk.go("Kết quả")
    before = int(clerk.figure("Đã thực hiện"))
    clerk.go("Việc hồ sơ")
    clerk.follow("Kết nạp")
    clerk.follow("Thêm người mới rồi ghi kết nạp")
    clerk.page.get_by_label("Họ và tên").fill("Lê Thị Hoà Bình")
    clerk.page.get_by_label("Ngày sinh").fill("28021995")
    clerk.page.get_by_label("Nữ", exact=True).check()
    clerk.page.get_by_label("Đoàn viên thanh niên").check()
    clerk.look("clerk-5-new-person")
    clerk.press("Lưu và ghi kết nạp")
    clerk.look("clerk-6-new-person-s-admission")
    clerk.press("Lưu kết nạp")
    clerk.go("Kết quả")

    assert int(clerk.figure("Đã thực hiện")) == before + 1


def _sees_two_more(province):
    province.go("Kết quả")

    assert province.figure("Chỉ tiêu") == "2.000"
    assert province.figure("Đã thực hiện") == "1.722"
    assert province.figure("Tỷ lệ") == "86,10%"
    assert re.search(r"250\s.*199\s.*79,60%", province.row(DISTRICT).inner_text(), re.DOTALL)
    province.look("province-5-two-more")
