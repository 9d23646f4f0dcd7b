"""Dividing a board by figures in a browser: by what, before and after, and into the draft."""

import re
from dataclasses import replace
from datetime import date

import pytest

from app.core.database import db
from app.quotas.boxes import BoxKey, Mark
from app.quotas.commands import save_board
from app.quotas.queries import versions
from app.quotas.rules import REGISTERED, Base, Decision, Kind, Seen, WrittenQuota
from app.quotas.stated import state_quota
from tests.factories.accounts import make_user
from tests.factories.quotas import give_quotas
from tests.fixtures.accounts import new_browser
from tests.quotas.test_views import QUESTION, Board, words

PAGE = "/allocation"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Allocation(Board):
    """The page that divides a unit's board."""

    def preview(self, **fields):
        return self.browser.submit(
            self.path + PAGE + QUESTION, {"way": "members", "column": "", **fields}
        )

    def take(self, previewed):
        form = previewed.text.partition('id="preview"')[2].partition("</form>")[0]
        fields = {name: value.replace("&#34;", '"') for name, value in HIDDEN.findall(form)}
        fields.pop("csrf_token")
        return self.browser.submit(self.path + QUESTION, fields | {"then": "stay"})


@pytest.fixture
def board(app, sign_in, province):
    make_user(province.context, "tinh", province["P"].id, "committee")
    make_user(province.context, "huyen", province["D1"].id, "committee")
    give_quotas(province.context, "", {"P": 90}, decided_on="2021-12-10")
    browser = new_browser(app)
    db.session.commit()
    sign_in(browser, "tinh")
    return Allocation(app, browser, province, "P")


def test_each_box_is_shown_before_and_after_with_the_reason_and_nothing_is_written(board):
    board.save({"D1": "50", "C9": "5"})

    page = words(board.preview())

    assert "Đang phân 55; sẽ phân 90." in page
    assert "Huyện Vĩnh Tường 50 60 +10 phần đúng là 60,02, làm tròn xuống" in page
    assert "Huyện Tam Đảo – 30 +30 phần đúng là 29,98, làm tròn lên" in page
    assert "Đảng ủy Quân sự 5 0 -5 không có căn cứ để phân" in page.replace("−", "-")
    assert board.stored()[1] == {"D1": 50, "C9": 5}


def test_taking_it_over_saves_the_draft(board):
    taken = board.take(board.preview())

    assert taken.status_code == 303
    assert board.stored()[1] == {"C9": 0, "D1": 60, "D2": 30}


def test_a_held_box_keeps_its_number_and_the_rest_is_divided(board):
    box = BoxKey(board.province["D1"].id)
    board.save({"D1": "70", "D2": "1"})
    context = board.province.context
    save_board(
        context,
        board.key,
        versions(context, board.key).seen,
        {},
        marks={box: Mark(is_held=True), BoxKey(board.province["D2"].id): Mark(note="ít nguồn")},
        base=Base.YEAR_START,
    )
    db.session.commit()

    previewed = board.preview()
    assert "Huyện Vĩnh Tường 70 70 0 ô đang giữ" in words(previewed)
    board.take(previewed)

    assert board.stored()[1] == {"C9": 0, "D1": 70, "D2": 20}
    assert "ít nguồn" in board.get().text, "a note stays with its box"


def test_who_has_not_registered_is_named_when_registrations_are_divided_by(board):
    own = replace(board.key, issuer_id=board.province["D1"].id)
    handed_in = Decision("1", date(2022, 1, 5))
    state_quota(
        board.province.context, own, REGISTERED, Seen(0, 0), WrittenQuota(Kind.COUNT, 70), handed_in
    )
    db.session.commit()

    page = words(board.preview(way="registered"))

    assert "Chưa có “Số cấp dưới đăng ký” của Đảng ủy Quân sự, Huyện Tam Đảo:" in page
    assert "Chưa có" not in words(board.preview(way="equally"))


def test_bounds_for_all_and_for_one_box_are_kept(board):
    own = board.box("D2").replace("box-", "cap-")

    board.take(board.preview(floor="4", **{own: "12"}))

    assert board.stored()[1] == {"C9": 4, "D1": 74, "D2": 12}


def test_a_mix_and_a_growth_are_taken_as_typed(board):
    mixed = board.preview(way="mix", part_members="1", part_equally="1")
    assert "Huyện Vĩnh Tường – 45 +45 phần đúng là 45,01" in words(mixed)

    refused = board.preview(way="growth", growth="x")
    assert refused.status_code == 422
    assert "Mức tăng “x” phải là số phần trăm" in words(refused)
    assert "Chưa ghi mức tăng." in words(board.preview(way="growth"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"floor": "40"}, "các mức sàn cần 120, các ô đã giữ 0, mà tổng chỉ có 90; thiếu 30"),
        ({"cap": "20"}, "nhận tối đa 40, các ô đã giữ 0, mà tổng là 90; thừa 50"),
        ({"way": "sources"}, "Không phân theo “Số nguồn hiện có” được"),
        ({"way": "mix"}, "phải ghi phần của ít nhất một căn cứ"),
        ({"total": "1,5"}, "“1,5” không phải số nguyên"),
        ({"way": "magic"}, "Căn cứ"),
    ],
)
def test_what_cannot_be_done_is_explained_and_what_was_typed_stays(board, fields, said):
    refused = board.preview(**fields)

    assert refused.status_code == 422
    assert said in words(refused)
    typed = fields.get("floor") or fields.get("cap") or fields.get("total") or ""
    assert f'value="{typed}"' in refused.text


def test_a_bound_that_cannot_be_read_is_told_at_its_box(board):
    name = board.box("D1").replace("box-", "floor-")

    refused = board.preview(**{name: "-3"})

    assert refused.status_code == 422
    assert f'id="{name}-error"' in refused.text
    assert 'value="-3"' in refused.text


def test_a_column_of_a_segment_is_divided_by_itself(board):
    assert "Chưa được cấp trên giao số nào" in words(board.preview(column="female"))

    board.take(board.preview(column="female", total="30"))

    found, _ = board.stored()
    assert found.state == "draft"
    assert "Nữ" in words(board.get())
    assert words(board.preview(column="female", total="30")).count("Không ô nào thay đổi") == 1


def test_another_save_in_between_is_a_conflict_as_on_any_save(board):
    previewed = board.preview()
    board.save({"D1": "7"})

    conflict = board.take(previewed)

    assert conflict.status_code == 409
    assert board.stored()[1] == {"D1": 7}


def test_only_the_committee_itself_divides_its_board(app, sign_in, board):
    district = Allocation(app, board.browser, board.province, "D1")

    assert district.browser.get(district.path + PAGE).status_code == 403
    assert district.preview().status_code == 403


@pytest.mark.parametrize("field", ["total", "floor", "cap"])
def test_nothing_is_divided_that_no_quota_may_be(board, field):
    refused = board.preview(**{field: "1000001"})

    assert refused.status_code == 422
    assert "nhiều nhất là 1.000.000" in words(refused)
