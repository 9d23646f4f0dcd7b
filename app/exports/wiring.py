"""How the exports package joins the program."""

from flask import Flask

from app.exports import jobs  # noqa: F401 importing registers the jobs
from app.exports.commands import LONGEST_AT_ONCE
from app.exports.handlers import subscribe_handlers
from app.exports.views import add_table_routes, pages


def install(app: Flask) -> None:
    """Register a route for every table, the shelf and its jobs; listen for approvals."""
    if not pages._got_registered_once:  # noqa: SLF001 a second application shares the blueprint
        add_table_routes()
    app.register_blueprint(pages)
    subscribe_handlers()
    app.jinja_env.globals["longest_at_once"] = LONGEST_AT_ONCE
