"""How the audit package joins the program."""

from flask import Flask

from app.audit import jobs  # noqa: F401 importing registers the jobs
from app.audit.cli import trail_commands
from app.audit.handlers import subscribe_handlers


def install(app: Flask) -> None:
    """Register the handlers, the jobs and the commands."""
    subscribe_handlers()
    app.cli.add_command(trail_commands)
