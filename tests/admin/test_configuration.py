"""A tenant's administrator configures its own tenant, and no other."""

import csv
import html
import io
import re

import pytest
from flask import g
from sqlalchemy import select, text

from app.audit.models import AuditEntry
from app.core.database import DatabaseContext, apply_context, db
from app.measures.models import Measure, Segment
from app.privacy.models import PrivacyRule
from app.tenants.context import WHOLE_SCOPE
from app.tenants.models import Setting
from app.units.models import Kind, Level, Unit
from app.web.opaque import seal_id

LEVEL = {"code": "ward", "name_vi": "Phường", "name_en": "Ward", "rank": "9"}


@pytest.fixture
def administrator(province, client, sign_in):
    sign_in(client, "quantri")
    return client


def rows(province, table, *conditions):
    """Read rows of a tenant anew."""
    db.session.rollback()
    apply_context(db.session(), DatabaseContext(province.context.tenant_id, *WHOLE_SCOPE))
    found = db.session.scalars(
        select(table).where(*conditions).execution_options(populate_existing=True)
    ).all()
    db.session.expunge_all()
    return sorted(found, key=lambda row: getattr(row, "id", 0))


def row(province, table, code):
    [found] = rows(province, table, table.code == code)
    return found


def address(app, province, *parts):
    with app.test_request_context():
        g.tenant_id = province.context.tenant_id
        part, kind, number, *rest = parts
        return "/".join(("/admin", part, seal_id(kind, number), *rest))


def key_of(page):
    return re.search('name="client_key" value="([^"]+)"', page.text)[1]


def add(browser, part, values):
    page = browser.get(f"/admin/{part}/new")
    return browser.submit(f"/admin/{part}/new", {**values, "client_key": key_of(page)})


PARTS = (
    ("levels", "level", Level, "province", {"name_vi": "Cấp Một", "name_en": "One", "rank": "1"}),
    ("kinds", "kind", Kind, "village_cell", {"name_vi": "Chi bộ làng", "rank": "3"}),
    ("measures", "measure", Measure, "admission", {"name_vi": "Kết nạp mới"}),
    ("segments", "segment", Segment, "student", {"name_vi": "Người đang đi học"}),
)


@pytest.mark.parametrize(("part", "kind", "table", "code", "values"), PARTS)
def test_a_row_of_ones_own_tenant_is_changed_with_a_trail(
    *, app, province, administrator, part, kind, table, code, values
):
    number = row(province, table, code).id

    answer = administrator.submit(address(app, province, part, kind, number), values)

    assert answer.status_code == 303, answer.text
    assert row(province, table, code).name_vi == values["name_vi"]
    trail = rows(
        province, AuditEntry, AuditEntry.subject_kind == kind, AuditEntry.subject_id == number
    )
    assert trail[-1].after["name_vi"] == values["name_vi"]
    assert trail[-1].actor_id == province.users["quantri"]


@pytest.mark.parametrize(("part", "kind", "table", "code", "values"), PARTS)
def test_a_row_of_another_tenant_is_not_found_and_not_changed(
    *, app, other_province, province, administrator, part, kind, table, code, values
):
    foreign = row(other_province, table, code)
    number, name = foreign.id, foreign.name_vi
    own_seal = address(app, province, part, kind, number)
    foreign_seal = address(app, other_province, part, kind, number)

    for path in (own_seal, foreign_seal, f"{own_seal}/remove", f"{foreign_seal}/remove"):
        assert administrator.get(path).status_code == 404
        assert administrator.submit(path, values).status_code == 404

    assert row(other_province, table, code).name_vi == name


@pytest.mark.parametrize("part", ["levels", "kinds", "measures", "segments", "accounts"])
@pytest.mark.parametrize("token", ["1", "x", "x" * 22, "..%2f", "%00", "1'--"])
def test_a_malformed_number_is_not_found(administrator, part, token):
    assert administrator.get(f"/admin/{part}/{token}").status_code == 404


def test_a_number_of_one_kind_opens_no_other(app, province, administrator):
    number = row(province, Level, "province").id

    assert administrator.get(address(app, province, "kinds", "level", number)).status_code == 404
    assert administrator.get(address(app, province, "levels", "level", number)).status_code == 200


def test_lists_show_the_own_tenant_alone(other_province, province, administrator):
    apply_context(db.session(), other_province.context.for_database)
    db.session.execute(text("UPDATE level SET name_vi = 'Cấp của tỉnh khác'"))
    db.session.execute(text("UPDATE kind SET name_vi = 'Loại hình của tỉnh khác'"))
    db.session.commit()

    parts = [f"/admin/{part}/" for part in ("levels", "kinds", "measures", "segments")]
    for address in (*parts, "/staff/"):
        page = administrator.get(address)
        assert page.status_code == 200
        assert "tỉnh khác" not in page.text
        assert "hb." not in page.text


def test_a_level_is_added_once_however_often_the_form_is_sent(province, administrator):
    form = {**LEVEL, "client_key": key_of(administrator.get("/admin/levels/new"))}

    answers = [administrator.submit("/admin/levels/new", form) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [303] * 3
    assert len(rows(province, Level, Level.code == "ward")) == 1


@pytest.mark.parametrize(
    ("field", "value"), [("code", "Có dấu"), ("code", ""), ("name_vi", " "), ("rank", "mười")]
)
def test_a_bad_level_is_refused_at_its_field_with_what_was_typed(
    province, administrator, field, value
):
    answer = add(administrator, "levels", {**LEVEL, field: value})

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "Ward" in answer.text
    assert rows(province, Level, Level.code == "ward") == []


def test_a_taken_code_is_told_in_words(province, administrator):
    answer = add(administrator, "levels", {**LEVEL, "code": "commune"})

    assert answer.status_code == 422
    assert "Mã này đã có" in answer.text


def test_what_no_form_names_is_not_assigned(app, other_province, province, administrator):
    number = row(province, Level, "commune").id
    injected = {
        "name_vi": "Cấp xã",
        "name_en": "",
        "rank": "3",
        "id": "999",
        "code": "changed",
        "tenant_id": str(other_province.context.tenant_id),
    }

    answer = administrator.submit(address(app, province, "levels", "level", number), injected)

    assert answer.status_code == 303
    changed = row(province, Level, "commune")
    assert (changed.id, changed.tenant_id, changed.name_vi) == (
        number,
        province.context.tenant_id,
        "Cấp xã",
    )


def test_removing_asks_first(app, province, administrator):
    add(administrator, "levels", LEVEL)
    path = address(app, province, "levels", "level", row(province, Level, "ward").id, "remove")

    assert administrator.get(path).status_code == 200
    assert rows(province, Level, Level.code == "ward")

    assert administrator.submit(path).status_code == 303
    assert rows(province, Level, Level.code == "ward") == []
    assert rows(province, AuditEntry, AuditEntry.action == "level.removed")


def test_a_level_in_use_is_not_removed(app, province, administrator):
    path = address(app, province, "levels", "level", row(province, Level, "commune").id, "remove")

    answer = administrator.submit(path)

    assert answer.status_code == 422
    assert "không xóa được" in answer.text
    assert rows(province, Level, Level.code == "commune")


def test_whether_a_kind_is_of_cells_is_said_once(app, province, administrator):
    number = row(province, Kind, "village_cell").id
    form = {"name_vi": "Chi bộ làng", "rank": "3", "is_residential": "", "is_cell": ""}

    administrator.submit(address(app, province, "kinds", "kind", number), form)

    changed = row(province, Kind, "village_cell")
    assert (changed.name_vi, changed.is_cell, changed.is_residential) == ("Chi bộ làng", True, True)


def test_a_segment_is_added_with_its_definition(province, administrator):
    answer = add(
        administrator,
        "segments",
        {
            "code": "kinh_or_muong",
            "name_vi": "Kinh, Mường",
            "name_en": "",
            "origin": "attribute",
            "attribute": "ethnicity",
            "any_of": "Kinh; Mường",
        },
    )

    assert answer.status_code == 303, answer.text
    added = row(province, Segment, "kinh_or_muong")
    assert (added.attribute, added.any_of) == ("ethnicity", ["Kinh", "Mường"])


def test_a_segment_that_tells_nobody_is_refused(province, administrator):
    values = {"code": "nobody", "name_vi": "Không ai", "origin": "attribute", "attribute": ""}

    answer = add(administrator, "segments", values)

    assert answer.status_code == 422
    assert rows(province, Segment, Segment.code == "nobody") == []


def test_measures_are_neither_added_nor_removed(app, province, administrator):
    number = row(province, Measure, "admission").id

    assert administrator.get("/admin/measures/new").status_code == 404
    assert administrator.submit("/admin/measures/new").status_code == 404
    removal = address(app, province, "measures", "measure", number, "remove")
    assert administrator.submit(removal).status_code == 404


def test_settings_are_the_own_tenants(other_province, province, administrator):
    kept = {"usual_basis": "consent", "retention_months": "60"}
    form = {"rating_source": "own", "counted_step": "ceremony", **kept}

    assert administrator.submit("/admin/settings/", form).status_code == 303

    [own] = rows(province, Setting)
    [other] = rows(other_province, Setting)
    assert (own.rating_source, other.rating_source) == ("own", "assigned")
    assert row(province, Measure, "admission").counted_step == "ceremony"
    assert row(other_province, Measure, "admission").counted_step == "decision"
    changed = {entry.action for entry in rows(province, AuditEntry)}
    assert {"setting.changed", "measure.recounted", "privacy.chosen"} <= changed
    [rule] = rows(province, PrivacyRule)
    assert (rule.usual_basis, rule.retention_months) == ("consent", 60)
    assert rows(other_province, PrivacyRule) == []


def test_a_real_tenant_has_no_clock(province, administrator):
    assert "clock_on" not in administrator.get("/admin/settings/").text
    form = {"rating_source": "own", "counted_step": "decision", "usual_basis": "consent"}
    form["clock_on"] = "31/10/2022"

    administrator.submit("/admin/settings/", form)

    [setting] = rows(province, Setting)
    assert setting.clock_on is None


@pytest.mark.parametrize("login_name", ["tinh", "huyen", "xa", "chibo", "xem"])
def test_only_administrators_configure(province, client, sign_in, login_name):
    sign_in(client, login_name)

    for part in ("levels", "kinds", "measures", "segments", "settings", "tenants"):
        assert client.get(f"/admin/{part}/").status_code == 403
        assert client.submit(f"/admin/{part}/new", LEVEL).status_code in {403, 404}
    overview = client.get("/admin/").text
    assert "/admin/levels/" not in overview
    assert "/admin/settings/" not in overview


def test_units_are_kept_out_of_reach_of_configuration(province, administrator):
    before = len(rows(province, Unit))

    add(administrator, "levels", LEVEL)

    assert len(rows(province, Unit)) == before


@pytest.mark.parametrize(
    "part", ["levels", "kinds", "measures", "segments", "rule-sets", "days", "papers", "mailboxes"]
)
def test_a_list_leaves_as_the_page_shows_it(province, administrator, part):
    page = administrator.get(f"/admin/{part}/").text
    head, *lines = csv.reader(
        io.StringIO(administrator.get(f"/admin/{part}/table.csv").data.decode("utf-8-sig"))
    )

    assert not lines or all(html.escape(label, quote=False) in page for label in head[1:])
    assert all(html.escape(line[1], quote=False) in page for line in lines)
    assert [line[0] for line in lines] == [str(number) for number in range(1, len(lines) + 1)]
    assert bool(lines) == (f"/admin/{part}/table.xlsx" in page)
    assert administrator.get(f"/admin/{part}/table.xlsx").status_code == 200
    assert administrator.get(f"/admin/{part}/table.exe").status_code == 404
    taken = rows(province, AuditEntry, AuditEntry.action == "list.exported")
    assert [entry.after for entry in taken] == [{"table": part, "rows": len(lines)}] * 2
