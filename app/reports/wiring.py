"""How the reports package joins the program."""

from flask import Blueprint, Flask

from app.core.constraints import explain
from app.core.errors import Conflict
from app.core.messages import message
from app.reports.drawing import cell_text


def install(app: Flask) -> None:
    """Offer the templates of papers, and say what the database refuses."""
    # It has no pages of its own: packages with figures have those.
    app.register_blueprint(Blueprint("reports", __name__, template_folder="templates"))
    app.jinja_env.filters["cell_text"] = cell_text
    explain(
        "uq_paper_layout_tenant_id_unit_id",
        message("Người khác vừa thêm mẫu giấy tờ cho tổ chức này."),
        Conflict,
    )
