"""The annex of a version, on the page and in files, and who may take it out."""

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from app.accounts.rules import Role
from app.core import clock
from app.core.database import db
from app.quotas.commands import save_draft
from app.quotas.rules import Seen
from app.reports.layouts import add_layout
from app.reports.rules import Layout
from tests.factories.accounts import make_user
from tests.factories.quotas import board_key, give_quotas, import_quotas, quota_csv, quota_row
from tests.quotas.conftest import TODAY


@pytest.fixture(autouse=True)
def _held_clock():
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def printed(province):
    """What the province gives: a plain number, a range and two sub-quotas; a draft after it."""
    context = province.context
    give_quotas(context, None, {"P": 230}, decision_no="1-QĐ/TW", decided_on="2021-12-01")
    rows = [
        quota_row("P", "D1", 120, reason="bổ sung trong năm"),
        quota_row("P", "D2", "90-100", kind="range"),
        quota_row("P", "D1", 50, segment="female", kind="minimum"),
        quota_row("P", "D2", 40, segment="female", kind="minimum"),
        quota_row("P", "D1", 6, segment="student"),
    ]
    report = import_quotas(context, quota_csv(*rows))
    assert not report.rejects
    key = board_key(context, province["P"])
    save_draft(province.acting_for("P"), key, Seen(1, 0), {province["C9"].id: 7})
    for login_name, code, role in (
        ("tinh", "P", Role.COMMITTEE),
        ("xem", "P", Role.READER),
        ("huyen", "D1", Role.COMMITTEE),
    ):
        make_user(context, login_name, province[code].id, role, full_name=f"Cán bộ {login_name}")
    db.session.commit()
    return province


@pytest.fixture
def address(app, printed):
    """Return the address of a paper of a unit."""

    def address_of(rest, unit="P"):
        ids = app.extensions["opaque_ids"]
        sealed = ids.seal("unit", printed[unit].id, printed.context.tenant_id)
        return f"/units/{sealed}/quotas/{rest}?period=2022"

    return address_of


def sheet(response):
    book = CalamineWorkbook.from_filelike(BytesIO(response.data))
    return book.get_sheet_by_index(0).to_python()


def test_the_annex_says_what_was_decided(printed, address, client, sign_in):
    add_layout(printed.context, printed["P"].id, Layout(place_name="Vĩnh Phúc"))
    db.session.commit()
    sign_in(client, "tinh")

    page = client.get(address("versions/1/annex")).text

    assert "Chỉ tiêu kết nạp đảng viên năm 2022 giao cho các tổ chức trực thuộc" in page
    assert "(Kèm theo Quyết định số 12-QĐ/TU, ngày 20 tháng 12 năm 2021 của Tỉnh ủy)" in page
    assert "Vĩnh Phúc, ngày 20 tháng 12 năm 2021" in page
    assert "Lý do dự phòng: bổ sung trong năm" in page
    assert "Giao cho 2 trong 3 tổ chức trực thuộc." in page
    assert "DỰ THẢO" not in page


def test_the_workbook_of_an_annex_holds_the_numbers_of_the_version(address, client, sign_in):
    sign_in(client, "xem")

    rows = sheet(client.get(address("versions/1/annex.xlsx")))

    assert [1, "Huyện Tam Đảo", 90, 40, "", "từ 90 đến 100"] in rows
    assert [2, "Huyện Vĩnh Tường", 120, 50, 6, ""] in rows
    assert ["", "Tổng cộng", 210, 90, 6, ""] in rows
    assert ["", "Dự phòng", 20, "", "", ""] in rows
    assert ["", "Chỉ tiêu được giao", 230, "", "", ""] in rows


@pytest.mark.parametrize("ending", ["pdf", "xlsx", "csv"])
def test_a_file_is_sent_to_be_kept(address, client, sign_in, ending):
    sign_in(client, "xem")

    response = client.get(address(f"versions/1/annex.{ending}"))

    assert response.status_code == 200
    name = f"phu-luc-2022-ket-nap-dang-vien.{ending}"
    assert response.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert "no-store" in response.headers["Cache-Control"]


def test_who_took_it_out_and_when_stands_on_it(address, client, sign_in):
    sign_in(client, "xem")

    page = client.get(address("versions/1/annex")).text

    assert "Cán bộ xem xuất lúc 12:00 31/10/2022" in page


def test_the_draft_prints_with_its_mark_and_holds_what_was_typed(address, client, sign_in):
    sign_in(client, "tinh")

    page = client.get(address("draft/annex")).text
    rows = sheet(client.get(address("draft/annex.xlsx")))

    assert "DỰ THẢO" in page
    assert "ngày …… tháng …… năm ………" in page
    assert ["", "Tổng cộng", 217, 90, 6, ""] in rows


@pytest.mark.parametrize("rest", ["draft/annex", "draft/annex.pdf"])
def test_a_draft_is_kept_from_those_who_do_not_set_it(address, client, sign_in, rest):
    sign_in(client, "xem")

    assert client.get(address(rest)).status_code == 403


def test_another_unit_s_draft_is_not_the_committee_s_above(address, client, sign_in):
    sign_in(client, "tinh")

    assert client.get(address("draft/annex", unit="D1")).status_code == 403


def test_what_lies_outside_is_not_found(address, client, sign_in):
    sign_in(client, "huyen")

    assert client.get(address("versions/1/annex.pdf")).status_code == 404


@pytest.mark.parametrize(
    "rest", ["versions/1/annex.exe", "versions/9/annex", "versions/9/annex.pdf"]
)
def test_what_does_not_exist_is_not_found(address, client, sign_in, rest):
    sign_in(client, "tinh")

    assert client.get(address(rest)).status_code == 404


def test_without_a_draft_there_is_no_annex_of_one(address, client, sign_in):
    sign_in(client, "huyen")

    assert client.get(address("draft/annex", unit="D1")).status_code == 404


def test_the_paper_is_vietnamese_for_an_english_reader(address, client, sign_in):
    sign_in(client, "tinh")
    client.set_cookie("language", "en")

    page = client.get(address("versions/1/annex")).text

    assert 'lang="en"' in page
    assert "Chỉ tiêu kết nạp đảng viên năm 2022" in page
    assert "từ 90 đến 100" in page
    assert "Back" in page
