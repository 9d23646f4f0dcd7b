"""Sending a spreadsheet by the pages: the template, what was found, the rejected rows."""

import io
from datetime import date

import pytest
from flask import g, url_for
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from app.core.database import db
from app.web.security import LARGEST_REQUEST
from tests.factories.accounts import make_user
from tests.factories.cases import make_person
from tests.fixtures.accounts import new_browser
from tests.intake.conftest import work

HEADS = "Chi bộ,Họ và tên,Ngày sinh,Giới tính,Nghề nghiệp"


@pytest.fixture
def desk(app, sign_in, context, tree):
    browser = new_browser(app)
    make_user(context, "xa", tree["X1"].id, "clerk")
    db.session.commit()
    sign_in(browser, "xa")

    class Desk:
        client = browser

        def url(self, endpoint, **values):
            with app.test_request_context():
                g.tenant_id = 1
                return url_for(endpoint, **values)

        def send(self, content, name="danh-sach.csv", key="a key"):
            return browser.submit(
                self.url("intake.send", unit_id=tree["X1"].id),
                {"client_key": key, "spreadsheet": (io.BytesIO(content), name)},
            )

        def get(self, endpoint, **values):
            return browser.get(self.url(endpoint, **values))

        def post(self, endpoint, **values):
            return browser.submit(self.url(endpoint, **values))

    return Desk()


def sheet(*lines):
    return "\n".join((HEADS, *lines)).encode()


def test_the_template_offers_the_cells_of_the_unit_and_can_be_sent_back(desk, context, tree):
    response = desk.get("intake.template", unit_id=tree["X1"].id)

    book = CalamineWorkbook.from_filelike(io.BytesIO(response.data))
    assert book.get_sheet_by_index(0).to_python()[0][1] == "Chi bộ"
    choices = [row[0] for row in book.get_sheet_by_index(1).to_python()]
    assert "V1 · Chi bộ thôn An Lão" in choices
    assert not any("Chi bộ thôn Trung" in choice for choice in choices)
    assert desk.send(response.data, "mau.xlsx").status_code == 303
    work(context, 1)
    page = desk.get("intake.file", import_id=1)
    assert "Đã kiểm tra" in page.text


def test_a_file_is_checked_shown_taken_in_and_its_rejects_sent_again(desk, context):
    content = sheet("V1,Nguyễn Văn An,3/11/95,Nam,Nông dân", "V9,Lê Thị Bình,3/11/95,Nữ,=1+1")
    first = desk.send(content)
    again = desk.send(content)
    assert (first.status_code, first.location) == (303, again.location)
    work(context, 1)

    page = desk.get("intake.file", import_id=1)
    assert "Lê Thị Bình" in page.text
    assert "phải bắt đầu bằng chữ hoặc số" in page.text
    assert desk.post("intake.accept", import_id=1).status_code == 303
    work(context, 1)
    assert "Nguyễn Văn An" in desk.get("intake.file", import_id=1, state="stored").text

    rejects = desk.post("intake.rejects", import_id=1).data
    assert b"'=1+1" in rejects
    corrected = rejects.replace(b"V9", b"V2").replace(b"'=1+1", "Giáo viên".encode())
    assert desk.send(corrected, key="another key").status_code == 303
    work(context, 2)
    desk.post("intake.accept", import_id=2)
    work(context, 2)
    assert desk.post("intake.accept", import_id=2).status_code == 409
    names = db.session.scalars(text("SELECT full_name FROM person ORDER BY id")).all()
    assert names == ["Nguyễn Văn An", "Lê Thị Bình"]


def test_rows_that_nobody_decided_on_are_handed_back_in_the_end(desk, context, tree):
    make_person(context, tree["V2"], "Lê Thị Bình", date_of_birth=date(1995, 11, 3), sex="female")
    db.session.commit()
    desk.send(sheet("V1,Lê Thị Bình,3/11/95,Nữ,", "V1,Nguyễn Văn An,3/11/95,Nam,"))
    work(context, 1)
    desk.post("intake.accept", import_id=1)
    work(context, 1)
    assert "Tải các dòng chưa nhập" in desk.get("intake.file", import_id=1).text

    left_out = desk.post("intake.rejects", import_id=1).data.decode()

    assert "Có thể trùng với Lê Thị Bình" in left_out
    assert "Nguyễn Văn An" not in left_out


def test_the_trail_says_who_took_rejected_rows_out(desk, context):
    desk.send(sheet("V9,Lê Thị Bình,3/11/95,Nữ,"))
    work(context, 1)

    desk.post("intake.rejects", import_id=1)

    entry = text("SELECT actor_kind FROM audit_entry WHERE action = 'import.rejects_exported'")
    assert db.session.scalar(entry) == "user"


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old"])
def test_what_cannot_be_opened_is_refused_at_the_form(desk, content):
    response = desk.send(content, "x.xlsx")

    assert response.status_code == 422
    assert "Tệp Excel" in response.text


def test_sending_no_file_says_so(desk):
    response = desk.send(b"", "")

    assert response.status_code == 422
    assert "Hãy chọn một tệp." in response.text


def test_a_file_above_the_limit_is_refused_unread(desk):
    response = desk.client.post(
        desk.url("intake.files", unit_id=1),
        data=b"x" * (LARGEST_REQUEST + 1),
        content_type="multipart/form-data; boundary=x",
    )

    assert response.status_code == 413


def test_another_tenants_file_is_not_found(desk, context, app):
    desk.send(sheet("V1,Nguyễn Văn An,3/11/95,Nam,"))
    with app.test_request_context():
        g.tenant_id = 2
        foreign = url_for("intake.file", import_id=1)

    own = desk.url("intake.file", import_id=1)

    assert foreign != own
    assert desk.get("intake.file", import_id=1).status_code == 200
    assert desk.get("intake.file", import_id=99).status_code == 404
