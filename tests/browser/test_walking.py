"""Going down to a person and back, finding a unit, and reading in one's own language."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def province(visit):
    return visit().sign_in("tinh")


def test_one_goes_down_to_a_person_and_back_without_losing_the_question(province):
    _ask_as_of(province, "30/09/2022")
    province.follow("Huyện Tam Đảo")
    district = province.page.url
    assert _figures(province) == ("150", "159", "106,00%")
    province.follow("Xã Đạo Trù")
    assert "30/09/2022" in province.text()
    province.follow("Đã thực hiện")
    province.open(province.main.locator("tbody th a").first)
    assert province.heading().startswith("Chi bộ")
    province.look("walk-1-cell")
    province.open(province.figure_link("Đã thực hiện"))
    province.look("walk-2-people")
    person = province.main.locator("tbody th a").first
    name = person.inner_text()
    province.open(person)
    assert province.heading() == name

    for _ in range(5):
        province.page.go_back()

    assert province.page.url == district
    assert _figures(province) == ("150", "159", "106,00%")
    assert province.page.get_by_label("Tính đến ngày").input_value() == "30/09/2022"


def test_the_question_goes_along_to_every_page_and_to_the_people(province):
    _ask_as_of(province, "30/09/2022")
    province.follow("Cơ cấu")
    assert "Tổng số 1.545" in province.text()

    province.follow("Kết quả")

    assert _figures(province) == ("2.000", "1.545", "77,25%")
    counted = province.figure("Cùng kỳ năm trước")
    province.open(province.figure_link("Cùng kỳ năm trước"))
    assert f"{counted} người" in province.text()
    province.look_in_both_sizes("walk-7-last-year")
    province.page.go_back()
    for subject in ("Xếp hạng", "Biểu đồ từng nơi", "Bản đồ chỉ tiêu", "Dự báo", "Cần chú ý"):
        province.follow(subject)
        assert province.page.get_by_label("Tính đến ngày").input_value() == "30/09/2022"
        assert "as_of=" in province.page.url


def test_a_question_that_cannot_be_read_is_told_in_words(province):
    _ask_as_of(province, "31/02/2022")

    assert "Tháng 2 năm 2022 chỉ có 28 ngày" in province.text()
    province.look_in_both_sizes("walk-3-no-such-day")


def test_children_are_sorted_by_any_figure(province):
    province.follow("Cùng kỳ")

    counts = province.main.locator("tbody td[data-label='Cùng kỳ']").all_inner_texts()
    assert len(counts) > 10
    assert counts == sorted(counts, key=int, reverse=True)


def test_a_unit_is_found_without_diacritics_and_renamed(province):
    province.go("Tổ chức")
    province.page.get_by_label("Tìm tổ chức").fill("xa ngu kien")
    province.press("Tìm")
    province.look("walk-4-found")
    province.follow("Xã Ngũ Kiên")

    province.follow("Đổi tên hoặc sửa tên")
    province.page.get_by_label("Tên", exact=True).fill("Xã Ngũ Kiên Mới")
    province.page.get_by_label("Từ ngày").fill("1/10/2022")
    province.press("Ghi tên")

    assert province.heading() == "Xã Ngũ Kiên Mới"
    periods = province.row("Xã Ngũ Kiên").inner_text()
    assert "30/09/2022" in periods
    province.look("walk-5-renamed")


def test_nothing_found_says_what_to_try(province):
    province.page.goto("/units/search?q=khong+co+dau+ca")

    assert "Không tìm thấy tổ chức nào" in province.text()
    province.look_in_both_sizes("walk-6-nothing-found")


def test_the_language_is_kept_with_the_account(province, visit):
    province.choose_in_menu("English")
    expect(province.page.locator("html")).to_have_attribute("lang", "en")
    assert "Quota" in province.text()

    elsewhere = visit("phone").sign_in("tinh")

    expect(elsewhere.page.locator("html")).to_have_attribute("lang", "en")
    elsewhere.choose_in_menu("Tiếng Việt")
    expect(elsewhere.page.locator("html")).to_have_attribute("lang", "vi")


def test_the_way_is_shown_and_leads_back(province):
    province.follow("Huyện Tam Đảo")
    trail = province.page.get_by_role("navigation", name="Vị trí")
    assert trail.get_by_role("listitem").all_inner_texts() == ["Tỉnh Vĩnh Phúc", "Huyện Tam Đảo"]

    province.open(trail.get_by_role("link", name="Tỉnh Vĩnh Phúc"))

    assert province.heading() == "Tỉnh Vĩnh Phúc"


def test_the_keyboard_reaches_the_matter_at_once(province):
    province.page.keyboard.press("Tab")
    expect(province.page.get_by_role("link", name="Đến nội dung chính")).to_be_focused()

    province.page.keyboard.press("Enter")
    province.page.keyboard.press("Tab")

    expect(province.main.locator("a, button, input, select").first).to_be_focused()


def _ask_as_of(reader, day):
    reader.page.get_by_label("Tính đến ngày").fill(day)
    reader.press("Xem")


def _figures(reader):
    return tuple(reader.figure(label) for label in ("Chỉ tiêu", "Đã thực hiện", "Tỷ lệ"))
