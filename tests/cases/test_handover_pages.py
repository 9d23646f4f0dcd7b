"""A case that goes to another tenant and one that comes, as a clerk meets them."""

import io

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.cases.rules import StepKind
from app.core.database import db
from app.procedure.queries import case_state
from app.procedure.transfer_files import read_file
from tests.cases.test_pages import only_person, sit, words
from tests.factories.cases import make_person, transfer_file

__all__ = ["sit"]

TO_PHU_THO = {"destination": "Đảng bộ tỉnh Phú Thọ", "sent_on": "1/10/22", "document_no": "5-GT"}


def upload(desk, content):
    """Send a transfer file to be looked at."""
    file = (io.BytesIO(content), "chuyen.json")
    return desk.browser.submit(desk.url("cases.preview_arrival"), {"handover": file})


def test_a_case_is_sent_and_its_file_leaves_a_trail(context, tree, sit):
    number = make_person(context, tree["V1"], "Lê Thị Hoa", ethnicity="Mường")
    desk = sit("clerk", "X1")
    address = desk.url("cases.handover", unit_id=None, person_id=number)
    assert address in desk.open("cases.person", person_id=number).text

    assert desk.send("cases.hand_over", TO_PHU_THO, person_id=number).location.endswith(address)

    file = desk.url("cases.handover_file", unit_id=None, person_id=number)
    assert file in desk.open("cases.handover", person_id=number).text
    answer = desk.browser.get(file)
    said = read_file(answer.data, context.today)
    assert (said.person.full_name, said.sent_to) == ("Lê Thị Hoa", "Đảng bộ tỉnh Phú Thọ")
    assert set(said.steps) == {StepKind.LISTED}
    assert "Lê Thị Hoa" in words(desk.open("cases.handovers"))
    assert "Tải tệp chuyển hồ sơ" in words(desk.open("cases.person_history", person_id=number))
    assert case_state(context, number).is_closed


def test_a_move_that_was_taken_back_offers_no_file_until_it_is_sent_again(context, tree, sit):
    number = make_person(context, tree["V1"])
    desk = sit("clerk", "X1")
    desk.send("cases.hand_over", TO_PHU_THO, person_id=number)
    first = desk.open("cases.handover_file", person_id=number).data
    desk.send("cases.withdraw", {"why": "Không chuyển nữa"}, person_id=number, kind="moved_away")

    assert desk.open("cases.handover_file", person_id=number).location.endswith("/handover")
    again = {**TO_PHU_THO, "destination": "Đảng bộ tỉnh Sơn La", "sent_on": "2/10/22"}
    desk.send("cases.hand_over", again, key="another", person_id=number)

    second = read_file(desk.open("cases.handover_file", person_id=number).data, context.today)
    assert second.number == read_file(first, context.today).number
    assert second.sent_to == "Đảng bộ tỉnh Sơn La"


def test_whom_a_file_brings_is_looked_at_before_it_is_taken_in(context, tree, sit):
    desk = sit("clerk", "X1")

    page = upload(desk, transfer_file())

    assert page.status_code == 200
    for shown in ("Lò Văn Chuyển", "Tỉnh Sơn La", "20/05/1998", "Đưa vào nguồn"):
        assert shown in words(page)
    content = page.text.split('name="content" type="hidden" value="')[1].split('"')[0]
    answer = {"content": content, "cell": desk.token("unit", tree["V1"].id)}
    taken = desk.browser.submit(desk.url("cases.accept_arrival"), answer)
    assert taken.status_code == 303
    person = only_person(context)
    assert person.details.full_name == "Lò Văn Chuyển"
    assert not person.steps
    assert "đã được nhận trước đây" in words(upload(desk, transfer_file()))


def test_somebody_who_looks_the_same_has_to_be_looked_at(context, tree, sit):
    make_person(context, tree["V2"], "Lò Văn Chuyển")
    desk = sit("clerk", "X1")
    page = upload(desk, transfer_file())
    assert "Có thể người này đã có hồ sơ" in words(page)
    assert "Chi bộ thôn" in words(page)
    content = page.text.split('name="content" type="hidden" value="')[1].split('"')[0]
    answer = {"content": content, "cell": desk.token("unit", tree["V1"].id)}
    accept = desk.url("cases.accept_arrival")

    assert "Có thể người này đã có hồ sơ" in words(desk.browser.submit(accept, answer))
    assert desk.browser.submit(accept, {**answer, "is_another": "y"}).status_code == 303

    db.session.rollback()
    asked = select(AuditEntry.id).where(AuditEntry.action == "duplicate.asked")
    assert len(db.session.scalars(asked).all()) == 2


def test_a_file_that_cannot_be_is_refused_with_what_to_do(context, tree, sit):
    desk = sit("clerk", "X1")

    for content, said in (
        (b"name,date\n", "không phải tệp chuyển hồ sơ"),
        (transfer_file().replace(b"1998", b"1999"), "hãy xin lại tệp"),
        (transfer_file(number=f"{context.tenant_code}-2022-1"), "chính đảng bộ này chuyển đi"),
        (transfer_file(sent_on="2050-01-01"), "chưa tới"),
    ):
        refused = upload(desk, content)
        assert refused.status_code == 422
        assert said in words(refused)
    assert (
        desk.browser.submit(
            desk.url("cases.accept_arrival"), {"content": "@@", "cell": desk.token("unit", 1)}
        ).status_code
        == 422
    )
