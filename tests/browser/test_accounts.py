"""One's own account in a browser: a second factor, devices, standing in; leave for an operator."""

import pyotp
import pytest

pytestmark = pytest.mark.browser


def test_a_second_factor_is_turned_on_and_asked_for(visit):
    reader = visit().sign_in("tinh.xem")
    reader.page.goto("/account/second-factor")
    reader.look_in_both_sizes("accounts-1-second-factor")
    reader.page.locator("details", has_text="Không quét được?").locator("summary").click()
    secret = reader.main.locator(".one-time-secret").inner_text()
    reader.page.get_by_label("Mã xác thực").fill(pyotp.TOTP(secret).now())
    reader.press("Bật xác thực hai bước")
    reader.look_in_both_sizes("accounts-2-recovery-codes")
    recovery = reader.main.locator(".one-time-codes li").first.inner_text()
    reader.follow("Tôi đã cất mã, tiếp tục")

    again = visit("phone").sign_in("tinh.xem")

    assert again.heading() == "Nhập mã xác thực"
    again.look("accounts-3-code")
    again.page.get_by_label("Mã xác thực").fill(recovery)
    again.press("Tiếp tục")
    assert again.heading() != "Nhập mã xác thực"
    reader.page.goto("/account/devices")
    reader.look_in_both_sizes("accounts-4-devices")
    reader.press("Đăng xuất mọi thiết bị khác")
    again.page.reload()
    assert again.heading() == "Đăng nhập"


def test_somebody_stands_in_and_every_page_says_for_whom(visit):
    holder = visit().sign_in("xa.ngukien")
    holder.page.goto("/account/absence")
    holder.page.get_by_label("Tên đăng nhập của người làm thay").fill("chibo.ngukien1")
    holder.page.get_by_label("Từ ngày").fill("31/10/2022")
    holder.page.get_by_label("Đến hết ngày").fill("5/11/2022")
    holder.press("Ủy quyền")
    holder.look_in_both_sizes("accounts-5-absence")

    stand_in = visit("phone").sign_in("chibo.ngukien1")
    stand_in.page.goto("/account")
    stand_in.open(stand_in.main.get_by_role("button", name="làm thay").first)
    stand_in.page.goto("/account")

    assert "Đang làm thay" in stand_in.page.locator("header").inner_text()
    stand_in.look("accounts-6-standing-in")


def test_an_operator_looks_by_leave_alone(visit):
    administrator = visit().sign_in("quantri")
    administrator.page.goto("/admin/operator-access/")
    administrator.page.get_by_label("Tên đăng nhập của người vận hành").fill("vanhanh")
    administrator.page.get_by_label("Lý do").fill("tìm nguyên nhân báo cáo không in được")
    administrator.page.get_by_label("Trong bao nhiêu giờ").fill("2")
    administrator.press("Cho phép")
    administrator.look_in_both_sizes("accounts-7-leave")

    operator = visit().sign_in("vanhanh")
    operator.page.goto("/account")
    operator.look("accounts-8-operator")
    operator.press("Tỉnh Vĩnh Phúc")

    operator.look_in_both_sizes("accounts-9-visit")
    assert "Người vận hành đang xem dữ liệu" in operator.page.locator("header").inner_text()
