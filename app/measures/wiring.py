"""How the measures package joins the program."""

from flask import Flask

from app.core.constraints import explain
from app.core.errors import Conflict
from app.core.messages import message
from app.measures.handlers import subscribe_handlers


def install(app: Flask) -> None:  # noqa: ARG001
    """Register this package's pages, commands and handlers."""
    subscribe_handlers()
    explain(
        "uq_segment_tenant_id_slot",
        message("Người khác vừa thêm một cơ cấu; hãy thử lại."),
        Conflict,
    )
    explain("uq_segment_tenant_id_code_origin", message("Mã cơ cấu này đã có."))
