"""How merging tenants joins the program."""

from flask import Flask

from app.merging import cli  # noqa: F401 importing adds the command to `tenants`
from app.merging.views import pages


def install(app: Flask) -> None:
    """Register the page; the command stands beside those of tenants."""
    app.register_blueprint(pages)
