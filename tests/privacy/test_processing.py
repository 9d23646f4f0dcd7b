"""The record of processing says what the program does; the notice stands where data are typed."""

from dataclasses import replace

import pytest
from flask import g, url_for
from sqlalchemy import select

from app.accounts.field_rights import Fields
from app.audit.models import AuditEntry
from app.core.database import apply_context, db
from app.core.errors import Refused
from app.countersigning.commands import set_rules
from app.countersigning.rules import TwoPersonRules
from app.privacy.classification import OF_PEOPLE
from app.privacy.commands import choose_privacy_rule, describe_processing
from app.privacy.processing_record import COPIES, FIELDS, PURPOSES, processing_record
from app.privacy.queries import Processing, privacy_rule, processing
from app.privacy.rules import LegalBasis
from app.privacy.subject_paper import SECTIONS


def said(context):
    return dict(row.values for row in processing_record(context).rows)


def test_the_record_knows_every_table_and_every_group_of_fields():
    assert {*SECTIONS, *COPIES} == set(OF_PEOPLE)
    assert set(FIELDS) == set(Fields)


def test_the_record_follows_what_the_tenant_has_chosen(app, province):
    context = province.context
    with app.test_request_context():
        before = said(context)
        choose_privacy_rule(context, LegalBasis.CONSENT, 24)
        set_rules(context, TwoPersonRules(erasure=True, export_rows=500))
        describe_processing(context, Processing(purposes=" Kết nạp \n\n đảng viên "))
        after = said(context)

    assert before["Mục đích"] == PURPOSES
    assert after["Mục đích"] == "Kết nạp\nđảng viên"
    assert "24 tháng" in after["Thời gian lưu"]
    assert "Chưa đặt thời hạn" in before["Thời gian lưu"]
    assert after["Căn cứ, khi hồ sơ không ghi khác"] == "Người đó đã đồng ý"
    assert before["Biện pháp: hai người duyệt"] == "chưa đặt việc nào"
    assert after["Biện pháp: hai người duyệt"] == (
        "xoá thông tin cá nhân, xuất danh sách trên 500 người"
    )
    assert "giữ kín: Dân tộc, Tôn giáo" in after["Dữ liệu: thông tin cá nhân"]


def test_describing_keeps_the_rule_and_leaves_an_entry(province):
    context = province.context
    choose_privacy_rule(context, LegalBasis.CONSENT, 24)
    wanted = Processing(recipients="Ban Tổ chức", notice="Xin đọc kỹ")

    describe_processing(context, wanted)
    describe_processing(context, wanted)

    assert processing(context) == wanted
    assert privacy_rule(context).retention_months == 24
    entries = db.session.scalars(select(AuditEntry.id).where(AuditEntry.action.like("privacy.d%")))
    assert len(entries.all()) == 1
    with pytest.raises(Refused):
        describe_processing(context, replace(wanted, notice="x" * 3000))


def test_the_notice_stands_where_data_are_typed(*, app, client, sign_in, province):
    notice = "Đảng ủy thông báo: dữ liệu chỉ dùng để kết nạp."
    with app.test_request_context():
        g.tenant_id = province.context.tenant_id
        unit = {"unit_id": province.commune.id}
        pages = [url_for("cases.new_person", **unit), url_for("intake.files", **unit)]
    sign_in(client, "xa")
    assert all("Căn cứ: Quy định nội bộ của Đảng" in client.get(page).text for page in pages)

    apply_context(db.session(), province.context.for_database)
    describe_processing(province.context, Processing(notice=notice))
    db.session.commit()

    assert all(notice in client.get(page).text for page in pages)


def test_an_administrator_writes_and_prints(client, sign_in, province):
    sign_in(client, "quantri")

    saved = client.submit("/admin/processing/", {"purposes": "Kết nạp đảng viên của tỉnh"})

    assert saved.status_code == 303
    assert "Kết nạp đảng viên của tỉnh" in client.get("/admin/processing/record").text
    assert client.get("/admin/processing/record.pdf").data.startswith(b"%PDF")
    db.session.rollback()
    apply_context(db.session(), province.context.for_database)
    taken = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "list.exported")).all()
    assert [entry.after["table"] for entry in taken] == ["processing record"]
    sign_in(client, "xa")
    assert client.get("/admin/processing/record").status_code == 403
