"""How the reminders package joins the program."""

from flask import Flask

from app.accounts.navigation import offer_inbox
from app.core.constraints import explain
from app.core.errors import Conflict
from app.core.messages import message
from app.reminders import jobs  # noqa: F401 importing registers the jobs
from app.reminders.handlers import subscribe_handlers
from app.reminders.views import pages


def install(app: Flask) -> None:
    """Register the pages, the inbox on top of every page, the jobs and the handlers."""
    app.register_blueprint(pages)
    offer_inbox(app, "reminders.inbox")
    subscribe_handlers()
    explain(
        "uq_unit_mailbox_tenant_id_unit_id",
        message("Đơn vị này đã có địa chỉ thư; hãy sửa địa chỉ đó."),
        Conflict,
    )
