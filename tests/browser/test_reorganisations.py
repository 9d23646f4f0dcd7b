"""A merge and a split are built, previewed, applied and undone; 2025 is replayed."""

import subprocess
import sys

import pytest

from tests.browser.served import PROJECT, _environment, _flask

pytestmark = pytest.mark.browser

DECISION = "15-QĐ/TU"
WORK = """
from wsgi import app
with app.app_context():
    from app.demo.jobs import move_demonstrations
    from app.reorganisations.jobs import carry_out_reorganisations
    move_demonstrations()
    carry_out_reorganisations()
"""


def work(site):
    """Have a worker do what waits."""
    subprocess.run(
        [sys.executable, "-c", WORK], cwd=PROJECT, env=_environment(site.settings), check=True
    )


def begin(province):
    province.page.goto("/reorganisations/new")
    province.look_in_both_sizes("reorganisation-new")
    province.page.get_by_label("Số quyết định").fill(DECISION)
    province.page.get_by_label("Ngày có hiệu lực").fill("01/09/2022")
    province.press("Lập bản nháp")


def add(province, operation, fields):
    province.follow(operation)
    province.look_in_both_sizes(f"reorganisation-{operation}")
    for label, value in fields.items():
        province.page.get_by_label(label, exact=True).fill(value)
    province.press("Thêm vào bản nháp")


def merge(province, under, names, fields):
    """Tick the units below one that become another one."""
    province.follow("Nhập nhiều tổ chức làm một")
    province.page.get_by_label("Chọn trong các tổ chức trực thuộc (không bắt buộc)").fill(under)
    province.press("Xem các tổ chức ở đó")
    for name in names:
        province.page.get_by_label(name).check()
    province.look_in_both_sizes("reorganisation-merge")
    for label, value in fields.items():
        province.page.get_by_label(label, exact=True).fill(value)
    province.press("Thêm vào bản nháp")


def test_a_merge_and_a_split_are_built_previewed_applied_and_undone(visit, site):
    province = visit().sign_in("tinh")
    begin(province)
    merge(
        province,
        "D252",
        ("Xã Lũng Hoà · C09106", "Xã Ngũ Kiên · C09148"),
        {
            "Mã tổ chức mới, hoặc mã tổ chức nhận": "MOI1",
            "Tên tổ chức mới (không bắt buộc)": "Đảng bộ xã Hợp Nhất",
        },
    )
    add(
        province,
        "Chia tách một tổ chức",
        {
            "Mã tổ chức chia tách": "C08710",
            "Phần mặc định: mã": "MOI2",
            "Phần mặc định: tên (không bắt buộc)": "Đảng bộ phường Bắc",
            "Phần 2: mã": "MOI3",
            "Phần 2: tên (không bắt buộc)": "Đảng bộ phường Nam",
        },
    )
    province.look_in_both_sizes("reorganisation-split")
    province.page.get_by_role("combobox").first.select_option("MOI3")
    province.press("Lưu")
    province.look_in_both_sizes("reorganisation-draft")

    province.press("Xem trước")
    province.look_in_both_sizes("reorganisation-preview")
    assert "Đảng bộ xã Hợp Nhất" in province.text()

    province.press("Thực hiện sắp xếp")
    assert "Chờ đến lượt" in province.text()
    work(site)
    province.page.reload()
    province.look_in_both_sizes("reorganisation-applied")
    assert "Đã thực hiện" in province.text()

    province.press("Hoàn tác sắp xếp này")
    work(site)
    province.page.reload()
    assert "Đã hoàn tác" in province.text()
    assert province.complaints == []


def test_2025_is_replayed_and_the_clock_moves_on(visit, site):
    administrator = visit().sign_in("quantri")
    for place in range(2):
        administrator.page.goto("/replays")
        administrator.look_in_both_sizes(f"replays-{place}")
        administrator.press("Xem trước lần sắp xếp này")
        administrator.look_in_both_sizes(f"replays-{place}-waiting")
        work(site)
        administrator.page.wait_for_url("**/reorganisations/*")
        administrator.look_in_both_sizes(f"replay-{place}-preview")
        administrator.press("Thực hiện sắp xếp")
        work(site)
        administrator.page.reload()
        assert "Đã thực hiện" in administrator.text()
    administrator.page.goto("/replays")
    administrator.press("Chuyển ngày")
    work(site)
    administrator.page.goto("/replays")
    assert "30/09/2026" in administrator.text()

    province = visit().sign_in("tinh")
    province.look_in_both_sizes("replayed-home")
    assert "1.897/3.000, đạt 63,23%, tăng 6% so với cùng kỳ năm 2025" in province.text()
    administrator.press("Chuyển ngày")
    work(site)
    province.page.reload()
    assert "1.897/3.000" in province.text()
    _flask(site.settings, "rollups", "verify", "--tenant", "VINHPHUC")
    province.page.goto("/units/search?q=NC08716")
    province.follow("Kết quả thực hiện")
    province.page.goto(f"{province.page.url.split('?')[0]}?period=2022&tree=then")
    province.look_in_both_sizes("not-begun-yet")
    assert "chưa có tổ chức này" in province.text()
    province.follow("Phường Liên Bảo")
    province.page.goto(province.page.url.split("/attainment")[0])
    province.look_in_both_sizes("ended-unit")
    province.follow("Chỉ tiêu")
    province.look_in_both_sizes("ended-board")
    administrator.page.goto("/units/search?q=P26")
    assert administrator.complaints == []
