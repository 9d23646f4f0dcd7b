"""How the procedure joins the program."""

from flask import Flask

from app.core.constraints import explain
from app.core.errors import Conflict
from app.core.messages import message
from app.procedure.cli import transfer_commands
from app.procedure.handlers import subscribe_handlers


def install(app: Flask) -> None:
    """Register the commands and the handlers."""
    app.cli.add_command(transfer_commands)
    subscribe_handlers()
    _explain_constraints()


def _explain_constraints() -> None:
    """Say what the database refuses where the rules could not look."""
    explain(
        "uq_rule_set_tenant_id_effective_on", message("Đã có bộ quy định hiệu lực từ ngày này.")
    )
    explain("uq_recorded_day_tenant_id_day", message("Ngày này đã được ghi."))
    explain("uq_approval_tenant_id_case_id_rule", message("Ý kiến này đã được ghi."), Conflict)
    explain("uq_transfer_tenant_id_number_direction", message("Hồ sơ này đã được nhận."), Conflict)
    explain(
        "uq_nil_report_tenant_id_cell_id_span", message("Chi bộ đã báo không phát sinh."), Conflict
    )
