"""How the package joins the program."""

from flask import Flask

from app.accounts.navigation import Destination, offer
from app.core.constraints import explain
from app.core.errors import Conflict
from app.core.messages import message
from app.rounds.agreement_views import pages
from app.web.guards import Permission


def install(app: Flask) -> None:
    """Register the pages and their entry in the navigation."""
    app.register_blueprint(pages)
    offer(
        app,
        Destination(
            rank=15,
            endpoint="rounds.tasks",
            label=message("Việc chỉ tiêu"),
            icon="inbox",
            permission=Permission.SET_QUOTAS,
            of_unit=True,
        ),
    )
    _explain_constraints()


def _explain_constraints() -> None:
    """Say what the database refuses, whoever writes."""
    explain("uq_quota_round_board", message("Người khác vừa mở đợt này."), Conflict)
    explain("uq_commitment_of_version", message("Bản cam kết này đã được ký."), Conflict)
    explain(
        "commitment_is_to_a_quota",
        message("Cấp trên chưa giao chỉ tiêu này cho tổ chức."),
    )
    explain("quota_transfer_is_kept", message("Đề nghị này đã kết thúc."), Conflict)
