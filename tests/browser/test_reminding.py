"""Pushing the late ones in three clicks, reading it, and seeing who has read."""

import pytest

pytestmark = pytest.mark.browser


def test_the_late_ones_are_pushed_in_three_clicks_and_read(visit):
    province = visit().sign_in("tinh")

    # From the first page: the late list, where all of them are chosen, then one button.
    province.follow("Nơi chậm tiến độ")
    province.look_in_both_sizes("late-list")
    chosen = province.page.get_by_role("checkbox", checked=True).count()
    names = province.main.locator("tbody tr:has(input:checked) th").all_inner_texts()
    assert chosen == len(names) > 0
    province.press("Gửi cho các đơn vị đã chọn")

    assert f"Đã đôn đốc {chosen} đơn vị." in province.text()
    province.look_in_both_sizes("letters-sent")
    unread = province.row(names[0]).first
    assert "chưa đọc" in unread.inner_text()

    district = visit("phone").sign_in("huyen.vinhtuong")
    waiting = int(district.page.locator(".unread").inner_text().split()[0])
    assert waiting >= 1
    district.open(district.page.locator(".site-action:has(.unread)"))
    district.look("inbox")
    district.open(district.main.locator("tbody th a").first)
    district.look("letter")
    district.press("Đã đọc")

    assert "Đã báo cho nơi gửi là đã đọc." in district.text()
    left = district.page.locator(".unread")
    assert (int(left.inner_text().split()[0]) if left.count() else 0) == waiting - 1


def test_one_unit_is_commended_without_java_script(visit):
    province = visit(java_script_enabled=False).sign_in("tinh")
    province.follow("Nơi chậm tiến độ")
    province.follow("Đạt tiến độ")

    row = province.main.locator("tbody tr").last
    name = row.locator("th").inner_text()
    province.open(row.get_by_role("button", name="Biểu dương"))

    assert "Đã biểu dương 1 đơn vị." in province.text()
    assert name in province.main.locator("tbody tr").first.inner_text()
    province.look("commended-without-script")


def test_the_administrator_sets_when_units_are_reminded(visit):
    administrator = visit().sign_in("quantri")
    administrator.page.goto("/admin/reminders/")
    administrator.page.get_by_label("Không ghi thêm hồ sơ nào").fill("45")
    administrator.look_in_both_sizes("reminder-rules")
    administrator.press("Lưu")

    assert administrator.page.get_by_label("Không ghi thêm hồ sơ nào").input_value() == "45"
