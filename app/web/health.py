"""What watches the program asks: is the process alive, and can it serve."""

from flask import Blueprint
from sqlalchemy import text

from app.core.database import db
from app.web.guards import public

health_pages = Blueprint("health", __name__)
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@health_pages.get("/healthz")
@public
def alive() -> tuple[str, dict[str, str]]:
    """Answer as long as the process does, whatever the state of the servers it needs."""
    return "ok\n", PLAIN


@health_pages.get("/readyz")
@public
def ready() -> tuple[str, dict[str, str]]:
    """Answer when the database does; without it the error page says 503.

    Redis is not asked: without it everything is still read and written.
    """
    db.session.execute(text("SELECT 1"))
    return "ok\n", PLAIN
