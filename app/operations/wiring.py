"""How the operations package joins the program."""

from flask import Flask

from app.operations import jobs  # noqa: F401 importing registers the jobs
from app.operations.views import pages


def install(app: Flask) -> None:
    """Register the page of figures and the jobs."""
    app.register_blueprint(pages)
