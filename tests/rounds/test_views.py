"""A round, a commitment, a transfer and a term in a browser."""

import re

import pytest

from app.core.database import db
from app.quotas.queries import versions
from app.rounds.queries import child_states, round_of
from app.rounds.transfers import transfers_of
from app.tenants.context import tenant_transaction
from tests.factories.accounts import make_user
from tests.factories.quotas import board_key, give_quotas
from tests.fixtures.accounts import new_browser

QUESTION = "?period=2022&measure=admission"
DUES = {
    "survey_due_on": "10/11/2022",
    "registration_due_on": "20/11/2022",
    "commitment_due_on": "20/12/2022",
}


class Committee:
    """A unit's committee before its browser."""

    def __init__(self, app, browser, province, code):
        self.browser = browser
        sealed = app.extensions["opaque_ids"].seal(
            "unit", province[code].id, province.context.tenant_id
        )
        self.home = f"/units/{sealed}"

    def get(self, page, question=QUESTION):
        return self.browser.get(f"{self.home}/{page}{question}")

    def send(self, page, form, *, to=None, question=QUESTION):
        """Send a form with what the page before it holds hidden."""
        shown = self.get(page, question).text
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', shown))
        return self.browser.submit(f"{self.home}/{to or page}{question}", hidden | form)


@pytest.fixture
def committee(app, province, sign_in):
    """Return whoever fills in for a unit, signed in."""
    for code, name in (("P", "tinh"), ("D1", "huyen"), ("D2", "tamdao")):
        make_user(province.context, name, province[code].id, "committee")
    give_quotas(province.context, "P", {"D1": 400}, period="2020-2025", decided_on="2020-12-01")
    db.session.commit()

    def at(code):
        names = {"P": "tinh", "D1": "huyen", "D2": "tamdao"}
        browser = new_browser(app)
        sign_in(browser, names[code])
        return Committee(app, browser, province, code)

    return at


def state(province, code):
    with tenant_transaction("VINHPHUC") as context:
        key = board_key(context, province["P"])
        return child_states(context, key, [province[code]])[0]


def test_a_round_is_opened_answered_and_signed_for(committee, province):
    above, below = committee("P"), committee("D1")

    assert above.send("round", DUES).status_code == 303
    page = below.get("tasks", "").text
    assert "Trả lời khảo sát nguồn và đăng ký chỉ tiêu" in page
    assert "Việc đang chờ" in below.get("attainment").text
    answer = {"sources": "120", "quota": "90", "cause": "Nguồn từ doanh nghiệp"}
    assert below.send("answer", answer).status_code == 303
    signature = {
        "signatory": "Nguyễn Văn An",
        "signatory_title": "Bí thư",
        "signed_on": "31/10/2022",
    }
    assert below.send("commitment", signature).status_code == 303

    found = state(province, "D1")
    assert (found.sources, found.registered.count, found.is_committed) == (120, 90, True)
    shown = above.get("round").text
    assert "Nguồn từ doanh nghiệp" in shown
    assert "Đã ký 31/10/2022" in shown
    assert "Không có việc nào đang chờ" in below.get("tasks", "").text


def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(committee, province):
    above, below = committee("P"), committee("D1")

    refused = above.send("round", DUES | {"registration_due_on": "9/11/2022"})
    assert refused.status_code == 422
    assert "Hạn đăng ký trước hạn khảo sát nguồn." in refused.text
    assert 'value="9/11/2022"' in refused.text
    above.send("round", DUES)
    refused = below.send("answer", {"sources": "1,5", "quota": "90"})
    assert refused.status_code == 422
    assert 'value="1,5"' in refused.text
    refused = below.send("answer", {"sources": "15", "quota": "90"})
    assert "Hãy ghi căn cứ của số đăng ký." in refused.text
    assert state(province, "D1").sources is None


def test_reminding_is_said_on_both_sides(committee, province):
    above, below = committee("P"), committee("D1")
    above.send("round", DUES)

    assert above.send("round", {}, to="round/reminders").status_code == 303
    assert "Cấp trên đã đôn đốc ngày 31/10/2022." in below.get("answer").text
    assert "Đã đôn đốc 3 tổ chức." in above.get("round").text


def test_a_transfer_goes_through_three_committees(committee, province):
    above, giver, taker = committee("P"), committee("D1"), committee("D2")
    form = {
        "other": "Huyện Tam Đảo",
        "count": "10",
        "document_no": "3-BB/HU",
        "reason": "thiếu nguồn",
        "direction": "give",
    }
    assert giver.send("transfers", form | {"other": "Xã Ngũ Kiên"}).status_code == 422
    assert giver.send("transfers", form).status_code == 303

    for side in (taker, above):
        (link,) = re.findall(
            r'href="/units/[^/"]*/(transfers/[^"?]*)\?', side.get("transfers").text
        )
        assert side.send(link, {}, to=f"{link}/agree").status_code == 303

    with tenant_transaction("VINHPHUC") as context:
        key = board_key(context, province["P"])
        (row,) = transfers_of(context, province["P"].id, key.measure_id, key.period)
        assert row.state == "done"
        assert versions(context, key).latest.decision_no == "3-BB/HU"
    assert state(province, "D2").assigned.count == 60


def test_a_committee_shares_its_term_over_the_years(committee, province):
    below = committee("D1")
    shares = {f"share-{year}": "80" for year in (2021, 2022, 2023, 2024, 2025)}
    form = {"decision_no": "12-NQ/HU", "decided_on": "5/1/2022", "share-2020": "0"}

    refused = below.send("term", form | shares | {"share-2021": "-3"})
    assert refused.status_code == 422
    assert 'value="-3"' in refused.text
    refused = below.send("term", form | shares | {"share-2021": "70"})
    assert "phải ghi lý do" in refused.text
    assert below.send("term", form | shares).status_code == 303

    assert "Phần của nhiệm kỳ" in below.get("attainment").text


def test_nobody_answers_or_signs_for_a_unit_below(committee, province):
    above, below = committee("P"), committee("D1")
    above.send("round", DUES)
    above.home = below.home

    for page in ("answer", "commitment"):
        assert above.get(page).status_code == 403
    with tenant_transaction("VINHPHUC") as context:
        assert round_of(context, board_key(context, province["P"])) is not None


@pytest.mark.parametrize("number", ["9" * 5000, "²", "-1", "x"])
def test_a_year_or_a_version_that_is_none_is_no_fault_of_the_program(committee, province, number):
    above, below = committee("P"), committee("D1")
    above.send("round", DUES)
    form = {"decision_no": "12-NQ/HU", "decided_on": "5/1/2022", "cause": "một phần"}
    assert below.send("term", form | {f"share-{number}": "5"}).status_code == 303

    signature = {"signatory": "An", "signatory_title": "Bí thư", "signed_on": "31/10/2022"}
    assert below.send("commitment", signature | {"version": number}).status_code == 409


def test_a_year_is_no_term(committee, province):
    below = committee("D1")
    for page in ("term=2022", "term=2022-03", "term=2022-Q1"):
        assert below.get("term", f"?{page}").status_code == 422
        shares = {"share-2022": "80", "decision_no": "1-NQ/HU", "decided_on": "5/1/2022"}
        refused = below.send("term", shares, question=f"?{page}")
        assert refused.status_code == 422


def test_a_share_without_a_term_to_share_says_so(committee, province):
    form = {"decision_no": "12-NQ/TU", "decided_on": "5/1/2022", "share-2022": "5"}
    refused = committee("P").send("term", form)

    assert refused.status_code == 422
    assert "Chưa có chỉ tiêu của nhiệm kỳ để chia theo năm." in refused.text


def test_blanks_are_no_answer(committee, province):
    above, below = committee("P"), committee("D1")
    assert above.send("round", dict.fromkeys(DUES, " ")).status_code == 422
    above.send("round", DUES)
    blank = {"signatory": " ", "signatory_title": "\u200b", "signed_on": " "}
    refused = below.send("commitment", blank)
    assert refused.status_code == 422
    assert refused.text.count("Phải điền mục này.") >= 3
    assert not state(province, "D1").is_committed
