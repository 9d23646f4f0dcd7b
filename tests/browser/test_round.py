"""A round's answer, a transfer and a commitment, as the committees see them."""

import pytest

pytestmark = pytest.mark.browser

GIVER, TAKER = "Huyện Tam Dương", "Huyện Tam Đảo"
THIS_YEAR, NEXT_YEAR = "?period=2022&measure=admission", "?period=2023&measure=admission"


def test_a_district_answers_next_year_s_round(visit):
    above, below = visit().sign_in("tinh"), visit().sign_in("huyen.tamduong")

    below.go("Việc chỉ tiêu")
    below.follow("Trả lời khảo sát nguồn và đăng ký chỉ tiêu")
    below.look_in_both_sizes("round-answer")
    below.page.get_by_label("Số nguồn khảo sát được").fill("180")
    below.page.get_by_label("Chỉ tiêu đăng ký").fill("150")
    below.press("Gửi cấp trên")
    below.look("round-answer-refused")
    assert below.page.get_by_label("Chỉ tiêu đăng ký").input_value() == "150"
    below.page.get_by_label("Căn cứ").fill("Nguồn từ học sinh lớp 12")
    below.press("Gửi cấp trên")

    _open(above, "round", NEXT_YEAR)
    assert "Nguồn từ học sinh lớp 12" in above.row(GIVER).inner_text()


def test_a_transfer_is_agreed_by_all_and_signed_for_again(visit):
    above, giver, taker = (
        visit().sign_in(name) for name in ("tinh", "huyen.tamduong", "huyen.tamdao")
    )

    _open(giver, "transfers", THIS_YEAR)
    giver.page.get_by_label("Tổ chức bên kia").fill(TAKER)
    giver.page.get_by_label("Số chỉ tiêu chuyển").fill("5")
    giver.page.get_by_label("Số văn bản thỏa thuận").fill("3-BB/HU")
    giver.page.get_by_label("Lý do điều chuyển").fill("Thiếu nguồn")
    giver.press("Chuyển cho nơi đó")
    for side in (taker, above):
        _open(side, "transfers", THIS_YEAR)
        side.follow(f"{GIVER} → {TAKER}")
        side.look_in_both_sizes("transfer-asked" if side is taker else "transfer-approved")
        side.press("Đồng ý điều chuyển")

    giver.go("Việc chỉ tiêu")
    giver.open(giver.main.get_by_role("link", name="Ký cam kết chỉ tiêu"))
    giver.look_in_both_sizes("round-commitment")
    assert "sau khi ký; hãy ký lại" in giver.text()
    giver.page.get_by_label("Người ký").fill("Nguyễn Văn An")
    giver.page.get_by_label("Chức vụ").fill("Bí thư Huyện ủy")
    giver.open(giver.main.get_by_role("button", name="Ký cam kết thực hiện"))
    giver.go("Việc chỉ tiêu")
    assert "Ký cam kết" not in giver.text()


def test_a_draft_is_read_as_the_paper_it_will_be(visit):
    above = visit().sign_in("tinh")
    above.go("Giao chỉ tiêu")
    above.row(GIVER).get_by_role("textbox").first.fill("199")
    above.press("Kiểm tra và ban hành")
    above.look_in_both_sizes("draft-check")
    above.follow("Xem phụ lục dự thảo")
    above.look_in_both_sizes("draft-annex")

    assert "199" in above.text()


def _open(visitor, page, question):
    visitor.go("Giao chỉ tiêu")
    visitor.page.goto(visitor.page.url.partition("/quotas")[0] + f"/{page}{question}")
