"""How the operations package joins the program."""

from flask import Flask

from app.operations.views import pages


def install(app: Flask) -> None:
    """Register the page of figures."""
    app.register_blueprint(pages)
