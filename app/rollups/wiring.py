"""How the rollups package joins the program."""

from flask import Flask

from app.rollups import jobs  # noqa: F401 importing registers the jobs
from app.rollups.cli import rollup_commands
from app.rollups.handlers import subscribe_handlers


def install(app: Flask) -> None:
    """Register the commands, the jobs and the handlers."""
    subscribe_handlers()
    app.cli.add_command(rollup_commands)
