"""Names that are markup, script or directions to the reader's eye stay names on every page."""

import pytest

pytestmark = pytest.mark.browser

IMAGE = "Huyện <img src=x onerror=alert(1)>"
SCRIPT = 'Chi bộ "><script>alert(2)</script>'
TEMPLATE = "{{ 7 * 7 }} ${alert(3)} %(name)s"
TURNED = "Xã \u202egnourt\u202c Đông"
ENDLESS = "Xã " + "Thượng" * 20
NAMES = (IMAGE, SCRIPT, TEMPLATE, ENDLESS)


@pytest.fixture
def province(visit):
    """The province, under which stand units with these names."""
    province = visit().sign_in("tinh")
    for number, name in enumerate((*NAMES, TURNED)):
        province.go("Tổ chức")
        province.follow("Thêm tổ chức")
        province.page.get_by_label("Tên", exact=True).fill(name)
        province.page.get_by_label("Mã", exact=True).fill(f"HOSTILE{number}")
        province.page.get_by_label("Cấp", exact=True).select_option("district")
        province.page.get_by_label("Loại hình").select_option("district_committee")
        province.press("Thêm tổ chức")
    return province


def test_hostile_names_of_units_are_text_everywhere(province):
    for entry in ("Tổ chức", "Kết quả", "Giao chỉ tiêu"):
        province.go(entry)
        _shows(province, *NAMES)
        assert "\u202e" not in province.text()
        province.look_in_both_sizes(f"hostile-{entry}")

    province.page.goto("/units/search?q=huyen")
    _shows(province, IMAGE)
    province.follow(IMAGE)
    assert province.heading() == IMAGE
    province.look_in_both_sizes("hostile-unit")
    for name in (SCRIPT, ENDLESS):
        province.go("Kết quả")
        province.follow(name)
        assert province.heading() == name
        province.look_in_both_sizes("hostile-attainment")


def test_a_hostile_name_of_a_person_is_text_everywhere(visit):
    clerk = visit("phone").sign_in("xa.lunghoa")
    clerk.follow("Kết nạp")
    clerk.follow("Thêm người mới rồi ghi kết nạp")
    clerk.page.get_by_label("Họ và tên").fill(IMAGE)
    clerk.page.get_by_label("Ngày sinh").fill("1/2/1990")
    clerk.page.get_by_label("Nam", exact=True).check()
    clerk.page.get_by_label("Nghề nghiệp").fill(SCRIPT)
    clerk.press("Lưu và ghi kết nạp")
    _shows(clerk, IMAGE)
    clerk.page.get_by_label("Số quyết định").fill("1-QĐ/HU</script>")
    clerk.page.get_by_label("Ngày quyết định").fill("20/10/2022")
    clerk.press("Lưu kết nạp")
    _shows(clerk, IMAGE)
    clerk.look("hostile-recorded")

    clerk.open(clerk.main.locator(".pick-list a", has_text=IMAGE))

    assert clerk.heading() == IMAGE
    _shows(clerk, SCRIPT, "1-QĐ/HU</script>")
    clerk.look("hostile-person")


def test_a_hostile_address_is_text_too(visit):
    reader = visit().sign_in("tinh")

    reader.page.goto("/units/search?q=%22%3E%3Cimg%20src=x%20onerror=alert(4)%3E")
    assert reader.page.get_by_label("Tìm tổ chức").input_value() == (
        '"><img src=x onerror=alert(4)>'
    )
    reader.page.goto("/?period=<script>alert(5)</script>")
    reader.page.goto(reader.page.url + "?period=<script>alert(5)</script>")
    _shows(reader, "<script>alert(5)</script>")


def _shows(reader, *names):
    """All these names can be read, and none has become an element."""
    text = reader.text()
    for name in names:
        assert name in text
    assert reader.page.locator("main img, main script").count() == 0
