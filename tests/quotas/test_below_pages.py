"""Drafting every board below from a browser: looked at first, done once, nobody overwritten."""

import re

import pytest

from app.core.database import db
from app.quotas.commands import save_draft
from app.quotas.queries import lines_of_version, versions
from app.tenants.context import tenant_transaction
from tests.factories.accounts import make_user
from tests.factories.quotas import board_key, give_quotas
from tests.fixtures.accounts import new_browser
from tests.quotas.test_allocation_pages import HIDDEN
from tests.quotas.test_views import QUESTION, Board, words

PAGE = "/below"


class BoardsBelow(Board):
    """The page that drafts what is below a unit."""

    def preview(self, **fields):
        return self.browser.submit(self.path + PAGE + QUESTION, {"way": "equally", **fields})

    def do(self, previewed):
        fields = dict(HIDDEN.findall(previewed.text.partition('id="preview"')[2]))
        fields.pop("csrf_token")
        return self.browser.submit(self.path + PAGE + "/drafts" + QUESTION, fields)

    def draft_of(self, code):
        codes = {unit.id: code for code, unit in self.province.units.items()}
        with tenant_transaction(self.province.context.tenant_code) as context:
            key = board_key(context, self.province[code])
            lines = lines_of_version(context, versions(context, key).draft)
        return {codes[line.unit_id]: line.quota.count for line in lines}


@pytest.fixture
def boards(app, sign_in, province):
    make_user(province.context, "tinh", province["P"].id, "committee")
    give_quotas(province.context, "", {"P": 90}, decided_on="2021-12-10")
    give_quotas(province.context, "P", {"D1": 60, "D2": 30})
    browser = new_browser(app)
    db.session.commit()
    sign_in(browser, "tinh")
    return BoardsBelow(app, browser, province, "P")


def test_what_becomes_of_each_board_is_shown_and_nothing_is_written(boards):
    page = words(boards.preview())

    assert "Giữ bảng đã ban hành: 1" in page
    assert "Lập bản nháp: 2" in page
    assert re.search(r"Huyện Vĩnh Tường\s+60 Lập bản nháp 3 20 20", page)
    assert boards.draft_of("D1") == {}


def test_doing_it_drafts_every_board_and_a_second_sending_leads_to_the_same_place(boards):
    previewed = boards.preview()

    done, again = boards.do(previewed), boards.do(previewed)

    assert (done.status_code, done.location) == (303, boards.path + QUESTION)
    assert (again.status_code, again.location) == (303, boards.path + QUESTION)
    assert "Đã lập 2 bản nháp." in words(boards.get())
    assert boards.draft_of("D1") == {"C1": 20, "C2": 20, "C3": 20}
    assert boards.draft_of("C1") == {"B1": 10, "B2": 10}


def test_what_has_changed_meanwhile_is_shown_anew_before_anything_is_done(boards):
    previewed = boards.preview(replaces="y")
    with tenant_transaction(boards.province.context.tenant_code) as context:
        key = board_key(context, boards.province["D1"])
        save_draft(context, key, versions(context, key).seen, {boards.province["C1"].id: 7})

    conflict = boards.do(previewed)

    assert conflict.status_code == 409
    assert "Thay bản nháp đang có: 1" in words(conflict)
    assert boards.draft_of("D1") == {"C1": 7}
    boards.do(conflict)
    assert boards.draft_of("D1") == {"C1": 20, "C2": 20, "C3": 20}


def test_bounds_that_cannot_be_kept_are_explained_board_by_board(boards):
    page = words(boards.preview(floor="25"))

    assert "các mức sàn cần 75, các ô đã giữ 0, mà tổng chỉ có 60; thiếu 15" in page


def test_what_cannot_be_read_stays_as_typed(boards):
    refused = boards.preview(floor="1,5")

    assert refused.status_code == 422
    assert 'value="1,5"' in refused.text
