"""How the cases package joins the program."""

from flask import Flask

from app.cases.cli import case_commands
from app.cases.handlers import subscribe_handlers
from app.core.constraints import explain
from app.core.errors import Conflict
from app.core.messages import message


def install(app: Flask) -> None:
    """Register the commands and the handlers."""
    app.cli.add_command(case_commands)
    subscribe_handlers()
    _explain_constraints()


def _explain_constraints() -> None:
    """Say what the database refuses where the rules could not look."""
    explain("uq_person_tenant_id_person_code", message("Mã người này đã có người khác mang."))
    explain("uq_step_tenant_id_case_id_kind", message("Bước này đã được ghi."), Conflict)
    explain(
        "fk_person_cell_path_unit",
        message("Chi bộ còn người trong danh sách nên chưa ra khỏi cây tổ chức được."),
    )
    for books in ("delta", "day_count"):
        explain(f"{books}.then_path", message("Ngày này chi bộ không có trong cây tổ chức."))
