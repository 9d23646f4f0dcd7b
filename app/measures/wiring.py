"""How the measures package joins the program."""

from flask import Flask


def install(app: Flask) -> None:
    """Register this package's pages, commands and handlers."""
