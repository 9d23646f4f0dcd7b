"""How the demonstration joins the program."""

from flask import Flask

from app.demo import jobs  # noqa: F401 importing registers the jobs
from app.demo.cli import demo_commands
from app.demo.views import pages


def install(app: Flask) -> None:
    """Register the pages, the commands and the jobs."""
    app.register_blueprint(pages)
    app.cli.add_command(demo_commands)
