"""The pages of people: who sees what, what a clerk types, and what becomes of it."""

import re
from datetime import date
from html import unescape

import pytest
from flask import g, url_for
from sqlalchemy import func, select

from app.cases.models import Person, Step
from app.cases.queries import recorded_cases
from app.cases.rules import StepKind
from app.core.database import db
from app.tenants.commands import create_tenant
from app.web.opaque import seal_id
from tests.cases.conftest import Tree, plant
from tests.factories.accounts import make_user
from tests.factories.cases import make_person

NEW_PERSON = {
    "full_name": "Trần Thị Bình",
    "date_of_birth": "28/2/95",
    "sex": "female",
    "listed": "03102022",
    "ethnicity": "Mường",
    "religion": "Công giáo",
    "education": "upper_secondary",
    "qualification": "university",
    "occupation": "Giáo viên",
    "segments": ["teacher", "youth_union"],
}


class Desk:
    """Somebody signed in, at the pages of a unit."""

    def __init__(self, app, browser, unit):
        self.app = app
        self.browser = browser
        self.unit = unit

    def url(self, endpoint, **values):
        with self.app.test_request_context():
            g.tenant_id = 1
            return url_for(endpoint, **{"unit_id": self.unit.id, **values})

    def token(self, kind, number):
        with self.app.test_request_context():
            g.tenant_id = 1
            return seal_id(kind, number)

    def open(self, endpoint, **values):
        return self.browser.get(self.url(endpoint, **values))

    def send(self, endpoint, data, *, key="a key", **values):
        return self.browser.submit(self.url(endpoint, **values), {"client_key": key, **data})


@pytest.fixture
def sit(client, tree, sign_in):
    """Sign somebody in: `sit("clerk", "X1")`."""

    def sit_down(role, code):
        unit = tree[code]
        make_user(tree.context, f"{role}.{code.lower()}", unit.id, role)
        db.session.commit()
        sign_in(client, f"{role}.{code.lower()}")
        return Desk(client.application, client, unit)

    return sit_down


def words(response):
    """Return a page's text as people read it."""
    main = response.text.split("<main", 1)[1].split("</main>", 1)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def only_person(context):
    db.session.rollback()
    (found,) = recorded_cases(context)
    return found


class TestList:
    def test_a_clerk_sees_the_people_of_the_commune(self, context, tree, sit):
        make_person(context, tree["V1"], "Lê Thị Hoa")
        make_person(context, tree["V3"], "Kẻ Lạ")
        desk = sit("clerk", "X1")

        page = words(desk.open("cases.people"))

        assert "Lê Thị Hoa" in page
        assert "Chi bộ thôn An Lão" in page
        assert "Đưa vào nguồn" in page
        assert "Kẻ Lạ" not in page

    def test_filters_live_in_the_address(self, context, tree, sit):
        make_person(context, tree["V1"], "Lê Thị Hoa", date_of_birth=date(1990, 1, 1))
        make_person(context, tree["V2"], "Lê Thị Huệ", date_of_birth=date(1991, 1, 1))
        desk = sit("clerk", "X1")

        def found(**values):
            page = words(desk.open("cases.people", **values))
            return [name for name in ("Hoa", "Huệ") if f"Lê Thị {name}" in page]

        assert found(q="hoa") == ["Hoa"]
        assert found(born="1991") == ["Huệ"]
        assert found(cell=desk.token("unit", tree["V1"].id)) == ["Hoa"]
        assert found(standing="listed") == ["Hoa", "Huệ"]
        assert found(standing="decision") == []
        assert found(step="listed", first="2021-01-01", last="2021-12-31") == ["Hoa", "Huệ"]
        assert found(step="listed", first="2022-01-01", last="2022-12-31") == []
        assert found(born="năm") == ["Hoa", "Huệ"]
        assert found(page="abc") == ["Hoa", "Huệ"]

    def test_an_empty_list_says_what_it_is_for(self, sit):
        page = words(sit("clerk", "X1").open("cases.people"))

        assert "Chưa có ai trong danh sách" in page
        assert "Thêm quần chúng" in page

    def test_a_cell_of_another_commune_is_no_choice(self, tree, sit):
        desk = sit("clerk", "X1")

        assert desk.open("cases.people", cell=desk.token("unit", tree["V3"].id)).status_code == 200
        assert desk.open("cases.people", unit_id=tree["V3"].id).status_code == 404

    def test_who_sees_figures_alone_sees_no_people(self, context, tree, sit):
        number = make_person(context, tree["V1"])
        desk = sit("reader", "X1")

        for endpoint, values in (
            ("cases.people", {}),
            ("cases.person", {"person_id": number}),
            ("cases.new_person", {}),
            ("cases.record_admission", {}),
        ):
            assert desk.open(endpoint, **values).status_code == 403


class TestPerson:
    @pytest.mark.parametrize(("role", "place"), [("monitor", "T"), ("clerk", "X1")])
    def test_sensitive_attributes_are_masked(self, context, tree, sit, *, role, place):
        number = make_person(
            context, tree["V1"], ethnicity="Mường", religion="Công giáo", occupation="Nông dân"
        )
        response = sit(role, place).open("cases.person", person_id=number)

        assert "Nông dân" in words(response)
        assert "Mường" not in response.text
        assert "Công giáo" not in response.text

    def test_steps_are_shown_in_their_order(self, context, tree, sit):
        number = make_person(
            context,
            tree["V1"],
            steps={
                StepKind.CEREMONY: date(2022, 5, 19),
                StepKind.LISTED: date(2021, 3, 1),
                StepKind.DECISION: date(2022, 5, 5),
            },
        )
        page = words(sit("clerk", "X1").open("cases.person", person_id=number))

        timeline = page[page.index("Các bước đã qua") :]
        steps = ("01/03/2021 Đưa vào nguồn", "05/05/2022 Quyết định", "19/05/2022 Lễ kết nạp")
        assert [timeline.index(step) for step in steps] == sorted(map(timeline.index, steps))

    def test_people_of_another_subtree_are_not_found(self, context, tree, sit):
        stranger = make_person(context, tree["V3"], "Kẻ Lạ")
        desk = sit("clerk", "X1")

        response = desk.open("cases.person", person_id=stranger)

        assert response.status_code == 404
        assert "Kẻ Lạ" not in response.text

    def test_people_of_another_tenant_are_not_found(self, context, tree, client, sign_in):
        stranger = make_person(context, tree["V1"], "Kẻ Lạ")
        address = Desk(client.application, client, tree["V1"]).url(
            "cases.person", person_id=stranger, unit_id=None
        )
        db.session.commit()
        other = create_tenant("PHUTHO", "Tỉnh Phú Thọ")
        plant(other)
        make_user(other, "clerk.other", Tree(other)["X1"].id, "clerk")
        db.session.commit()
        sign_in(client, "clerk.other")

        assert client.get(address).status_code == 404


class TestNewPerson:
    def test_what_is_typed_is_stored(self, context, tree, sit):
        desk = sit("clerk", "X1")
        cell = desk.token("unit", tree["V2"].id)

        response = desk.send("cases.save_new_person", {**NEW_PERSON, "cell": cell})

        assert response.status_code == 303
        case = only_person(context)
        assert case.cell_id == tree["V2"].id
        assert case.details.full_name == "Trần Thị Bình"
        assert case.details.date_of_birth == date(1995, 2, 28)
        assert case.details.ethnicity == "Mường"
        assert len(case.details.stated_segments) == 2
        assert case.steps[StepKind.LISTED].taken_on == date(2022, 10, 3)
        assert "Trần Thị Bình" in words(desk.browser.get(response.location))

    def test_the_form_asks_for_at_most_twelve_things(self, sit):
        page = sit("clerk", "X1").open("cases.new_person").text
        main = page.split("<main", 1)[1].split("</main>", 1)[0]
        names = set(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', main))

        assert len(names - {"csrf_token", "client_key", "name_asked", "look_alikes_of"}) <= 12

    def test_a_cell_secretary_has_no_cell_to_choose(self, context, tree, sit):
        desk = sit("cell_secretary", "V1")
        page = desk.open("cases.new_person")
        cell = re.search(r'name="cell" value="([^"]+)"', page.text)[1]
        assert "<select" not in page.text.split('name="full_name"')[0].split("<main")[1]

        desk.send("cases.save_new_person", {**NEW_PERSON, "cell": cell})

        assert only_person(context).cell_id == tree["V1"].id

    def test_bad_input_keeps_everything_and_says_where(self, sit):
        desk = sit("cell_secretary", "V1")
        bad = {**NEW_PERSON, "date_of_birth": "30/02/1995", "listed": "", "sex": ""}

        response = desk.send("cases.save_new_person", bad)

        assert response.status_code == 422
        page = response.text
        assert 'value="30/02/1995"' in page
        assert 'value="Trần Thị Bình"' in page
        assert "Tháng 2 năm 1995 chỉ có 28 ngày" in unescape(page)
        assert re.search(r'value="teacher"[^>]*checked|checked[^>]*value="teacher"', page)
        assert db.session.scalar(select(func.count()).select_from(Person)) == 0

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"full_name": "=cmd()"}, "phải bắt đầu bằng chữ"),
            ({"full_name": "   "}, "Họ và tên"),
            ({"date_of_birth": "1/11/2022"}, "phải trước hôm nay"),
            ({"listed": "1/11/2022"}, "chưa tới"),
            ({"education": "unknown"}, "Học vấn"),
            ({"segments": ["women"]}, "Thuộc diện"),
            ({"occupation": "x" * 101}, "Dài quá"),
        ],
    )
    def test_what_cannot_be_stored_is_refused(self, tree, sit, change, said):
        desk = sit("clerk", "X1")
        cell = desk.token("unit", tree["V1"].id)

        response = desk.send("cases.save_new_person", {**NEW_PERSON, "cell": cell, **change})

        assert response.status_code == 422
        assert said in words(response)

    def test_a_foreign_cell_is_no_choice(self, tree, sit):
        desk = sit("clerk", "X1")
        for cell in (desk.token("unit", tree["V3"].id), "rubbish", ""):
            response = desk.send("cases.save_new_person", {**NEW_PERSON, "cell": cell})
            assert response.status_code == 422
        assert db.session.scalar(select(func.count()).select_from(Person)) == 0

    def test_capitals_are_offered_in_ordinary_letters(self, context, tree, sit):
        desk = sit("clerk", "X1")
        data = {**NEW_PERSON, "cell": desk.token("unit", tree["V1"].id), "full_name": "Y BLOK"}

        asked = desk.send("cases.save_new_person", data)

        assert asked.status_code == 422
        assert 'name="full_name"' in asked.text
        assert 'value="Y Blok"' in asked.text
        confirmed = {**data, "name_asked": "Y BLOK"}
        assert desk.send("cases.save_new_person", confirmed).status_code == 303
        assert only_person(context).details.full_name == "Y BLOK"

    def test_sending_twice_makes_one_person(self, tree, sit):
        desk = sit("clerk", "X1")
        data = {**NEW_PERSON, "cell": desk.token("unit", tree["V1"].id)}

        first = desk.send("cases.save_new_person", data)
        second = desk.send("cases.save_new_person", data)

        assert (first.status_code, second.status_code) == (303, 303)
        assert first.location == second.location
        assert db.session.scalar(select(func.count()).select_from(Person)) == 1

    def test_the_same_person_is_refused_in_words(self, context, tree, sit):
        make_person(context, tree["V1"], "Trần Thị Bình", date_of_birth=date(1995, 2, 28))
        desk = sit("clerk", "X1")

        response = desk.send(
            "cases.save_new_person", {**NEW_PERSON, "cell": desk.token("unit", tree["V1"].id)}
        )

        assert response.status_code == 422
        assert "đã có người tên Trần Thị Bình" in words(response)

    def test_hostile_text_is_shown_as_text(self, context, tree, sit):
        desk = sit("clerk", "X1")
        hostile = "A <script>alert(1)</script>"
        data = {**NEW_PERSON, "cell": desk.token("unit", tree["V1"].id), "full_name": hostile}

        response = desk.send("cases.save_new_person", data)
        pages = [desk.browser.get(response.location), desk.open("cases.people")]

        assert only_person(context).details.full_name == hostile
        for page in pages:
            assert "<script>alert" not in page.text
            assert "&lt;script&gt;alert" in page.text


class TestStep:
    def test_a_step_is_recorded_and_corrected_on_one_page(self, context, tree, sit):
        number = make_person(context, tree["V1"])
        desk = sit("clerk", "X1")

        def send(taken_on, reason=""):
            return desk.send(
                "cases.save_step",
                {"taken_on": taken_on, "reason": reason},
                key=f"key of {taken_on}{reason}",
                person_id=number,
                kind="certificate",
            )

        assert send("1/9/21").status_code == 303
        assert only_person(context).steps[StepKind.CERTIFICATE].taken_on == date(2021, 9, 1)
        recorded = desk.open("cases.step", person_id=number, kind="certificate")
        assert 'value="01/09/2021"' in recorded.text
        assert "Hãy ghi lý do" in words(send("2/9/21"))
        assert send("2/9/21", "gõ nhầm ngày").status_code == 303
        assert only_person(context).steps[StepKind.CERTIFICATE].taken_on == date(2021, 9, 2)
        refused = send("1/1/21", "gõ nhầm ngày")
        assert refused.status_code == 422
        assert "không thể trước" in words(refused)

    def test_a_decision_has_its_number_and_an_introduction_its_introducers(
        self, context, tree, sit
    ):
        number = make_person(context, tree["V1"])
        desk = sit("clerk", "X1")
        page = desk.open("cases.step", person_id=number, kind="introduction").text
        label = re.search(r'value="(\d+)"[^>]*><span>Hội Nông dân', page)
        farmers = label[1] if label else ""

        desk.send(
            "cases.save_step",
            {"taken_on": "1/4/2021", "introducers": [farmers]},
            person_id=number,
            kind="introduction",
        )
        desk.send(
            "cases.save_step",
            {"taken_on": "1/5/2021", "document_no": " 97-QĐ/HU "},
            key="another key",
            person_id=number,
            kind="decision",
        )

        steps = only_person(context).steps
        assert steps[StepKind.INTRODUCTION].segments == (int(farmers),)
        assert steps[StepKind.DECISION].document_no == "97-QĐ/HU"
        person = words(desk.open("cases.person", person_id=number))
        assert "Hội Nông dân" in person
        assert "Số 97-QĐ/HU" in person

    def test_a_step_that_there_is_not_is_not_found(self, context, tree, sit):
        number = make_person(context, tree["V1"])
        desk = sit("clerk", "X1")

        assert desk.open("cases.step", person_id=number, kind="unknown").status_code == 404


class TestAdmission:
    def test_from_the_choice_to_the_figure(self, context, tree, sit):
        number = make_person(context, tree["V1"], "Lê Thị Hoa")
        desk = sit("clerk", "X1")
        person = desk.token("person", number)

        choice = desk.open("cases.record_admission")
        assert "Lê Thị Hoa" in words(choice)
        assert person in choice.text
        form = desk.open("cases.record_admission", person=person)
        assert 'value="31/10/2022"' in form.text
        response = desk.send(
            "cases.save_admission",
            {"decision_no": "97-QĐ/HU", "decision": "5/9/22", "ceremony": "20092022"},
            person=person,
        )

        assert response.status_code == 303
        case = only_person(context)
        assert case.steps[StepKind.DECISION].taken_on == date(2022, 9, 5)
        assert case.steps[StepKind.CEREMONY].taken_on == date(2022, 9, 20)
        figures = desk.browser.get(response.location)
        assert "Chi bộ thôn An Lão 1" in words(figures)
        assert "Hoàn tác được đến" in words(figures)
        assert desk.url("cases.person", person_id=number, unit_id=None) in figures.text

    def test_the_last_decision_is_offered_for_the_next_person(self, context, tree, sit):
        first = make_person(context, tree["V1"], "Lê Thị Hoa")
        second = make_person(context, tree["V2"], "Lê Thị Huệ")
        desk = sit("clerk", "X1")
        desk.send(
            "cases.save_admission",
            {"decision_no": "97-QĐ/HU", "decision": "5/9/22"},
            person=desk.token("person", first),
        )

        form = desk.open("cases.record_admission", person=desk.token("person", second))

        assert 'value="97-QĐ/HU"' in form.text
        assert 'value="05/09/2022"' in form.text

    def test_the_ceremony_alone_is_asked_for_after_the_decision(self, context, tree, sit):
        number = make_person(context, tree["V1"], steps={StepKind.DECISION: date(2022, 9, 5)})
        desk = sit("clerk", "X1")
        person = desk.token("person", number)

        form = desk.open("cases.record_admission", person=person)
        assert 'name="decision_no"' not in form.text
        response = desk.send("cases.save_admission", {"ceremony": "20/9/2022"}, person=person)

        assert response.status_code == 303
        assert only_person(context).steps[StepKind.CEREMONY].taken_on == date(2022, 9, 20)

    def test_a_ceremony_before_the_decision_is_refused_at_its_field(self, context, tree, sit):
        number = make_person(context, tree["V1"])
        desk = sit("clerk", "X1")

        response = desk.send(
            "cases.save_admission",
            {"decision_no": "97-QĐ/HU", "decision": "5/9/22", "ceremony": "4/9/22"},
            person=desk.token("person", number),
        )

        assert response.status_code == 422
        assert "không thể trước" in words(response)
        assert 'id="ceremony-error"' in response.text
        assert 'value="97-QĐ/HU"' in response.text

    def test_sending_twice_records_one_admission(self, context, tree, sit):
        number = make_person(context, tree["V1"])
        desk = sit("clerk", "X1")
        data = {"decision_no": "97-QĐ/HU", "decision": "5/9/22", "ceremony": "20/9/22"}

        sent = [
            desk.send("cases.save_admission", data, person=desk.token("person", number))
            for _ in range(2)
        ]

        assert [response.status_code for response in sent] == [303, 303]
        decisions = select(func.count()).where(Step.kind == "decision")
        assert db.session.scalar(decisions) == 1

    def test_only_those_who_record_people_may_record(self, context, tree, sit):
        number = make_person(context, tree["V1"])
        desk = sit("committee", "X1")

        response = desk.send(
            "cases.save_admission",
            {"decision_no": "1", "decision": "5/9/22"},
            person=desk.token("person", number),
        )

        assert response.status_code == 403

    def test_people_of_another_commune_cannot_be_chosen(self, context, tree, sit):
        stranger = make_person(context, tree["V3"], "Kẻ Lạ")
        desk = sit("clerk", "X1")

        for person in (desk.token("person", stranger), "rubbish"):
            assert desk.open("cases.record_admission", person=person).status_code == 404
            response = desk.send(
                "cases.save_admission", {"decision_no": "1", "decision": "5/9/22"}, person=person
            )
            assert response.status_code == 404

    def test_a_cell_secretary_sees_the_own_cell_alone_afterwards(self, context, tree, sit):
        number = make_person(context, tree["V1"])
        desk = sit("cell_secretary", "V1")

        response = desk.send(
            "cases.save_admission",
            {"decision_no": "1", "decision": "5/9/22", "ceremony": "20/9/22"},
            person=desk.token("person", number),
        )

        page = words(desk.browser.get(response.location))
        assert "Chi bộ thôn An Lão" in page
        assert tree["X1"].name not in page
