"""Erasing a person takes two; a forgotten password reaches the administrator's list."""

import pytest

pytestmark = pytest.mark.browser


def test_one_asks_and_another_erases(visit):
    administrator = visit().sign_in("quantri")
    administrator.go("Cấu hình")
    administrator.follow("Việc phải hai người duyệt")
    administrator.page.get_by_label("Xoá thông tin của một người").check()
    administrator.page.get_by_label("Xuất danh sách trên").fill("500")
    administrator.look_in_both_sizes("two-people-0-rules")
    administrator.press("Lưu")

    clerk = visit().sign_in("xa.lunghoa")
    clerk.go("Hồ sơ")
    clerk.page.locator("tbody th a").first.click()
    person = clerk.page.locator("h1").inner_text()
    clerk.follow("Dân tộc, tôn giáo, số căn cước …")
    clerk.page.get_by_label("Lý do").fill("người đó yêu cầu bằng đơn")
    clerk.press("Xem")
    clerk.page.locator("summary", has_text="Xoá thông tin cá nhân").click()
    clerk.look_in_both_sizes("two-people-1-private")
    clerk.press("Gửi đề nghị xoá")
    assert "bạn không tự duyệt được" in clerk.text()
    clerk.look_in_both_sizes("two-people-2-asked")

    head = visit().sign_in("tinh")
    head.page.locator(".site-actions a", has_text="Chờ bạn duyệt").click()
    head.look_in_both_sizes("two-people-3-list")
    head.page.locator("tbody th a").first.click()
    assert person in head.text()
    head.page.locator("summary", has_text="Không duyệt").click()
    head.look_in_both_sizes("two-people-4-answer")
    head.follow("Xem hồ sơ")
    head.follow("Ai đã xem thông tin nhạy cảm")
    assert "người đó yêu cầu bằng đơn" in head.text()
    head.look_in_both_sizes("two-people-5-readers")
    head.page.go_back()
    head.page.go_back()
    head.page.get_by_role("button", name="Duyệt", exact=True).click()
    assert "Đã duyệt." in head.text()
    assert person not in head.text()
    head.look_in_both_sizes("two-people-6-done")


def test_a_forgotten_password_is_on_the_administrators_list(visit):
    somebody = visit()
    somebody.page.goto("/sign-in")
    somebody.follow("Quên mật khẩu?")
    somebody.page.get_by_label("Tên đăng nhập").fill("xa.lunghoa")
    somebody.look_in_both_sizes("forgotten-0-form")
    somebody.press("Gửi yêu cầu")
    assert "Đã nhận." in somebody.text()

    administrator = visit().sign_in("quantri")
    administrator.page.goto("/staff/")
    administrator.look_in_both_sizes("forgotten-1-list")
    administrator.page.locator("tbody th a").first.click()
    administrator.page.locator("summary", has_text="Cử người làm thay").click()
    administrator.look_in_both_sizes("forgotten-2-user")
