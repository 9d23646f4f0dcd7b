"""The program with two pages more: hello world, and the province's page from fixed values."""

from unittest import mock

from flask import render_template

from app.monitoring import views
from app.web.guards import Permission, public, requires
from wsgi import app

_kept: dict[str, object] = {}


@app.get("/hello")
@public
def hello() -> str:
    """Answer what costs nothing."""
    return "Xin chào"


@app.get("/units/<opaque('unit'):unit_id>/fixed")
@requires(Permission.SEE_FIGURES)
def fixed(unit_id: int) -> str:
    """Show the attainment page from the values of the first time: nothing is asked or counted."""
    if not _kept:
        with mock.patch.object(views, "render_template", _render_and_keep):
            return views.attainment(unit_id)
    return render_template("monitoring/attainment.html", **_kept)


def _render_and_keep(template: str, **values: object) -> str:
    _kept.update(values)
    return render_template(template, **values)
