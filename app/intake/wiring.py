"""How the intake package joins the program."""

from flask import Flask

from app.intake import jobs  # noqa: F401 importing registers the jobs
from app.intake.handlers import subscribe_handlers
from app.intake.views import pages


def install(app: Flask) -> None:
    """Register the pages, the jobs and the handlers."""
    app.register_blueprint(pages)
    subscribe_handlers()
