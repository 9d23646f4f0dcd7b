"""How the quotas package joins the program."""

from flask import Flask

from app.accounts.navigation import Destination, offer
from app.core.constraints import explain
from app.core.errors import Conflict
from app.core.messages import message
from app.quotas import allocation_views, below_views, board_views, scenario_views
from app.quotas.annex_views import papers
from app.quotas.cli import quota_commands
from app.web.guards import Permission


def install(app: Flask) -> None:
    """Register the pages, their entry in the navigation, and the commands."""
    app.register_blueprint(board_views.pages)
    app.register_blueprint(papers)
    app.register_blueprint(allocation_views.pages)
    app.register_blueprint(below_views.pages)
    app.register_blueprint(scenario_views.pages)
    app.cli.add_command(quota_commands)
    offer(
        app,
        Destination(
            rank=20,
            endpoint="quotas.board",
            label=message("Giao chỉ tiêu"),
            icon="target-arrow",
            permission=Permission.SET_QUOTAS,
            of_unit=True,
        ),
    )
    _explain_constraints()


def _explain_constraints() -> None:
    """Say what the database refuses, whoever writes."""
    changed = message("Người khác vừa lưu bảng giao chỉ tiêu này.")
    explain("uq_distribution_version", changed, Conflict)
    explain("uq_distribution_one_draft", changed, Conflict)
    explain("uq_scenario_name", message("Đã có phương án mang tên này."), Conflict)
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
