"""How the tenants package joins the program."""

from flask import Flask

from app.core.constraints import explain
from app.core.messages import message
from app.tenants import jobs  # noqa: F401 importing registers the jobs
from app.tenants.cli import tenant_commands


def install(app: Flask) -> None:
    """Register the commands and the jobs."""
    app.cli.add_command(tenant_commands)
    _explain_constraints()


def _explain_constraints() -> None:
    """Say what the database refuses, whoever writes."""
    explain("uq_tenant_code", message("Mã đảng bộ này đã có."))
    explain(
        "ck_setting_only_demonstrations_have_a_clock",
        message("Chỉ bản trình diễn mới có ngày riêng."),
    )
