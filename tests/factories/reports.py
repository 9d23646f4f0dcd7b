"""Reports for tests."""

from dataclasses import replace

from app.reports.definition import Column, Letterhead, Margins, Report, Row, Signature

REPORT = Report(
    name="Phụ lục 2024",
    title="PHỤ LỤC",
    subtitles=("Chỉ tiêu kết nạp đảng viên năm 2024",),
    columns=(
        Column("STT", width=5, is_number=True),
        Column("Tên tổ chức đảng", width=40),
        Column("Tổng số", width=11, is_number=True),
    ),
    rows=(
        Row((1, "Đảng bộ huyện Đại Lộc", 1905)),
        Row((None, "Tổng cộng", 1905), is_total=True),
    ),
    kept_by="Nguyễn Văn An xuất lúc 08:00 20/12/2023",
    letterhead=Letterhead(
        motto="ĐẢNG CỘNG SẢN VIỆT NAM",
        issuer="TỈNH ỦY QUẢNG NAM",
        superior=None,
        place_and_day="Quảng Nam, ngày 20 tháng 12 năm 2023",
    ),
    margins=Margins(top=20, bottom=20, left=30, right=15),
    signature=Signature("T/M BAN THƯỜNG VỤ", "BÍ THƯ", "Lê Văn Bình"),
)


def make_report(**values):
    """Return a report that differs from the usual one in these values."""
    return replace(REPORT, **values)
