"""How the measures package joins the program."""

from flask import Flask

from app.core.constraints import explain
from app.core.errors import Conflict
from app.core.messages import message
from app.measures.handlers import subscribe_handlers


def install(app: Flask) -> None:  # noqa: ARG001
    """Register the handlers."""
    subscribe_handlers()
    _explain_constraints()


def _explain_constraints() -> None:
    """Say what the database refuses where two administrators act at once."""
    explain(
        "uq_segment_tenant_id_slot",
        message("Người khác vừa thêm một cơ cấu; hãy thử lại."),
        Conflict,
    )
    explain("uq_segment_tenant_id_code_origin", message("Mã cơ cấu này đã có."))
