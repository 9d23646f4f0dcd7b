"""How the reorganisations package joins the program."""

from flask import Flask

from app.core.constraints import explain
from app.core.errors import Conflict
from app.core.messages import message
from app.reorganisations import jobs  # noqa: F401 importing registers the jobs
from app.reorganisations.cli import reorganisation_commands
from app.reorganisations.handlers import subscribe_handlers
from app.reorganisations.views import pages


def install(app: Flask) -> None:
    """Register the pages, the commands, the jobs and the handlers."""
    app.register_blueprint(pages)
    app.cli.add_command(reorganisation_commands)
    subscribe_handlers()
    explain(
        "uq_reorganisation_decision",
        message("Quyết định này đã là của một sắp xếp khác đang có hiệu lực."),
        Conflict,
    )
