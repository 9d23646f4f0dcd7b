"""The slip of paper by which somebody sets a password: who it is for, where to go, the code."""

from datetime import datetime

from app.accounts.queries import UserRow
from app.core.clock import now
from app.reports.definition import Column, Report, Row
from app.reports.rules import Issuer, Layout, form_on, letterhead, paper_forms
from app.tenants.context import Context
from app.web.formats import instant


def slip(context: Context, user: UserRow, *, address: str, code: str, until: datetime) -> Report:
    """Draw up the slip of a user's one-time code. A paper is in Vietnamese."""
    form = form_on(context.today, paper_forms())
    rows = (
        ("Họ và tên", user.full_name),
        ("Tổ chức", user.unit_name),
        ("Tên đăng nhập", user.login_name),
        ("Địa chỉ trang", address),
        ("Mã dùng một lần", code),
        ("Dùng trước", instant(until)),
    )
    return Report(
        name=f"phieu-{user.login_name}",
        title="PHIẾU TÀI KHOẢN",
        subtitles=("Trao tận tay người nhận, trong phong bì kín",),
        columns=(Column("Mục", 22), Column("Nội dung", 60)),
        rows=tuple(Row(row) for row in rows),
        kept_by=f"{context.actor.name} in lúc {instant(now())}",
        letterhead=letterhead(
            form, Layout(), Issuer(context.tenant_name, superior=None), context.today
        ),
        margins=form.margins,
        notes=(
            "Mở địa chỉ trên, nhập tên đăng nhập và mã rồi tự đặt mật khẩu của mình.",
            "Mã chỉ dùng được một lần. Đặt xong mật khẩu thì hủy phiếu này.",
            "Không ai được hỏi mật khẩu hay mã của bạn, kể cả người quản trị.",
        ),
    )
