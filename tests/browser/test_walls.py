"""What a reader's browser cannot get at: other tenants, people, a session that has ended."""

import pytest

pytestmark = pytest.mark.browser

GONE = {403, 404}


def test_signing_out_ends_the_session_wherever_it_was_copied(visit):
    reader = visit().sign_in("tinh")
    copied = visit()
    copied.context.add_cookies(reader.context.cookies())
    copied.page.goto("/account")
    assert "tinh" in copied.text()

    reader.choose_in_menu("Đăng xuất")

    assert "Bạn đã đăng xuất" in reader.text()
    copied.page.goto("/account")
    assert copied.heading() == "Đăng nhập"
    reader.look_in_both_sizes("walls-1-signed-out")


def test_a_wrong_password_is_told_without_saying_which_half_is_wrong(visit):
    known, unknown = visit().sign_in("tinh", "sai"), visit().sign_in("khongco", "sai")

    assert (
        known.main.get_by_role("alert").inner_text()
        == unknown.main.get_by_role("alert").inner_text()
    )
    known.look_in_both_sizes("walls-2-wrong-password")


def test_another_tenant_sees_its_own_alone(visit):
    own = visit().sign_in("tinh")
    other = visit().sign_in("hb.tinh")

    assert "Hòa Bình" in other.heading()
    other.look("walls-3-second-tenant")
    assert other.page.goto(own.page.url).status in GONE
    other.look_in_both_sizes("walls-4-not-found")
    other.page.goto("/units/search?q=Vĩnh+Tường")
    assert "Không tìm thấy tổ chức nào" in other.text()


def test_the_operator_sees_tenants_and_no_person(visit):
    province = visit().sign_in("tinh")
    province.go("Hồ sơ")
    person = province.main.locator("tbody th a").first.get_attribute("href")
    operator = visit().sign_in("vanhanh")

    operator.go("Vận hành")
    operator.follow("Các đảng bộ")

    assert "7.253" in operator.row("Tỉnh Vĩnh Phúc").inner_text()
    assert operator.page.goto(province.page.url).status in GONE
    assert operator.page.goto(person).status in GONE
    assert operator.page.goto("/units").status in GONE


def test_whoever_only_reads_figures_sees_no_person(visit):
    province = visit().sign_in("tinh")
    province.go("Hồ sơ")
    reader = visit().sign_in("tinh.xem")

    assert reader.figure_link("Đã thực hiện").count() == 0
    assert reader.page.get_by_role("link", name="Hồ sơ").count() == 0
    assert reader.page.goto(province.page.url).status in GONE


def test_a_clerk_sees_nothing_beside_the_commune(visit):
    province = visit().sign_in("tinh")
    clerk = visit("phone").sign_in("xa.lunghoa")

    assert clerk.heading() == "Việc hồ sơ"
    assert "Xã Lũng Hoà" in clerk.text()
    assert clerk.page.goto(province.page.url).status in GONE
    clerk.page.goto("/units/search?q=xa")
    assert "Ngũ Kiên" not in clerk.text()
