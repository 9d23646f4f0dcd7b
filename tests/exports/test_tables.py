"""Every table leaves as a file: what stands in it, who may take it, what the trail keeps."""

import csv
import io
import re
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.core import clock
from app.core.database import db
from app.core.jobs import run_job
from app.core.periods import parse_period
from app.exports import letters, views
from app.exports.models import ExportFile
from app.exports.tables import EXPORTS
from app.measures.queries import measure_by_code
from app.monitoring.queries import Question
from app.reminders import queries as reminding
from app.reminders.commands import Written, send
from app.reminders.rules import Kind, Origin
from app.tenants.context import tenant_transaction
from tests.fixtures.accounts import new_browser
from tests.quotas.conftest import TODAY
from tests.reminders.conftest import province as province  # noqa: PLC0414 the same small province


@pytest.fixture
def home(app, province):
    """Return the address of a unit."""

    def address(code):
        sealed = app.extensions["opaque_ids"].seal(
            "unit", province[code].id, province.context.tenant_id
        )
        return f"/units/{sealed}"

    return address


@pytest.fixture
def signed_in(app, province, sign_in):
    """Return a browser with somebody signed in."""

    def as_user(name):
        browser = new_browser(app)
        sign_in(browser, name)
        return browser

    return as_user


def rows_of(response):
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"))))


def exports_in_trail():
    with tenant_transaction("VINHPHUC") as context:
        rows = db.session.execute(
            select(AuditEntry.action, AuditEntry.actor_name, AuditEntry.after)
            .where(
                AuditEntry.tenant_id == context.tenant_id,
                AuditEntry.action.in_(
                    ("people.exported", "export_file.ordered", "export_file.taken")
                ),
            )
            .order_by(AuditEntry.id)
        )
        return [tuple(row) for row in rows]


def test_the_figures_of_a_file_are_those_of_the_page(home, signed_in):
    rows = rows_of(signed_in("huyen").get(f"{home('D1')}/attainment.csv?period=2022"))

    assert rows[0][:5] == ["STT", "Tên tổ chức đảng", "Chỉ tiêu", "Đã thực hiện", "Tỷ lệ"]
    by_name = {row[1]: row[2:5] for row in rows[1:]}
    assert by_name["Xã Ngũ Kiên"] == ["10", "7", "70.00"]
    assert by_name["Huyện Vĩnh Tường (toàn đơn vị)"] == ["40", "7", "17.50"]


def test_quarters_and_kinds_of_quotas_leave_as_they_stand_on_the_page(home, signed_in):
    browser = signed_in("huyen")
    quarters = rows_of(browser.get(f"{home('D1')}/quarters.csv?period=2022"))
    kinds = rows_of(browser.get(f"{home('D1')}/quota-kinds.csv?period=2022"))
    page = browser.get(f"{home('D1')}/attainment?period=2022").text

    assert [row[0] for row in quarters[1:]] == ["Quý 1", "Quý 2", "Quý 3", "Quý 4"]
    assert quarters[-1][1:] == ["40", "7", "-33"]
    assert [row[1:4] for row in kinds[1:] if row[5]] == [["40", "7", "17.50"]]
    assert "/quarters.csv" in page


def test_drawings_and_lists_leave_as_the_figures_they_show(home, signed_in):
    browser, asked = signed_in("huyen"), "period=2022"

    def figures(name, more=""):
        rows = rows_of(browser.get(f"{home('D1')}/{name}.csv?{asked}{more}"))
        return {row[1]: row[2:] for row in rows[1:]}

    assert figures("treemap")["Xã Ngũ Kiên"][:4] == ["", "10", "7", "70.00"]
    assert figures("multiples")["Xã Ngũ Kiên"][-2:] == ["7", "70.00"]
    low = figures("watch", "&list=low")
    assert low["Xã Lũng Hoà"] == ["Huyện Vĩnh Tường", "8", "0", "0.00"]
    assert figures("watch", "&list=low&level=cell") == {}


def test_all_letters_leave_however_many_pages_they_fill(province, home, signed_in, monkeypatch):
    monkeypatch.setattr(letters, "LETTERS_ON_A_PAGE", 2)
    monkeypatch.setattr(reminding, "LETTERS_ON_A_PAGE", 2)
    question = Question(measure_by_code(province.context, "admission"), parse_period("2022"), TODAY)
    for number in range(5):
        written = Written(province["C1"].id, Origin.HAND, f"Thư {number}", once=f"lần {number}")
        send(province.context, Kind.REMINDER, province["D1"].id, question, [written])
    db.session.commit()

    sent = rows_of(signed_in("huyen").get(f"{home('D1')}/reminders.csv"))
    received = rows_of(signed_in("xa").get(f"{home('C1')}/inbox.csv"))

    assert [row[1] for row in sent[1:]] == ["Xã Ngũ Kiên"] * 5
    assert [row[1] for row in received[1:]] == ["Huyện Vĩnh Tường"] * 5


def test_every_table_is_drawn_in_every_form_on_its_paper(home, signed_in):
    browser = signed_in("huyen")

    for name in EXPORTS:
        for ending in ("xlsx", "csv"):
            response = browser.get(f"{home('D1')}/{name}.{ending}?period=2022")
            assert response.status_code == 200, (name, ending, response.status_code)
            assert response.headers["Content-Disposition"].startswith("attachment")
            if ending == "xlsx":
                sheet = CalamineWorkbook.from_filelike(
                    io.BytesIO(response.data)
                ).get_sheet_by_index(0)
                words = [str(cell) for row in sheet.to_python() for cell in row]
                assert any("ĐẢNG CỘNG SẢN VIỆT NAM" in word for word in words), name
    assert browser.get(f"{home('D1')}/attainment.exe").status_code == 404


def test_taking_people_out_leaves_who_and_what_and_needs_the_right(home, signed_in):
    taken = signed_in("xa").get(f"{home('C1')}/people.csv?q=B1")
    assert len(rows_of(taken)) == 1 + 6
    # Who and when: at the foot of a paper, and of a table without one in its name.
    assert re.search(r"nguoi-dung-\S*xa-\d\d-\d\d-\d\d", taken.headers["Content-Disposition"])

    (entry,) = exports_in_trail()
    assert entry[0] == "people.exported"
    assert entry[1].endswith("xa")
    assert entry[2] == {"table": "people", "query": "q=B1", "rows": 6}
    assert signed_in("quantri").get(f"{home('P')}/people.csv").status_code == 403
    assert signed_in("xa").get(f"{home('D1')}/people.csv").status_code == 404
    assert signed_in("xa").get(f"{home('C1')}/late.csv").status_code == 403


def test_a_long_list_is_drawn_by_the_worker_and_goes_within_a_day(
    home, signed_in, monkeypatch, open_files_on_shelf
):
    monkeypatch.setattr(views, "LONGEST_AT_ONCE", 5)
    browser = signed_in("xa")
    answer = browser.get(f"{home('C1')}/people.xlsx?q=B1")
    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"])
    assert "Danh sách có 6 dòng" in page.text
    key = page.text.partition('name="client_key" value="')[2].partition('"')[0]
    order = answer.headers["Location"]
    for _twice in range(2):
        assert browser.submit(order, {"client_key": key}).status_code == 303
    assert "0/6 dòng" in browser.get(f"{home('C1')}/files").text

    run_job("draw_exports", {})

    shelf = browser.get(f"{home('C1')}/files").text
    address = shelf.partition('btn btn-secondary" href="')[2]
    address = next(
        part.partition('"')[0] for part in shelf.split('href="') if "/files/" in part[:80]
    )
    assert address
    taken = browser.get(address)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(taken.data)).get_sheet_by_index(0)
    names = {str(row[1]) for row in sheet.to_python() if len(row) > 1}
    assert sum(name.startswith("Người B1") for name in names) == 6
    assert [entry[0] for entry in exports_in_trail()] == [
        "export_file.ordered",
        "export_file.taken",
    ]
    # What lies on the shelf is sealed: no name can be read in the table.
    assert open_files_on_shelf() == 0
    assert signed_in("huyen").get(address).status_code == 200
    assert signed_in("quantri").get(address).status_code == 403

    with tenant_transaction("VINHPHUC") as context:
        db.session.execute(
            update(ExportFile)
            .where(ExportFile.tenant_id == context.tenant_id)
            .values(expires_at=clock.now() - timedelta(seconds=1))
        )
    assert browser.get(address).status_code == 404
    run_job("forget_exports", {})
    with tenant_transaction("VINHPHUC") as context:
        assert db.session.scalars(select(ExportFile.id)).all() == []


@pytest.fixture
def open_files_on_shelf():
    """Count the drawn files in which a name stands open."""

    def count():
        with tenant_transaction("VINHPHUC") as context:
            contents = db.session.scalars(
                select(ExportFile.content).where(ExportFile.tenant_id == context.tenant_id)
            ).all()
            assert contents
            # A workbook is a zip whose first bytes tell it.
            return sum(content.startswith(b"PK") for content in contents)

    return count


def test_people_of_a_long_list_come_once_in_order(province, monkeypatch):
    from app.cases import queries  # noqa: PLC0415 to change its batch

    monkeypatch.setattr(queries, "PEOPLE_IN_A_BATCH", 2)
    wanted = queries.PeopleFilter()

    batches = list(queries.people_in_batches(province.context, province["C1"], wanted))
    page = queries.people(province.context, province["C1"], wanted)

    assert [len(batch) for batch in batches] == [2, 2, 2, 1]
    assert tuple(person for batch in batches for person in batch) == page.people
    assert queries.number_of_people(province.context, province["C1"], wanted) == 7
