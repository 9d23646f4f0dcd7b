"""The board in a browser: filling it in, publishing it, being told of mistakes and of others."""

import re
from datetime import date
from html import unescape

import pytest

from app.core.database import db
from app.quotas.in_force import held_on, own_quota
from app.quotas.queries import lines_of_version, versions
from app.tenants.context import tenant_transaction
from tests.factories.accounts import make_user
from tests.factories.quotas import board_key, give_quotas
from tests.fixtures.accounts import new_browser
from tests.quotas.conftest import make_province

QUESTION = "?period=2022&measure=admission"
DECISION = {"decision_no": "152-QĐ/TU", "decided_on": "5/1/2022"}


class Board:
    """A unit's board as a browser sees it."""

    def __init__(self, app, browser, province, code):
        self.ids = app.extensions["opaque_ids"]
        self.browser, self.province = browser, province
        self.tenant_id = province.context.tenant_id
        self.path = f"/units/{self.seal(code)}/quotas"
        self.key = board_key(province.context, province[code])
        db.session.commit()

    def seal(self, code):
        return self.ids.seal("unit", self.province[code].id, self.tenant_id)

    def box(self, code):
        return f"box-{self.seal(code)}"

    def get(self, page=""):
        return self.browser.get(self.path + page + QUESTION)

    def hidden(self, name, page=""):
        return re.search(f'name="{name}" value="([^"]*)"', self.get(page).text)[1]

    def save(self, boxes, then="stay", seen=None):
        data = {self.box(code): text for code, text in boxes.items()}
        data |= {"seen": seen or self.hidden("seen"), "then": then}
        return self.browser.submit(self.path + QUESTION, data)

    def publish(self, **fields):
        page = "/publication"
        data = {name: self.hidden(name, page) for name in ("seen", "client_key")}
        return self.browser.submit(self.path + page + QUESTION, data | DECISION | fields)

    def stored(self):
        """Return what is stored: the current version and its totals by code."""
        codes = {unit.id: code for code, unit in self.province.units.items()}
        with tenant_transaction(self.province.context.tenant_code) as context:
            found = versions(context, self.key)
            lines = lines_of_version(context, found.current)
        totals = {codes[line.unit_id]: line.quota.count for line in lines}
        return found.current, totals


@pytest.fixture
def province(province):
    """The province with somebody at each level."""
    make_user(province.context, "tinh", province["P"].id, "committee")
    make_user(province.context, "huyen", province["D1"].id, "committee")
    make_user(province.context, "xem", province["P"].id, "reader")
    give_quotas(province.context, "", {"P": 100}, decided_on="2021-12-10")
    db.session.commit()
    return province


@pytest.fixture
def at(app, sign_in, province):
    """Open a unit's board in a browser of somebody's own."""

    def open_board(code, login_name):
        browser = new_browser(app)
        sign_in(browser, login_name)
        return Board(app, browser, province, code)

    return open_board


def words(response):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text)))


def test_a_committee_saves_checks_and_publishes(at):
    board = at("P", "tinh")
    assert "Được giao 100" in words(board.get())

    saved = board.save({"D1": "40", "D2": "50", "C9": ""}, then="publish")
    assert (saved.status_code, saved.location) == (303, board.path + "/publication" + QUESTION)
    checked = words(board.get("/publication"))
    assert "Huyện Vĩnh Tường – 40 +40" in checked
    assert "Dự phòng 10" in checked
    published = board.publish(reason="để bổ sung cuối năm")

    assert (published.status_code, published.location) == (303, board.path + QUESTION)
    page = words(board.get())
    assert "Đã ban hành phiên bản 1." in page
    assert "152-QĐ/TU 05/01/2022 100 90 10" in page
    version, totals = board.stored()
    assert (version.state, version.reserve_reason) == ("published", "để bổ sung cuối năm")
    assert totals == {"D1": 40, "D2": 50}


def test_a_child_sees_at_once_what_it_was_assigned(at):
    above, below = at("P", "tinh"), at("D1", "huyen")
    assert "Được giao –" in words(below.get())

    above.save({"D1": "100"})
    assert "Được giao –" in words(below.get())
    above.publish()

    assert "Được giao 100" in words(below.get())


def test_a_reserve_without_a_reason_keeps_what_was_typed(at):
    board = at("P", "tinh")
    board.save({"D1": "40"})

    refused = board.publish(decision_no="9-QĐ/TU")

    assert refused.status_code == 422
    assert "Dự phòng là 60 nên phải ghi lý do." in words(refused)
    assert 'value="9-QĐ/TU"' in refused.text
    assert board.stored()[0].state == "draft"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"decision_no": ""}, "Số quyết định"),
        ({"decided_on": ""}, "Ngày quyết định"),
        ({"decided_on": "31/2/2022"}, "chỉ có 28 ngày"),
        ({"decided_on": "1/11/2022"}, "Ngày quyết định sau hôm nay"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_at_its_field(at, fields, complaint):
    board = at("P", "tinh")
    board.save({"D1": "100"})

    refused = board.publish(**fields)

    assert refused.status_code == 422
    assert complaint in words(refused)
    assert board.stored()[0].state == "draft"


@pytest.mark.parametrize("text", ["1.5", "1,5", "-3", "abc", "99999999999"])
def test_a_bad_number_names_its_box_and_keeps_all_that_was_typed(at, text):
    board = at("P", "tinh")

    refused = board.save({"D1": "40", "D2": text, "C9": " 7 "})

    assert refused.status_code == 422
    assert f'<a href="#{board.box("D2")}">Huyện Tam Đảo:' in refused.text
    assert re.search(f'id="{board.box("D2")}"\\s+value="{re.escape(text)}"', refused.text)
    assert re.search(f'id="{board.box("D1")}"\\s+value="40"', refused.text)
    assert re.search(f'id="{board.box("C9")}"\\s+value=" 7 "', refused.text)
    assert "Đã phân 47" in words(refused)
    assert board.stored() == (None, {})


def test_an_empty_box_gives_no_quota_and_zero_does(at):
    board = at("P", "tinh")

    board.save({"D1": "1.000", "D2": "0", "C9": " "})

    assert board.stored()[1] == {"D1": 1000, "D2": 0}


def test_a_box_of_a_unit_that_is_no_child_is_refused(at):
    board = at("P", "tinh")

    refused = board.save({"D1": "40", "C1": "5"})

    assert refused.status_code == 422
    assert "Tổ chức không trực thuộc trong kỳ này." in words(refused)
    assert board.stored()[0] is None


def test_the_second_editor_sees_both_versions_and_overwrites_nothing(at):
    board = at("P", "tinh")
    seen = board.hidden("seen")
    board.save({"D1": "40", "D2": "50"})

    conflict = board.save({"D1": "44", "D2": "50", "C9": "6"}, seen=seen)

    assert conflict.status_code == 409
    page = words(conflict)
    assert "Người dùng tinh đã lưu lúc" in page
    assert "Đảng ủy Quân sự Chỉ tiêu Đã lưu: để trống Của bạn: 6" in page
    assert "Huyện Vĩnh Tường Chỉ tiêu Đã lưu: 40 Của bạn: 44" in page
    assert "Huyện Tam Đảo" not in page
    assert board.stored()[1] == {"D1": 40, "D2": 50}
    shown = re.search('name="seen" value="([^"]*)"', conflict.text)[1]
    assert board.save({"D1": "44", "C9": "6"}, seen=shown).status_code == 303
    assert board.stored()[1] == {"D1": 44, "D2": 50, "C9": 6}


def test_a_draft_changed_during_the_check_is_shown_before_it_is_published(at):
    board = at("P", "tinh")
    board.save({"D1": "100"})
    seen = board.hidden("seen", "/publication")
    board.save({"D1": "99", "D2": "1"})

    conflict = board.publish(seen=seen)

    assert conflict.status_code == 409
    assert "Huyện Vĩnh Tường – 99" in words(conflict)
    assert board.stored()[0].state == "draft"


def test_publishing_twice_by_one_form_publishes_once(at):
    board = at("P", "tinh")
    board.save({"D1": "100"})
    form = {name: board.hidden(name, "/publication") for name in ("seen", "client_key")} | DECISION
    page = board.path + "/publication" + QUESTION

    answers = [board.browser.submit(page, form) for _ in range(2)]

    assert [(answer.status_code, answer.location) for answer in answers] == [
        (303, board.path + QUESTION)
    ] * 2
    assert board.stored()[0].version == 1


def test_old_versions_stay_readable_with_their_dates(at):
    board = at("P", "tinh")
    board.save({"D1": "100"})
    board.publish()
    board.save({"D1": "60", "D2": "40"})
    board.publish(decision_no="200-QĐ/TU", decided_on="01072022", cause="có thêm nguồn")

    first, second = board.get("/versions/1"), board.get("/versions/2")

    assert "Đã được thay thế" in words(first)
    assert "Quyết định 152-QĐ/TU Ngày quyết định 05/01/2022" in words(first)
    assert "Huyện Vĩnh Tường 100" in words(first)
    assert "Huyện Vĩnh Tường 60" in words(second)
    assert board.get("/versions/3").status_code == 404


def test_a_unit_sets_its_own_quota(at):
    board = at("D1", "huyen")
    form = {name: board.hidden(name, "/own") for name in ("seen", "client_key")}
    form |= {"kind": "range", "quota": "90-100"} | DECISION

    refused = board.browser.submit(board.path + "/own" + QUESTION, form | {"quota": "100-90"})
    accepted = board.browser.submit(board.path + "/own" + QUESTION, form)

    assert refused.status_code == 422
    assert "ngược" in words(refused)
    assert accepted.status_code == 303
    assert "Tự đề ra dùng để đánh giá từ 90 đến 100" in words(board.get())
    with tenant_transaction("VINHPHUC") as context:
        assert own_quota(context, board.key).count == 90


def test_who_looks_from_above_or_only_reads_sees_what_is_published(at):
    board = at("P", "tinh")
    board.save({"D1": "100"})
    board.publish()
    board.save({"D1": "60"})

    for reader in (at("D1", "tinh"), at("P", "xem")):
        page = reader.get()
        assert page.status_code == 200
        assert 'name="seen"' not in page.text
        assert "Bản nháp" not in page.text
    row = re.search(r"Huyện Vĩnh Tường</a>.*?</tr>", at("P", "xem").get().text, re.DOTALL)[0]
    assert re.sub("<[^>]+>", "", row).split()[-1] == "100"


@pytest.mark.parametrize("code", ["P", "D1"])
def test_readers_set_nothing(at, code):
    board = at(code, "xem")

    assert board.save({"D1": "1"}, seen="0.0").status_code == 403
    assert board.get("/publication").status_code == 403
    assert board.get("/own").status_code == 403


def test_a_committee_sets_nothing_for_units_below_it(at):
    board = at("D1", "tinh")

    assert board.save({"C1": "1"}, seen="0.0").status_code == 403
    assert board.get("/publication").status_code == 403
    assert board.get("/own").status_code == 403
    assert board.stored()[0] is None


def test_boards_outside_the_subtree_or_the_tenant_are_not_found(app, at, sign_in):
    stranger, *outside = at("P", "tinh"), at("P", "huyen"), at("D2", "huyen")
    other = make_province("HOABINH")
    make_user(other.context, "tinh.hoabinh", other["P"].id, "committee")
    db.session.commit()
    stranger.browser = new_browser(app)
    sign_in(stranger.browser, "tinh.hoabinh")

    for board in (stranger, *outside):
        assert board.get().status_code == 404
        assert board.save({"D1": "1"}, seen="0.0").status_code == 404
        assert board.get("/publication").status_code == 404
        assert board.get("/versions/1").status_code == 404
        assert board.get("/own").status_code == 404
        assert board.stored()[0] is None


def test_forms_without_the_token_are_refused(at):
    board = at("P", "tinh")
    board.save({"D1": "40"})

    for page in ("", "/publication", "/own"):
        sent = board.browser.post(board.path + page + QUESTION, data=DECISION)
        assert sent.status_code == 400
    assert board.stored()[1] == {"D1": 40}


def test_an_unknown_measure_or_period_has_no_board(at):
    board = at("P", "tinh")

    for question, words_of_it in (("?measure=marriage", "“marriage”"), ("?period=nay", "“nay”")):
        refused = board.browser.get(board.path + question)
        assert refused.status_code == 422
        assert words_of_it in words(refused)
        assert f'href="{board.path}"' in refused.text
    assert board.browser.get(board.path).status_code == 200


def test_the_reason_of_the_last_reserve_is_offered_again(at):
    board = at("P", "tinh")
    board.save({"D1": "40"})
    board.publish(reason="để bổ sung cuối năm")

    board.save({"D1": "50"})
    checked = board.get("/publication")

    assert re.search(r"<textarea[^>]*name=\"reason\"[^>]*>\s*để bổ sung cuối năm", checked.text)


def marked(board, code, content, *, was="{}", seen=None):
    """Save one box with its marks: what it says, whether it is held, and its note."""
    text, is_held, note = content
    ending = board.seal(code)
    data = {f"box-{ending}": text, f"note-{ending}": note, "was": was}
    data |= {"seen": seen or board.hidden("seen")} | ({f"held-{ending}": "1"} if is_held else {})
    return board.browser.submit(board.path + QUESTION, data)


def test_a_box_of_a_segment_a_hold_and_a_note_are_kept(at):
    board = at("P", "tinh")
    female = f"{board.box('D1')}.female"

    added = board.browser.get(board.path + QUESTION + "&with=female").text
    board.browser.submit(board.path + QUESTION, {female: "≥30", "seen": "0.0"})
    marked(board, "D1", ("40", True, "ít nguồn"))

    assert f'name="{female}"' in added
    page = board.get().text
    assert re.search(f'id="{re.escape(female)}" value="≥30"', page)
    assert re.search(rf'name="held-{board.seal("D1")}"[^>]*checked', page)
    child = board.get(f"/of/{board.seal('D1')}")
    assert "ít nguồn" in child.text
    assert "ít nguồn" not in at("P", "xem").get().text
    assert board.get(f"/of/{board.seal('C1')}").status_code == 404
    assert at("P", "xem").get(f"/of/{board.seal('D1')}").status_code == 403


def test_a_mistake_does_not_make_an_editor_forget_what_it_had_seen(at):
    board = at("P", "tinh")
    seen = board.hidden("seen")
    board.save({"D1": "40"})

    refused = board.save({"D1": "abc"}, seen=seen)

    assert f'name="seen" value="{seen}"' in refused.text
    assert board.save({"D1": "44"}, seen=seen).status_code == 409
    assert board.stored()[1] == {"D1": 40}


def test_a_conflict_shows_holds_and_notes_and_who_changed_what(at):
    board = at("P", "tinh")
    seen, was = board.hidden("seen"), unescape(board.hidden("was"))
    marked(board, "D1", ("40", True, "của người kia"))

    conflict = marked(board, "D1", ("40", False, "của tôi"), was=was or "{}", seen=seen)

    page = words(conflict)
    assert conflict.status_code == 409
    assert "Chỉ tiêu · giữ ô Đã lưu: giữ Của bạn: không giữ Chỉ người kia" in page
    assert "Chỉ tiêu · ghi chú Đã lưu: của người kia Của bạn: của tôi Cả hai" in page


def test_a_percentage_shows_the_number_that_it_means(at):
    board = at("P", "tinh")
    board.save({"D1": "3,5%"})

    assert "= 70" in words(board.get())
    assert board.stored()[1] == {"D1": 70}


def test_the_province_raised_a_quota_and_the_district_is_told(at):
    above, below = at("P", "tinh"), at("D1", "huyen")
    above.save({"D1": "100"})
    above.publish()
    below.save({"C1": "100"})
    below.publish(decision_no="3-QĐ/HU", decided_on="6/1/2022")

    above.save({"D1": "90", "D2": "10"})
    above.publish(decision_no="200-QĐ/TU", decided_on="1/7/2022", cause="nguồn giảm")

    assert "Chỉ tiêu được giao nay là 90; khi ban hành phiên bản 1 là 100." in words(below.get())
    with tenant_transaction("VINHPHUC") as context:
        assert held_on(context, below.key, date(2022, 6, 30)) == 100


def test_a_form_that_says_nonsense_of_what_it_was_is_read_all_the_same(at):
    board = at("P", "tinh")
    for was in ("[" * 100_000, '{"a":' * 50_000, "[1]", "x"):
        data = {board.box("D1"): "40", "seen": board.hidden("seen"), "was": was}
        assert board.browser.submit(board.path + QUESTION, data).status_code == 303
    assert board.stored()[1] == {"D1": 40}


def test_blanks_are_no_decision(at):
    board = at("P", "tinh")
    board.save({"D1": "100"})

    refused = board.publish(decision_no=" ", decided_on=" ")

    assert refused.status_code == 422
    assert words(refused).count("Phải điền mục này.") >= 2
    assert board.stored()[0].state == "draft"
