"""How the quotas package joins the program."""

from flask import Flask

from app.core.constraints import explain
from app.core.errors import Conflict
from app.core.messages import message
from app.quotas.cli import quota_commands


def install(app: Flask) -> None:
    """Register this package's pages, commands and handlers."""
    app.cli.add_command(quota_commands)
    _explain_constraints()


def _explain_constraints() -> None:
    """Say what the database refuses, whoever writes."""
    changed = message("Người khác vừa lưu bảng giao chỉ tiêu này.")
    explain("uq_distribution_version", changed, Conflict)
    explain("uq_distribution_one_draft", changed, Conflict)
    explain(
        "distribution_is_published",
        message("Bảng đã ban hành không sửa được; hãy ban hành phiên bản mới."),
        Conflict,
    )
    explain(
        "distribution_balances",
        message("Tổng đã phân cộng dự phòng phải bằng chỉ tiêu được giao."),
    )
    explain("distribution_reserve_has_a_reason", message("Dự phòng khác 0 phải ghi lý do."))
