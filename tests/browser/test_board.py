"""The board as a spreadsheet: 130 organisations by mouse and keyboard, and without script."""

import re

import pytest

from tests.browser.wide_province import CHILDREN, LOGINS, LONG, make_wide_province, name_of

pytestmark = pytest.mark.browser

QUESTION = "?period=2022&measure=admission"
TOTAL = "Chỉ tiêu 2022"


@pytest.fixture
def wide(site, visit):
    """Open the wide province's board for somebody of its committee."""
    make_wide_province(site.settings)

    def open_board(login_name=LOGINS[0], screen="wide", **options):
        visitor = visit(screen, **options).sign_in(login_name)
        visitor.go("Giao chỉ tiêu")
        return Sheet(visitor)

    return open_board


class Sheet:
    """A board before somebody whose clicks and key strokes are counted."""

    def __init__(self, visitor):
        self.visitor, self.page = visitor, visitor.page
        self.clicks = 0
        self.keys = 0

    def box(self, number, column=TOTAL):
        return self.visitor.row(name_of(number)).get_by_role(
            "textbox", name=f"{name_of(number)} {column}", exact=True
        )

    def click(self, place):
        self.clicks += 1
        place.click()

    def press(self, *keys):
        for key in keys:
            self.keys += 1
            self.page.keyboard.press(key)

    def type(self, text):
        self.keys += len(text)
        self.page.keyboard.type(text)

    def paste(self, text):
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.press("Control+v")

    def copied(self):
        self.press("Control+c")
        return self.page.evaluate("navigator.clipboard.readText()")

    def said(self):
        return self.page.locator("[data-say]").inner_text()

    def column(self, column=TOTAL):
        boxes = self.page.get_by_role("textbox", name=re.compile(f"{column}$"))
        return boxes.evaluate_all("boxes => boxes.map(box => box.value)")

    def save(self):
        with self.page.expect_navigation():
            self.press("Control+s")
        assert "Đã lưu bản nháp" in self.visitor.text()


CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}


def test_130_quotas_are_pasted_undone_held_and_published(wide):
    sheet = wide(**CLIPBOARD)
    numbers = [str(10 + n % 9) for n in range(1, CHILDREN + 1)]
    numbers[0] = "1.000"

    first = sheet.page.get_by_role("textbox", name=re.compile(f"{TOTAL}$")).first
    sheet.click(first)
    sheet.paste("\n".join(numbers) + "\n")

    assert sheet.column() == numbers
    assert sheet.said() == f"Đã dán {CHILDREN} ô."
    given = 1000 + sum(map(int, numbers[1:]))
    assert sheet.visitor.balance()[1] == f"{given:,}".replace(",", ".")
    sheet.press("Control+z")
    assert set(sheet.column()) == {""}
    assert sheet.visitor.balance() == ("3.000", "0", "3.000")
    assert sheet.said() == f"Đã hoàn tác: dán {CHILDREN} ô."
    sheet.press("Control+y", "F4")
    assert sheet.column() == numbers
    first_padlock = sheet.page.locator("[name^='held-']").first
    assert first_padlock.is_checked()
    sheet.visitor.look_in_both_sizes("board-wide-pasted")
    sheet.save()

    assert sheet.column() == ["1000", *numbers[1:]]
    assert first_padlock.is_checked()
    sheet.click(sheet.page.get_by_role("textbox", name=re.compile(f"{TOTAL}$")).first)
    sheet.paste("7\n8")
    assert sheet.column()[:3] == ["1000", "8", numbers[2]]
    assert "1 ô đang giữ không đổi." in sheet.said()


def test_setting_130_quotas_costs_few_clicks_and_a_pasted_column_three_strokes(wide):
    sheet = wide(**CLIPBOARD)
    sheet.clicks = 1  # the entry of the navigation

    sheet.click(sheet.page.get_by_role("textbox", name=re.compile(f"{TOTAL}$")).first)
    for _ in range(CHILDREN):
        sheet.type("20")
        sheet.press("Enter")
    assert sheet.keys == CHILDREN * 3
    assert sheet.visitor.balance()[1] == "2.600"
    sheet.keys = 0
    sheet.press("Control+ArrowUp")
    sheet.paste("\n".join(["21"] * CHILDREN))
    assert sheet.keys <= 3
    assert sheet.visitor.balance()[1] == "2.730"

    with sheet.page.expect_navigation():
        sheet.click(sheet.page.get_by_role("button", name="Kiểm tra và ban hành"))
    sheet.page.get_by_label("Số quyết định").fill("10-QĐ/TU")
    sheet.press("Tab")
    sheet.type("20012022")
    sheet.page.get_by_label("Lý do dự phòng").fill("Để bổ sung trong năm")
    sheet.visitor.look_in_both_sizes("board-wide-check")
    with sheet.page.expect_navigation():
        sheet.click(sheet.page.get_by_role("button", name="Ban hành"))

    assert "Đã ban hành phiên bản 1" in sheet.visitor.text()
    assert sheet.clicks <= 5


def test_a_block_beyond_the_board_and_odd_texts_are_said_and_stay_as_typed(wide):
    sheet = wide(**CLIPBOARD)
    sheet.click(sheet.page.get_by_role("textbox", name=re.compile("Nữ$")).first)
    sheet.press("Control+ArrowDown", "ArrowLeft")
    sheet.paste("1,5\t-3\t3\t4\n7\t8\t9")

    assert "4 số vượt ra ngoài bảng, không dán: 4; 7; 8; 9." in sheet.said()
    assert "“1,5” không phải số nguyên" in sheet.said()
    assert "“-3” là số âm" in sheet.said()
    assert sheet.column()[-1] == "1,5"
    with sheet.page.expect_navigation():
        sheet.press("Control+s")
    assert "Chưa lưu được" in sheet.visitor.text()
    assert sheet.column()[-1] == "1,5"
    sheet.visitor.look_in_both_sizes("board-wide-refused")


def test_the_keyboard_moves_edits_selects_and_copies(wide):
    sheet = wide(**CLIPBOARD)
    focused = "document.activeElement.value"
    sheet.click(sheet.page.get_by_role("textbox", name=re.compile(f"{TOTAL}$")).first)
    sheet.type("12")
    sheet.press("ArrowDown")
    sheet.type("34")
    sheet.press("Tab")
    sheet.type("≥5")
    sheet.press("Shift+Tab")
    assert sheet.page.evaluate(focused) == "34"
    sheet.press("F2", "ArrowLeft")
    sheet.type("9")
    assert sheet.page.evaluate(focused) == "394"
    sheet.press("Escape")
    assert sheet.page.evaluate(focused) == "34"

    sheet.press("Shift+ArrowUp", "Shift+ArrowRight")
    assert sheet.copied() == "12\t\n34\t≥5"
    sheet.press("Delete")
    assert sheet.column()[:2] == ["", ""]
    sheet.press("Control+z", "Control+z")
    assert sheet.column()[:2] == ["12", "34"]

    sheet.press("Shift+F2")
    sheet.type("Chờ đăng ký thêm")
    sheet.press("Tab", "Enter")
    assert "Chờ đăng ký thêm" in sheet.visitor.text()
    sheet.save()
    assert "Chờ đăng ký thêm" in sheet.visitor.text()
    sheet.visitor.look_in_both_sizes("board-wide-noted")


def test_a_helper_leaves_held_boxes_alone_and_can_be_undone(wide):
    sheet = wide(**CLIPBOARD)
    sheet.box(1).fill("40")
    sheet.box(1).press("F4")
    sheet.save()
    before = sheet.column()

    sheet.visitor.follow("Phân theo…")
    sheet.visitor.press("Xem thử")
    sheet.visitor.press("Ghi vào bản nháp")

    assert sheet.visitor.balance() == ("3.000", "3.000", "0")
    assert sheet.box(1).input_value() == "40"
    divided = sheet.column()
    sheet.page.get_by_role("button", name="Hoàn tác").click()
    assert sheet.column() == before
    assert "phân tự động 129 ô" in sheet.said()
    sheet.page.get_by_role("button", name="Làm lại").click()
    assert sheet.column() == divided
    sheet.visitor.choose_in_menu("Đăng xuất")
    kept = sheet.page.evaluate("Object.keys(sessionStorage)")
    assert [name for name in kept if name.startswith("board:")] == []


def test_rows_are_sorted_and_found_without_losing_what_was_typed(wide):
    sheet = wide(**CLIPBOARD)
    sheet.box(5).fill("77")

    sheet.page.get_by_role("button", name="Đảng viên").click()
    names = sheet.page.locator("tbody [data-name]").all_inner_texts()
    assert names[0] == name_of(CHILDREN)
    sheet.page.get_by_label("Tìm tổ chức").fill("cua khau")
    shown = sheet.page.locator("tbody [data-name]:visible").all_inner_texts()
    assert len(shown) == CHILDREN // 13
    assert all(name.startswith(LONG) for name in shown)
    sheet.page.get_by_label("Tìm tổ chức").fill("")

    assert sheet.box(5).input_value() == "77"
    assert sheet.visitor.balance()[1] == "77"


def test_what_was_typed_outlives_the_window_and_ends_with_signing_out(wide):
    sheet = wide()
    address = sheet.page.url
    sheet.box(5).fill("77")
    sheet.page.close()

    sheet.visitor.page = sheet.page = sheet.visitor.context.new_page()
    sheet.page.goto(address)
    assert sheet.box(5).input_value() == ""
    assert "còn giữ 1 ô đã gõ mà chưa lưu" in sheet.visitor.text()
    sheet.visitor.look_in_both_sizes("board-wide-offered")
    sheet.page.get_by_role("button", name="Lấy lại số đã gõ").click()
    assert sheet.box(5).input_value() == "77"
    assert sheet.visitor.balance()[1] == "77"

    sheet.page.reload()
    assert "còn giữ" in sheet.visitor.text()
    sheet.visitor.choose_in_menu("Đăng xuất")
    assert sheet.page.evaluate("Object.keys(localStorage)") == []


def test_two_editors_choose_box_by_box(wide):
    mine, theirs = wide(LOGINS[0]), wide(LOGINS[1])
    theirs.box(1).fill("30")
    theirs.box(2).fill("31")
    theirs.visitor.press("Lưu nháp")
    mine.box(1).fill("40")
    mine.box(3).fill("≥41")
    mine.visitor.press("Lưu nháp")

    assert "Cán bộ rong.hai đã lưu lúc" in mine.visitor.text()
    mine.visitor.look_in_both_sizes("board-wide-conflict")
    chosen = {
        number: mine.visitor.row(name_of(number)).locator("input:checked").get_attribute("value")
        for number in (1, 2, 3)
    }
    assert chosen == {1: "40", 2: "31", 3: "≥41"}
    mine.visitor.row(name_of(1)).get_by_label("Đã lưu: 30").check()
    mine.visitor.press("Lưu những bản đã chọn")

    assert [mine.box(number).input_value() for number in (1, 2, 3)] == ["30", "31", "≥41"]


def test_the_same_address_is_a_form_without_script(wide):
    sheet = wide(screen="phone", java_script_enabled=False)
    sheet.box(1).fill("1.000")
    sheet.box(2).fill("abc")
    sheet.visitor.press("Lưu nháp")
    assert "“abc” không phải là số" in sheet.visitor.text()
    assert sheet.box(1).input_value() == "1.000"
    sheet.visitor.look("board-phone-refused")

    sheet.box(2).fill("90-100")
    sheet.visitor.row(name_of(1)).locator("input[type=checkbox]").first.check()
    sheet.page.locator("summary", has_text="Cách ghi số").click()
    sheet.page.get_by_label("Thêm cột cơ cấu").select_option("ethnic_minority")
    sheet.visitor.press("Lưu nháp và xem lại bảng")
    assert sheet.visitor.balance()[1] == "1.090"
    sheet.box(2, "Dân tộc thiểu số").fill("3")
    sheet.visitor.open(
        sheet.visitor.row(name_of(2)).get_by_role("button", name="Ghi chú", exact=True)
    )
    assert sheet.visitor.heading() == name_of(2)
    sheet.visitor.look("board-phone-child")
    sheet.page.get_by_label("Ghi chú").first.fill("Chờ đăng ký thêm")
    sheet.visitor.press("Lưu nháp")

    assert "Chờ đăng ký thêm" in sheet.visitor.text()
    assert sheet.box(2, "Dân tộc thiểu số").input_value() == "3"
    assert sheet.visitor.row(name_of(1)).locator("input[type=checkbox]").first.is_checked()


def test_scenarios_are_compared_and_one_becomes_the_draft(visit):
    province = visit().sign_in("tinh")
    province.go("Giao chỉ tiêu")
    province.follow("Các phương án")

    province.page.get_by_label("Tên phương án").fill("Như đã ban hành")
    province.press("Giữ thành phương án")
    province.follow("Bảng giao chỉ tiêu")
    box = province.row("Thành phố Vĩnh Yên").get_by_role("textbox").first
    box.fill("213")
    province.press("Lưu nháp, so các phương án")
    province.page.get_by_label("Tên phương án").fill("Thêm cho Vĩnh Yên")
    province.press("Giữ thành phương án")

    assert "212" in province.row("Thành phố Vĩnh Yên").inner_text()
    assert "213" in province.row("Thành phố Vĩnh Yên").inner_text()
    province.look_in_both_sizes("scenarios-compared")

    first = province.page.get_by_role("region", name="Như đã ban hành")
    province.open(first.get_by_role("button", name="Lấy làm bản nháp"))
    province.go("Giao chỉ tiêu")
    assert box.input_value() == "212"
