"""How the units package joins the program."""

from flask import Flask

from app.accounts.navigation import Destination, offer
from app.core.constraints import explain
from app.core.errors import Conflict
from app.core.messages import message
from app.units.cli import unit_commands
from app.units.handlers import subscribe_handlers
from app.units.views import pages
from app.web.guards import Permission


def install(app: Flask) -> None:
    """Register the pages, their entry in the navigation, the commands and the handlers."""
    app.register_blueprint(pages)
    app.cli.add_command(unit_commands)
    offer(
        app,
        Destination(
            rank=40,
            endpoint="units.top",
            label=message("Tổ chức"),
            icon="building",
            permission=Permission.SEE_FIGURES,
        ),
    )
    subscribe_handlers()
    _explain_constraints()


def _explain_constraints() -> None:
    """Say what the database refuses where the rules could not look."""
    explain("uq_unit_tenant_id_code", message("Mã này đã có tổ chức khác dùng."), Conflict)
    explain(
        "placement_has_no_cycle",
        message("Một tổ chức không thể trực thuộc tổ chức cấp dưới của chính mình."),
    )
    explain(
        "placement_is_not_below_a_cell",
        message("Tổ chức cấp trên là chi bộ; chi bộ không có tổ chức trực thuộc."),
    )
    explain("ck_member_count_members_is_not_negative", message("Số đảng viên phải từ 0 trở lên."))
    taken = message("Mã này đã có.")
    explain("uq_level_tenant_id_code", taken)
    explain("uq_kind_tenant_id_code", taken)
    explain(
        "uq_kind_tenant_id_default_for_level_id",
        message("Cấp này đã có loại hình thường gặp khác."),
    )
    in_use = message("Đã có tổ chức dùng mục này, nên không xóa được. Có thể đổi tên.")
    for constraint in (
        "fk_unit_tenant_id_level_id_level",
        "fk_unit_tenant_id_kind_id_kind",
        "fk_designation_tenant_id_level_id_level",
        "fk_designation_tenant_id_kind_id_kind",
        "fk_kind_tenant_id_default_for_level_id_level",
    ):
        explain(constraint, in_use)
