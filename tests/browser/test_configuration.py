"""The administrator's pages."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def administrator(visit):
    return visit().sign_in("quantri")


def _open(administrator, part):
    administrator.go("Cấu hình")
    administrator.follow(part)


def _fill(administrator, **values):
    for name, value in values.items():
        administrator.page.locator(f"[name={name}]").fill(value)


def test_a_segment_is_added(administrator):
    _open(administrator, "Cơ cấu")
    administrator.follow("Thêm cơ cấu")
    _fill(administrator, code="reservist", name_vi="Quân nhân dự bị", name_en="Reservists")
    administrator.page.get_by_label("Xác định").select_option("stated")
    administrator.press("Lưu")

    assert "reservist" in administrator.row("Quân nhân dự bị").inner_text()
    administrator.look("configuration-1-segment")


def test_a_segment_without_a_code_is_refused_at_the_field(administrator):
    _open(administrator, "Cơ cấu")
    administrator.follow("Thêm cơ cấu")
    _fill(administrator, name_vi="Quân nhân dự bị")
    administrator.press("Lưu")

    assert "Chưa lưu được" in administrator.text()
    assert administrator.page.locator("[name=code]").get_attribute("aria-invalid") == "true"
    assert administrator.page.locator("[name=name_vi]").input_value() == "Quân nhân dự bị"
    administrator.look_in_both_sizes("configuration-2-refused")


def test_what_counts_as_an_admission_is_chosen_for_all_figures(administrator):
    administrator.go("Kết quả")
    by_decision = administrator.figure("Đã thực hiện")
    _open(administrator, "Thiết lập")
    administrator.page.get_by_label("Kết nạp tính vào").select_option("ceremony")
    administrator.press("Lưu")
    assert "Đã lưu" in administrator.text()

    administrator.go("Kết quả")

    assert administrator.figure("Đã thực hiện") != by_decision
    assert "lễ" in administrator.page.get_by_role("contentinfo").inner_text()


def test_an_account_is_created_and_its_owner_sets_a_password(administrator, visit):
    _open(administrator, "Tài khoản")
    administrator.follow("Thêm tài khoản")
    _fill(administrator, full_name="Lê Văn Mới", unit="C09106", login_name="xa.lunghoa.moi")
    administrator.page.get_by_label("Vai trò").select_option("clerk")
    administrator.press("Thêm tài khoản")
    administrator.look_in_both_sizes("configuration-3-link")
    address = administrator.main.locator(".one-time-secret").inner_text()

    owner = visit("phone")
    owner.page.goto(address)
    owner.look("configuration-4-join")
    owner.page.get_by_label("Mật khẩu mới", exact=True).fill("mùa thu Lũng Hoà 2022")
    owner.page.get_by_label("Nhập lại mật khẩu mới").fill("mùa thu Lũng Hoà 2022")
    owner.press("Đặt mật khẩu và đăng nhập")
    assert owner.heading() == "Việc hồ sơ"


def test_a_locked_account_is_out_at_once(administrator, visit):
    locked = visit("phone").sign_in("xa.lunghoa")
    _open(administrator, "Tài khoản")
    administrator.open(administrator.row("Đinh Đình Thắng").get_by_role("link"))
    administrator.press("Khóa tài khoản")
    assert "đã khóa" in administrator.text()

    locked.page.reload()

    assert locked.heading() == "Đăng nhập"


def test_a_kind_is_removed_after_asking_and_one_in_use_is_kept(administrator):
    _open(administrator, "Loại hình")
    administrator.follow("Thêm loại hình")
    _fill(administrator, code="club", name_vi="Câu lạc bộ", rank="90")
    administrator.press("Lưu")

    _remove(administrator, "Câu lạc bộ")
    assert administrator.row("Câu lạc bộ").count() == 0

    _remove(administrator, "Huyện ủy")
    assert "không xóa được" in administrator.text()
    administrator.look_in_both_sizes("configuration-5-in-use")
    administrator.page.goto("/admin/kinds/")
    assert administrator.row("Huyện ủy").count() == 1


def _remove(administrator, name):
    administrator.open(administrator.row(name).get_by_role("link"))
    administrator.follow("Xóa")
    assert administrator.heading() == f"Xóa “{name}”?"
    administrator.press("Xóa")
