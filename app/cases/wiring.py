"""How the cases package joins the program."""

from flask import Flask

from app.accounts.navigation import Destination, offer
from app.cases.cli import case_commands
from app.cases.handlers import subscribe_handlers
from app.cases.views import pages
from app.core.constraints import explain
from app.core.errors import Conflict
from app.core.messages import message
from app.web.guards import Permission


def install(app: Flask) -> None:
    """Register the pages, their entry in the navigation, the commands and the handlers."""
    app.register_blueprint(pages)
    offer(
        app,
        Destination(
            rank=30,
            endpoint="cases.people",
            label=message("Hồ sơ"),
            icon="users",
            permission=Permission.SEE_PEOPLE,
            of_unit=True,
        ),
    )
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
    explain("delta.then_path", message("Ngày này chi bộ không có trong cây tổ chức."))
