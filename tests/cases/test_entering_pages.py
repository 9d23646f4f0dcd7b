"""Details, consents, groups, undoing and the first page, as a clerk meets them."""

import re
import unicodedata
from datetime import date

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.cases.rules import StepKind
from app.casework import overview
from app.core.database import db
from app.privacy.commands import keep_private
from app.privacy.rules import LegalBasis
from app.procedure.queries import case_state
from tests.cases.test_pages import NEW_PERSON, only_person, sit, words
from tests.factories.cases import make_person
from tests.factories.quotas import give_quotas

__all__ = ["sit"]


def recording(response):
    """Return the page to which a form led."""
    assert response.status_code == 303
    assert "/recordings/" in response.location
    return response.location


def test_an_admission_is_undone_within_ten_minutes(context, tree, sit):
    number = make_person(context, tree["V1"], "Lê Thị Hoa")
    desk = sit("clerk", "X1")
    data = {"decision_no": "97-QĐ/HU", "decision": "5/9/22", "ceremony": "20/9/22"}
    response = desk.send("cases.save_admission", data, person=desk.token("person", number))
    page = desk.browser.get(recording(response))
    assert "Hoàn tác được đến" in words(page)

    undone = desk.browser.submit(response.location + "/undo", {})

    assert undone.status_code == 303
    assert set(only_person(context).steps) == {StepKind.LISTED}
    assert "không còn gì được ghi" in words(desk.browser.get(response.location))


def test_a_lost_vote_is_refused_and_everything_typed_stays(context, tree, sit):
    number = make_person(context, tree["V1"])
    desk = sit("clerk", "X1")
    vote = {"taken_on": "5/9/22", "entitled": "12", "present": "10", "in_favour": "7"}

    def send(votes):
        return desk.send(
            "cases.save_step",
            {**vote, "in_favour": votes},
            key=f"with {votes}",
            person_id=number,
            kind="cell_resolution",
        )

    refused = send("7")
    assert refused.status_code == 422
    assert "Cần ít nhất 8 phiếu" in words(refused)
    assert 'value="12"' in refused.text
    recording(send("8"))
    assert "Tán thành 8 trên tổng số 12" in words(desk.open("cases.person", person_id=number))


def test_a_warning_asks_for_a_consent_and_keeps_it(context, tree, sit):
    number = make_person(context, tree["V1"], date_of_birth=date(1950, 1, 1))
    desk = sit("clerk", "X1")

    def send(key, **more):
        return desk.send(
            "cases.save_step",
            {"taken_on": "5/9/22", **more},
            key=key,
            person_id=number,
            kind="cell_resolution",
        )

    asked = send("first")
    assert asked.status_code == 422
    assert "cần ý kiến đồng ý" in words(asked)
    rules = re.search(r'name="approved_rules"[^>]*value="([^"]*)"', asked.text)[1]
    recording(
        send("second", approved_rules=rules, approved_by="Ban Thường vụ", approved_on="1/9/22")
    )
    assert "Ban Thường vụ" in words(desk.open("cases.person", person_id=number))


def test_one_ceremony_of_many_people_is_one_act(context, tree, sit):
    steps = {StepKind.LISTED: date(2021, 1, 1), StepKind.DECISION: date(2022, 9, 5)}
    numbers = [make_person(context, tree["V1"], f"Lê Thị {n}", steps=steps) for n in ("Hoa", "An")]
    desk = sit("clerk", "X1")
    assert "Lê Thị Hoa" in words(desk.open("cases.together", kind="ceremony"))
    people = [desk.token("person", number) for number in numbers]

    page = recording(
        desk.send("cases.save_together", {"taken_on": "20/9/22", "person": people}, kind="ceremony")
    )

    assert "Lê Thị An" in words(desk.browser.get(page))
    for number in numbers:
        assert StepKind.CEREMONY in case_state(context, number).steps


def test_a_correction_of_a_person_asks_for_a_reason_and_is_in_the_history(context, tree, sit):
    number = make_person(context, tree["V1"], ethnicity="Mường")
    desk = sit("clerk", "X1")
    typed = {**NEW_PERSON, "ethnicity": "", "religion": "", "date_of_birth": "1/2/1991"}

    refused = desk.send("cases.correct", typed, person_id=number)
    assert refused.status_code == 422
    typed["reason"] = "theo giấy khai sinh"
    assert desk.send("cases.correct", typed, key="again", person_id=number).status_code == 303

    assert only_person(context).details.ethnicity == "Mường"
    history = words(desk.open("cases.person_history", person_id=number))
    assert "theo giấy khai sinh" in history
    assert "Mường" not in history


def test_somebody_moves_inside_the_scope_alone(context, tree, sit):
    number = make_person(context, tree["V1"])
    desk = sit("clerk", "X1")

    def send(code):
        cell = {"cell": desk.token("unit", tree[code].id), "moved_on": "1/10/22"}
        return desk.send("cases.save_move", cell, key=f"to {code}", person_id=number)

    assert send("V3").status_code == 422
    assert send("V2").status_code == 303
    assert only_person(context).cell_id == tree["V2"].id


def test_a_cell_says_in_one_tap_that_nothing_arose(tree, sit):
    desk = sit("cell_secretary", "V1")
    assert "Không phát sinh tháng" in words(desk.open("todo.of_unit"))

    recording(desk.send("todo.save_nothing_new", {}))

    assert "Đã báo không phát sinh" in words(desk.open("todo.of_unit"))


def test_what_is_late_comes_first_and_leads_to_its_form(context, tree, sit):
    steps = {StepKind.LISTED: date(2021, 1, 1), StepKind.DECISION: date(2022, 1, 5)}
    number = make_person(context, tree["V1"], "Lê Thị Hoa", steps=steps)
    desk = sit("clerk", "X1")

    page = desk.open("todo.of_unit")

    assert "Tổ chức lễ kết nạp: Lê Thị Hoa" in words(page)
    form = desk.url("cases.step", unit_id=None, person_id=number, kind="ceremony")
    assert form in page.text
    assert "Lê Thị Hoa" in words(desk.open("cases.pipeline_board"))
    assert "Chi bộ thôn An Lão" in words(desk.open("todo.holders"))


def test_who_holds_the_cases_is_listed_page_by_page(context, tree, sit, monkeypatch):
    for cell in ("V1", "V2"):
        make_person(context, tree[cell], steps={StepKind.LISTED: date(2022, 1, 1)})
    monkeypatch.setattr(overview, "UNITS_ON_A_PAGE", 1)
    desk = sit("clerk", "X1")

    first, second = desk.open("todo.holders"), desk.open("todo.holders", page=2)

    shown = [
        [cell.name for cell in (tree["V1"], tree["V2"]) if cell.name in words(page)]
        for page in (first, second)
    ]
    assert sorted(shown) == sorted([[tree["V1"].name], [tree["V2"].name]])
    assert words(first).count("(2)") == words(second).count("(2)") == 1


def test_it_is_said_which_case_waits_how_long_and_what_quota_is_at_risk(context, tree, sit):
    steps = {StepKind.LISTED: date(2021, 1, 1)}
    make_person(context, tree["V1"], "Lê Thị Hoa", steps=steps)
    make_person(context, tree["V1"], "Lê An", steps={**steps, StepKind.DECISION: date(2022, 1, 5)})
    make_person(
        context, tree["V2"], "Lê Em", steps={**steps, StepKind.CERTIFICATE: date(2022, 1, 5)}
    )
    give_quotas(context, "X1", {"V1": 3, "V2": 1}, reason="theo nghị quyết")
    desk = sit("clerk", "X1")

    page = words(desk.open("todo.holders"))

    # Lê An is admitted: of three one is left to look for among two others, of whom none is ready.
    assert re.search("thôn An Lão.* 1/3 còn 2, chỉ có 1 người chưa kết nạp", page)
    assert "còn 1, đủ người đã học lớp nhận thức" in page
    assert "Chi bộ : 2 lâu nhất 668 ngày: Lê Thị Hoa" in page.replace("Chi bộ:", "Chi bộ :")
    assert "Chỉ hiện nơi chỉ tiêu có nguy cơ (1)" in page
    risky = words(desk.open("todo.holders", risk=1))
    assert "thôn An Lão" in risky
    assert "còn 1, đủ người" not in risky
    link = desk.url("todo.held", unit_id=tree["V1"].id, holder="cell")
    assert link.replace("&", "&amp;") in desk.open("todo.holders").text
    held = words(desk.browser.get(link))
    assert "2 hồ sơ" in held
    assert "Lê Thị Hoa Chi bộ thôn An Lão" in held
    assert "Lê Em" not in held


def test_an_admission_alone_is_asked_what_the_cell_would_have_been(context, tree, sit):
    number = make_person(context, tree["V1"], date_of_birth=date(1950, 2, 28))
    desk = sit("clerk", "X1")
    token = desk.token("person", number)
    typed = {"decision_no": "97-QĐ/HU", "decision": "5/9/22", "ceremony": ""}

    asked = desk.send("cases.save_admission", typed, person=token)

    assert asked.status_code == 422
    assert "72 tuổi 7 tháng" in words(asked)
    consent = {"approved_rules": "age", "approved_by": "Tỉnh ủy", "approved_on": "1/9/22"}
    recording(desk.send("cases.save_admission", {**typed, **consent}, key="2", person=token))
    assert "đã có ý kiến đồng ý" in words(desk.open("cases.person", person_id=number))


def test_who_is_added_in_order_to_be_admitted_was_not_listed_today(context, tree, sit):
    desk = sit("clerk", "X1")
    cell, today = desk.token("unit", tree["V2"].id), f"{context.today:%d/%m/%Y}"
    typed = {**NEW_PERSON, "cell": cell, "listed": today, "then": "admission"}

    added = desk.send("cases.save_new_person", typed, key="1")
    decided = {"decision_no": "97-QĐ/HU", "decision": "5/9/22", "ceremony": "20/9/22"}
    person = re.search(r"person=([^&]+)", added.location)[1]

    recording(desk.send("cases.save_admission", decided, key="2", person=person))
    assert StepKind.LISTED not in only_person(context).steps


def test_an_identity_number_tells_that_somebody_is_on_record(context, tree, sit):
    desk = sit("clerk", "X1")
    typed = {**NEW_PERSON, "identity": "079 203 017 345", "cell": desk.token("unit", tree["V1"].id)}
    recording(desk.send("cases.save_new_person", typed))
    other = {**typed, "full_name": "Lê Hoàn Toàn Khác", "date_of_birth": "3/3/1990"}

    refused = desk.send("cases.save_new_person", other, key="another")

    assert "Trần Thị Bình (Chi bộ thôn An Lão) đã có số căn cước này" in words(refused)
    assert only_person(context).details.full_name == "Trần Thị Bình"


def test_asking_for_an_identity_number_elsewhere_is_counted_and_names_nobody(
    context, tree, sit, monkeypatch
):
    stranger = make_person(context, tree["V3"], "Kẻ Lạ")
    keep_private(
        context,
        stranger,
        identity="079203017345",
        legal_basis=LegalBasis.CONSENT,
        document="",
    )
    known = make_person(context, tree["V1"], "Lê Thị Hoa")
    desk = sit("clerk", "X1")
    # One question is asked of a number, and one of the name where the number is free.
    monkeypatch.setattr("app.cases.duplicates.MOST_QUESTIONS_AN_HOUR", 2)

    def add(key):
        typed = {"identity": "079203017345", "cell": desk.token("unit", tree["V1"].id)}
        return words(desk.send("cases.save_new_person", {**NEW_PERSON, **typed}, key=key))

    def keep():
        typed = {"identity": "079203017345", "legal_basis": "consent", "basis_document": ""}
        return words(desk.send("privacy.keep", typed, person_id=known))

    for answer in (add("first"), keep()):
        assert "nơi khác trong đảng bộ; hãy hỏi cấp trên" in answer
        assert "Kẻ Lạ" not in answer
    assert "quá nhiều lần" in add("third")
    assert "quá nhiều lần" in keep()
    db.session.rollback()
    trail = select(AuditEntry.after).where(AuditEntry.action == "duplicate.asked")
    assert db.session.scalars(trail).all() == [{"by": "identity", "inside": 0, "outside": True}] * 2


def test_somebody_who_was_taken_off_the_list_begins_again(context, tree, sit):
    steps = {StepKind.LISTED: date(2021, 1, 1), StepKind.WITHDRAWN: date(2021, 6, 1)}
    number = make_person(context, tree["V1"], steps=steps)
    desk = sit("clerk", "X1")

    assert (
        desk.send("cases.save_new_case", {"listed": "1/9/22"}, person_id=number).status_code == 303
    )

    state = case_state(context, number)
    assert set(state.steps) == {StepKind.LISTED}
    assert len(state.earlier_cases) == 1


@pytest.mark.parametrize("typed", ["3/10/22", "03102022", "2022-10-03", " 03.10.2022 "])
def test_a_date_may_be_typed_in_any_usual_way(context, tree, sit, typed):
    number = make_person(context, tree["V1"])
    desk = sit("clerk", "X1")

    recording(
        desk.send("cases.save_step", {"taken_on": typed}, person_id=number, kind="certificate")
    )

    assert case_state(context, number).dates[StepKind.CERTIFICATE] == date(2022, 10, 3)


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("certificate", "30/02/2022", "Tháng 2 năm 2022 chỉ có 28 ngày."),
        ("certificate", "13/13/2022", "Không có tháng 13"),
        ("certificate", "1/11/2022", "chưa tới"),
        ("sympathiser", "1/1/2021", "Đưa vào nguồn"),
        ("application", "1/1/1980", "phải sau ngày sinh"),
        ("recognition", "1/9/2022", "Lễ kết nạp"),
    ],
)
def test_an_impossible_step_is_refused_at_its_day_and_kept_as_typed(  # noqa: PLR0917
    context, tree, sit, kind, typed, said
):
    steps = {StepKind.LISTED: date(2022, 3, 1)}
    if kind == "recognition":
        steps |= {StepKind.DECISION: date(2022, 9, 5), StepKind.CEREMONY: date(2022, 9, 20)}
    number = make_person(context, tree["V1"], steps=steps)
    desk = sit("clerk", "X1")

    refused = desk.send(
        "cases.save_step", {"taken_on": typed, "kept_at": "tủ 2"}, person_id=number, kind=kind
    )

    assert refused.status_code == 422
    assert said in words(refused)
    assert f'value="{typed}"' in refused.text
    assert 'value="tủ 2"' in refused.text
    assert set(case_state(context, number).steps) == set(steps)


def test_a_name_of_separate_marks_and_stray_spaces_is_one_and_the_same(context, tree, sit):
    desk = sit("clerk", "X1")
    name = unicodedata.normalize("NFD", "  Trần   Thị Bình ")
    typed = {**NEW_PERSON, "full_name": name, "cell": desk.token("unit", tree["V1"].id)}
    recording(desk.send("cases.save_new_person", typed))

    again = {**typed, "full_name": "TRẦN THỊ BÌNH", "cell": desk.token("unit", tree["V2"].id)}
    assert "“Trần Thị Bình”" in words(desk.send("cases.save_new_person", again, key="2"))
    again["full_name"] = "Trần Thị Bình"
    asked = desk.send("cases.save_new_person", again, key="3")

    assert "Có thể người này đã có hồ sơ" in words(asked)
    assert only_person(context).details.full_name == "Trần Thị Bình"
