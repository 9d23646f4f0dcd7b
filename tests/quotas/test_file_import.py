"""Publishing from files: what is taken, what is refused, and that nothing happens twice."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from app.audit.models import AuditEntry
from app.core.database import db
from app.imports.rules import ImportRefused, read_table, rejects_csv
from app.measures.queries import measure_by_code
from app.quotas.commands import save_draft
from app.quotas.file_import import import_quota_table, import_quotas
from app.quotas.file_rows import QUOTA_COLUMNS
from app.quotas.in_force import quotas_in_force
from app.quotas.queries import lines_of_version, versions
from app.quotas.rules import OWN, Seen
from app.tenants.commands import create_tenant
from app.units.queries import unit_by_code
from tests.factories.quotas import board_key, board_of, give_quotas, quota_csv, quota_row
from tests.factories.units import import_lines
from tests.quotas.conftest import make_province

DATA = Path(__file__).parents[1] / "data"


def latest(province, code, **key):
    return versions(province.context, board_key(province.context, province[code], **key)).latest


def given(province, code, **key):
    lines = lines_of_version(province.context, latest(province, code, **key))
    codes = {unit.id: unit.code for unit in province.units.values()}
    return {codes[line.unit_id]: line.quota.count for line in lines if line.segment_id is None}


def refusals(province, *rows):
    with pytest.raises(ImportRefused) as refused:
        import_quotas(province.context, quota_csv(*rows))
    return [
        (reject.row, reject.column, str(reject.reason)) for reject in refused.value.report.rejects
    ]


def test_a_file_publishes_one_distribution_for_each_issuer(province):
    report = import_quotas(
        province.context,
        quota_csv(
            quota_row("D1", "C1", 15, decision_no="7-QĐ/HU"),
            quota_row("D1", "C2", 20, decision_no="7-QĐ/HU"),
            quota_row("P", "D1", 40, reason="dự phòng"),
            quota_row("P", "D2", 50),
            quota_row("", "P", 100, decision_no="1-QĐ/TW"),
        ),
    )

    assert (report.read, report.accepted, report.unchanged) == (5, 5, 0)
    of_province, of_district = latest(province, "P"), latest(province, "D1")
    assert (of_province.assigned, of_province.reserve, of_province.reserve_reason) == (
        100,
        10,
        "dự phòng",
    )
    assert (of_district.assigned, of_district.reserve, of_district.reserve_reason) == (
        40,
        5,
        "theo tệp nhập",
    )
    assert given(province, "D1") == {"C1": 15, "C2": 20}
    assert of_district.decided_on == date(2021, 12, 20)


def test_an_issuer_that_was_assigned_nothing_holds_what_it_gives(province):
    give_quotas(province.context, "P", {"D1": 40, "D2": 50})

    assert latest(province, "P").assigned == 90
    assert latest(province, "P").reserve == 0
    assert latest(province, "P").reserve_reason is None


def test_assigned_is_what_was_in_force_when_the_issuer_decided(province):
    give_quotas(province.context, "P", {"D1": 40}, decided_on="2021-12-10")
    give_quotas(province.context, "P", {"D1": 50}, decided_on="2022-07-01", decision_no="90-QĐ/TU")

    give_quotas(province.context, "D1", {"C1": 40}, decided_on="2022-01-05")

    assert latest(province, "D1").assigned == 40


def test_a_file_replaces_all_lines_by_a_new_version(province):
    give_quotas(province.context, "P", {"D1": 40, "D2": 50})

    give_quotas(province.context, "P", {"D1": 45}, decided_on="2022-07-01", decision_no="90-QĐ/TU")

    found = versions(province.context, board_key(province.context, province["P"]))
    assert [(row.version, row.state) for row in found.published] == [
        (1, "superseded"),
        (2, "published"),
    ]
    assert given(province, "P") == {"D1": 45}


def test_the_same_file_twice_changes_nothing(province):
    content = quota_csv(
        quota_row("", "P", 100),
        quota_row("P", "D1", "3,5", kind="percent:year_start"),
        quota_row("P", "D1", 4, segment="female", kind="minimum"),
        quota_row("P", "D2", "40-50", kind="range"),
        quota_row("D1", "D1", 90, decision_no="3-NQ/HU"),
    ).replace(b"3,5", b'"3,5"')
    import_quotas(province.context, content)
    entries = db.session.query(AuditEntry).count()

    report = import_quotas(province.context, content)

    assert (report.accepted, report.unchanged) == (5, 5)
    assert latest(province, "P").version == 1
    assert db.session.query(AuditEntry).count() == entries


def test_an_old_file_does_not_come_back_over_a_newer_decision(province):
    old = quota_csv(quota_row("P", "D1", 40))
    import_quotas(province.context, old)
    give_quotas(province.context, "P", {"D1": 50}, decided_on="2022-07-01", decision_no="90-QĐ/TU")

    assert import_quotas(province.context, old).unchanged == 1

    assert given(province, "P") == {"D1": 50}


def test_decisions_may_be_entered_in_any_order(province):
    give_quotas(province.context, "P", {"D1": 50}, decided_on="2022-07-01", decision_no="90-QĐ/TU")
    give_quotas(province.context, "P", {"D1": 40})

    found = versions(province.context, board_key(province.context, province["P"]))
    assert [(row.version, row.state) for row in found.published] == [
        (2, "superseded"),
        (1, "published"),
    ]
    assert given(province, "P") == {"D1": 50}


def test_segments_stand_beside_the_total_and_are_not_summed(province):
    give_quotas(province.context, "", {"P": 100})
    import_quotas(
        province.context,
        quota_csv(
            quota_row("P", "D1", 100),
            quota_row("P", "D1", 60, segment="female", kind="minimum"),
            quota_row("P", "D1", 70, segment="youth_union", kind="minimum"),
        ),
    )

    assert latest(province, "P").reserve == 0


def test_introductions_are_given_by_who_introduces(province):
    import_quotas(
        province.context,
        quota_csv(
            quota_row("P", "D1", 30, measure="introduction"),
            quota_row("P", "D1", 20, measure="introduction", segment="farmers"),
        ),
    )

    assert refusals(province, quota_row("P", "D1", 20, segment="farmers"))[0][:2] == (2, "segment")


def test_an_issuer_that_gives_to_itself_sets_its_own_quota(province):
    give_quotas(province.context, "D1", {"D1": "90-100"}, kind="range", decision_no="3-NQ/HU")

    found = versions(province.context, board_key(province.context, province["D1"]), OWN)
    assert found.latest.assigned is None
    measure = measure_by_code(province.context, "admission")
    (figure,) = quotas_in_force(
        province.context,
        [province["D1"].id],
        measure.id,
        board_key(province.context, province["D1"]).period,
        date(2022, 10, 31),
    )[province["D1"].id]
    assert (figure.source, figure.count, figure.upper_count) == ("own", 90, 100)


def test_percentages_are_of_the_units_members_on_the_day_of_their_base(province):
    give_quotas(province.context, "P", {"D1": "3.5", "D2": "2.5"}, kind="percent:year_start")

    assert given(province, "P") == {"D1": 70, "D2": 25}


def test_what_is_wrong_with_a_row_is_said_and_nothing_is_stored(province):
    found = refusals(
        province,
        quota_row("X", "D1", 1),
        quota_row("P", "X", 1),
        quota_row("P", "D1", 1, measure="marriage"),
        quota_row("P", "D1", 1, segment="left_handed"),
        quota_row("P", "D1", 1, period="năm nay"),
        quota_row("P", "D1", 1, kind="wish"),
        quota_row("P", "D1", -1),
        quota_row("P", "D1", "1.5"),
        quota_row("P", "D1", "100-90", kind="range"),
        quota_row("P", "D1", 1, decision_no=""),
        quota_row("P", "D1", 1, decided_on=""),
        quota_row("P", "D1", 1, decided_on="2022-02-30"),
        quota_row("P", "D1", 1, decided_on="2022-11-01"),
        quota_row("P", "C9", "3", kind="percent:year_start"),
        quota_row("P", "D1", "3", kind="percent:year_end_before", period="2019"),
        quota_row("P", "C1", 1),
        quota_row("D1", "P", 1),
        quota_row("", "D1", 1),
        quota_row("P", "D2", 7),
    )

    assert [(row, column) for row, column, _ in found] == [
        (2, "issuer_code"),
        (3, "unit_code"),
        (4, "measure"),
        (5, "segment"),
        (6, "period"),
        (7, "kind"),
        (8, "quota"),
        (9, "quota"),
        (10, "quota"),
        (11, "decision_no"),
        (12, "decided_on"),
        (13, "decided_on"),
        (14, "decided_on"),
        (15, "kind"),
        (16, "kind"),
        (17, "unit_code"),
        (18, "unit_code"),
        (19, "unit_code"),
    ]
    assert latest(province, "P") is None


def test_rows_of_one_distribution_must_agree(province):
    found = refusals(
        province,
        quota_row("P", "D1", 40, reason="dự phòng"),
        quota_row("P", "D2", 50, decision_no="13-QĐ/TU"),
        quota_row("P", "D2", 50, decided_on="2021-12-21"),
        quota_row("P", "D2", 50, reason="để dành"),
        quota_row("P", "D1", 41),
        quota_row("P", "D2", 50),
    )

    assert found == [
        (3, "decision_no", "Khác với dòng 2 của cùng bảng giao chỉ tiêu."),
        (4, "decided_on", "Khác với dòng 2 của cùng bảng giao chỉ tiêu."),
        (5, "reason", "Khác với dòng 2 của cùng bảng giao chỉ tiêu."),
        (6, "unit_code", "Tổ chức này đã có ở dòng 2."),
    ]


def test_skipping_bad_rows_publishes_the_good_ones(province):
    report = import_quotas(
        province.context,
        quota_csv(
            quota_row("P", "D1", 40),
            quota_row("P", "D2", "abc"),
            quota_row("P", "D1", 41),
        ),
        skip_bad=True,
    )

    assert (report.read, report.accepted, report.rejected) == (3, 1, 2)
    assert given(province, "P") == {"D1": 40}


def test_corrected_rejects_complete_what_was_published(province):
    content = quota_csv(
        quota_row("", "P", 100, decision_no="1-QĐ/TW"),
        quota_row("P", "D1", 40, reason="dự phòng"),
        quota_row("P", "D2", "abc"),
        quota_row("P", "C9", 7, kind="minimum"),
    )
    table = read_table(content, QUOTA_COLUMNS)
    rejects = import_quota_table(province.context, table, skip_bad=True).rejects
    corrected = rejects_csv(table, rejects).replace(b",abc,", b",50,")

    report = import_quotas(province.context, corrected)

    assert (report.read, report.accepted, report.unchanged) == (1, 1, 0)
    assert given(province, "P") == {"D1": 40, "D2": 50, "C9": 7}
    found = latest(province, "P")
    assert (found.version, found.reserve, found.reserve_reason) == (2, 3, "dự phòng")
    again = import_quotas(province.context, corrected)
    assert (again.read, again.unchanged, latest(province, "P").version) == (1, 1, 2)


def test_corrected_rejects_of_another_decision_replace_what_it_replaced(province):
    give_quotas(province.context, "P", {"D1": 40, "C9": 7})
    table = read_table(
        quota_csv(quota_row("P", "D2", "abc", decision_no="13-QĐ/TU")), QUOTA_COLUMNS
    )
    rejects = import_quota_table(province.context, table, skip_bad=True).rejects

    import_quotas(province.context, rejects_csv(table, rejects).replace(b",abc,", b",50,"))

    assert given(province, "P") == {"D2": 50}


def test_a_former_child_is_given_quotas_for_the_periods_it_was_one(province):
    import_lines(province.context, "C3,D2,commune,Xã An Tường,,", effective=date(2022, 7, 1))

    give_quotas(province.context, "D1", {"C3": 5})
    give_quotas(province.context, "D2", {"C3": 6}, decided_on="2022-07-02")
    give_quotas(province.context, "D2", {"C3": 4}, period="2021")

    assert given(province, "D1") == {"C3": 5}
    assert refusals(province, quota_row("D1", "C3", 5, period="2023"))[0][:2] == (2, "unit_code")


def test_a_draft_on_the_board_outlives_a_file(province):
    key = board_key(province.context, province["P"])
    save_draft(province.context, key, Seen(0, 0), {province["D1"].id: 44})

    give_quotas(province.context, "P", {"D1": 40})

    found = versions(province.context, key)
    assert (found.latest.version, found.draft.version) == (1, 2)
    assert given(province, "P") == {"D1": 40}
    rows = board_of(province.context, province["P"]).rows
    assert [row.quota.count for row in rows if row.quota] == [44]


def test_quotas_of_another_tenant_are_neither_seen_nor_touched(province):
    give_quotas(province.context, "P", {"D1": 40})
    db.session.commit()
    other = make_province("HOABINH")

    report = give_quotas(other.context, "P", {"D1": 7})
    db.session.commit()

    assert report.unchanged == 0
    assert given(other, "P") == {"D1": 7}
    assert latest(other, "P").version == 1


def test_quang_nam_2024_keeps_a_reserve_of_minus_45(app_context):
    with (DATA / "quang_nam_2024_quotas.csv").open(encoding="utf-8") as file:
        units = {f"U{number}": row for number, row in enumerate(csv.DictReader(file))}
    context = create_tenant("QUANGNAM", "Tỉnh Quảng Nam", clock_on=date(2024, 12, 31))
    import_lines(
        context,
        "P,,province,Tỉnh ủy Quảng Nam",
        *(f"{code},P,district,{row['unit']}" for code, row in units.items()),
    )

    import_quotas(
        context,
        quota_csv(
            quota_row("", "P", "1.905", period="2024", decided_on="2023-12-15"),
            *(
                quota_row("P", code, row["quota"], period="2024", decided_on="2023-12-20")
                for code, row in units.items()
            ),
        ),
    )

    version = versions(context, board_key(context, unit_by_code(context, "P"), "2024")).latest
    assert (version.assigned, version.distributed, version.reserve) == (1905, 1950, -45)


def test_nhon_trach_2021_gives_157_of_120_to_43_of_58_units(app_context):
    context = create_tenant("DONGNAI", "Tỉnh Đồng Nai", clock_on=date(2021, 12, 31))
    codes = [f"C{number}" for number in range(58)]
    import_lines(
        context,
        "P,,province,Tỉnh ủy",
        "NT,P,district,Huyện Nhơn Trạch",
        *(f"{code},NT,commune,Đảng bộ {code}" for code in codes),
    )
    shares = {code: 4 if number < 28 else 3 for number, code in enumerate(codes[:43])}

    import_quotas(
        context,
        quota_csv(
            quota_row("P", "NT", 120, period="2021", decided_on="2020-12-15"),
            *(
                quota_row("NT", code, count, period="2021", decided_on="2020-12-25")
                for code, count in shares.items()
            ),
        ),
    )

    key = board_key(context, unit_by_code(context, "NT"), "2021")
    version = versions(context, key).latest
    assert (version.assigned, version.distributed, version.reserve) == (120, 157, -37)
    rows = board_of(context, unit_by_code(context, "NT"), "2021").rows
    assert len([row for row in rows if row.quota is None]) == 15


@pytest.fixture
def run(app, committed_province):
    """Run a command as the command line does; exit status and output."""

    def invoke(*arguments):
        result = app.test_cli_runner().invoke(args=["quotas", *arguments])
        return result.exit_code, result.stdout

    return invoke


def test_the_command_line_imports_and_shows(run, tmp_path):
    file = tmp_path / "quotas.csv"
    file.write_bytes(
        quota_csv(
            quota_row("", "P", 100),
            quota_row("P", "D1", 40),
            quota_row("P", "D1", 12, segment="female", kind="minimum"),
            quota_row("P", "D2", "50-55", kind="range"),
            quota_row("P", "C9", 10, reason=""),
        )
    )

    status, output = run("import", str(file), "--tenant", "VINHPHUC", "--format", "json")
    assert status == 0
    assert json.loads(output)["accepted"] == 5
    status, output = run(
        *("show", "--tenant", "VINHPHUC", "--unit", "P", "--measure", "admission"),
        *("--period", "2022", "--format", "json"),
    )

    assert status == 0
    assert json.loads(output) == {
        "unit": "P",
        "measure": "admission",
        "period": "2022",
        "version": 1,
        "assigned": 100,
        "distributed": 100,
        "reserve": 0,
        "reason": None,
        "lines": [
            {"code": "C9", "segment": None, "kind": "count", "quota": 10},
            {"code": "D2", "segment": None, "kind": "range", "quota": "50-55"},
            {"code": "D1", "segment": None, "kind": "count", "quota": 40},
            {"code": "D1", "segment": "female", "kind": "minimum", "quota": 12},
        ],
    }


def test_the_command_line_refuses_a_bad_file_with_status_1(run, tmp_path):
    file = tmp_path / "quotas.csv"
    file.write_bytes(quota_csv(quota_row("P", "D1", "nhiều"), quota_row("P", "D2", 50)))

    status, output = run("import", str(file), "--tenant", "VINHPHUC", "--format", "json")

    assert status == 1
    assert json.loads(output)["rejects"] == [
        {
            "row": 2,
            "column": "quota",
            "value": "nhiều",
            "reason": "“nhiều” không phải là số; viết 1545 hoặc 1.545.",
        }
    ]
    status, output = run(
        *("show", "--tenant", "VINHPHUC", "--unit", "P", "--measure", "admission"),
        *("--period", "2022", "--format", "json"),
    )
    assert json.loads(output)["version"] is None
