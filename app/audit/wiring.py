"""How the audit package joins the program."""

from flask import Flask

from app.audit.handlers import subscribe_handlers


def install(app: Flask) -> None:  # noqa: ARG001
    """Register the handlers."""
    subscribe_handlers()
