"""How the demonstration joins the program."""

from flask import Flask

from app.demo.cli import demo


def install(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(demo)
