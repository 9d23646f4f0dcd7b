"""How the tenants package joins the program."""

from flask import Flask

from app.core.constraints import explain
from app.core.messages import message
from app.tenants.cli import tenants


def install(app: Flask) -> None:
    """Register this package's pages, commands and handlers."""
    explain("uq_tenant_code", message("Mã đảng bộ này đã có."))
    app.cli.add_command(tenants)
