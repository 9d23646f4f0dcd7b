"""How merging tenants joins the program."""

from flask import Flask

from app.merging import cli  # noqa: F401 importing adds the command to `tenants`


def install(app: Flask) -> None:
    """Nothing to register: the command stands beside those of tenants."""
