"""How the audit package joins the program."""

from flask import Flask

from app.audit.handlers import subscribe_handlers


def install(app: Flask) -> None:  # noqa: ARG001
    """Register this package's pages, commands and handlers."""
    subscribe_handlers()
