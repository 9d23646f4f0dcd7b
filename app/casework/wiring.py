"""How the screens of people join the program."""

from flask import Flask

from app.accounts.navigation import Destination, offer
from app.casework import acts, entering, handovers, overview, together, views
from app.casework.blueprint import pages, todo_pages
from app.core.messages import message
from app.web.guards import Permission

WITH_ROUTES = (views, entering, acts, handovers, overview, together)
"""The modules that put their routes on the blueprints by being imported."""


def install(app: Flask) -> None:
    """Register the pages and their entries in the navigation."""
    for blueprint in (pages, todo_pages):
        app.register_blueprint(blueprint)
    offer(
        app,
        Destination(
            rank=5,
            endpoint="todo.of_unit",
            label=message("Việc hồ sơ"),
            icon="list-check",
            permission=Permission.RECORD_PEOPLE,
            of_unit=True,
        ),
    )
    offer(
        app,
        Destination(
            rank=30,
            endpoint="cases.people",
            label=message("Hồ sơ"),
            icon="users",
            permission=Permission.SEE_PEOPLE,
            of_unit=True,
            blueprints=("cases", "privacy", "intake"),
        ),
    )
