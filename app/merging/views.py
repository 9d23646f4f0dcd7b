"""The page that names the tenants which have become part of this one."""

from flask import Blueprint, render_template

from app.measures.queries import measures
from app.merging.queries import former_tenants
from app.tenants.current import current_context
from app.web.guards import Permission, requires

pages = Blueprint("merging", __name__, template_folder="templates")


@pages.get("/former-tenants")
@requires(Permission.REORGANISE)
def former() -> str:
    """List who was merged into this tenant, what clashed, and every measure before and after."""
    context = current_context()
    return render_template(
        "merging/former.html",
        former=former_tenants(context),
        measure_names={measure.code: measure.name for measure in measures(context)},
    )
