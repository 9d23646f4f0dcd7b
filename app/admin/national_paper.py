"""The totals of all tenants on paper, for those who run the service."""

from datetime import date

from app.core.clock import now
from app.reports.definition import Column, Report, Row
from app.reports.rules import Issuer, Layout, form_on, letterhead, paper_forms
from app.rollups.national import National
from app.web.formats import day, instant


def national_paper(found: National, measure_name: str, *, taker: str, today: date) -> Report:
    """Draw up the totals by tenant; `taker` is who takes them out. A paper is in Vietnamese."""
    form = form_on(today, paper_forms())
    rows = [
        Row(
            (
                number,
                row.tenant.name,
                row.tenant.code,
                row.count,
                row.last_year,
                instant(row.verified_at) if row.verified_at else None,
            )
        )
        for number, row in enumerate(found.tenants, start=1)
    ]
    return Report(
        name="Kết quả cả nước",
        title="KẾT QUẢ THEO ĐẢNG BỘ",
        subtitles=(f"{measure_name} {found.period}", f"Tính đến ngày {day(found.as_of)}"),
        columns=(
            Column("STT", width=5, is_number=True),
            Column("Đảng bộ", width=36),
            Column("Mã", width=14),
            Column("Đã thực hiện", width=12, is_number=True),
            Column("Cùng kỳ năm trước", width=12, is_number=True),
            Column("Đối chiếu gần nhất", width=18),
        ),
        rows=(*rows, Row((None, "Cả nước", None, found.total, found.last_year, None), True)),
        kept_by=f"{taker} xuất lúc {instant(now())}",
        letterhead=letterhead(form, Layout(), Issuer("Đơn vị vận hành", superior=None), today),
        margins=form.margins,
        notes=("Chỉ tổng số của từng đảng bộ, không có hồ sơ.",),
    )
