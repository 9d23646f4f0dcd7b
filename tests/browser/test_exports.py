"""Taking a page's table out, as a file and on the shelf."""

import csv
import io

import pytest

pytestmark = pytest.mark.browser


def taken(visitor, link):
    with visitor.page.expect_download() as download:
        link.click()
    return download.value


def test_the_table_of_results_leaves_as_a_spreadsheet_and_a_plain_table(visit):
    province = visit().sign_in("tinh")
    shown = province.row("Huyện Vĩnh Tường").locator("td").first.inner_text()

    # The children's table is the last one of the page.
    workbook = taken(province, province.main.get_by_role("link", name="XLSX").last)
    assert workbook.suggested_filename.endswith(".xlsx")
    assert workbook.path().read_bytes().startswith(b"PK")
    table = taken(province, province.main.get_by_role("link", name="CSV").last)
    rows = list(csv.reader(io.StringIO(table.path().read_text(encoding="utf-8-sig"))))

    assert {row[1]: row[2] for row in rows}["Huyện Vĩnh Tường"] == shown


def test_a_long_list_of_people_is_ordered_for_the_shelf(visit):
    province = visit().sign_in("tinh")
    province.go("Hồ sơ")
    province.open(province.main.get_by_role("link", name="XLSX"))

    assert "nên được lập ở nền" in province.text()
    province.press("Lập tệp")
    assert "Đang lập tệp; có thể rời trang này." in province.text()
    province.look_in_both_sizes("shelf")


def test_the_operator_looks_at_jobs_and_the_nation(visit):
    operator = visit().sign_in("vanhanh")
    operator.go("Vận hành")
    operator.follow("Công việc nền")
    operator.look_in_both_sizes("jobs")
    operator.page.goto("/admin/national/?period=2022&as_of=2022-09-30")
    operator.look_in_both_sizes("nation")

    assert "1.545" in operator.row("Tỉnh Vĩnh Phúc").inner_text()
    table = taken(operator, operator.main.get_by_role("link", name="CSV"))
    rows = csv.reader(io.StringIO(table.path().read_text(encoding="utf-8-sig")))
    assert {row[1]: row[3] for row in rows}["Tỉnh Vĩnh Phúc"] == "1545"
