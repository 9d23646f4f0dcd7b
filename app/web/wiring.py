"""How the HTTP shell joins the program."""

from flask import Flask

from app.core.settings import Settings
from app.web.assets import STATIC_FOLDER, register_assets
from app.web.compression import register_compression
from app.web.errors import register_errors
from app.web.formats import register_formats
from app.web.health import health_pages
from app.web.i18n import register_i18n
from app.web.opaque import install_opaque_ids
from app.web.requests import register_requests
from app.web.security import register_security


def install(app: Flask) -> None:
    """Serve static files; set up languages, formats, ids, headers, forms and error pages."""
    settings: Settings = app.config["SETTINGS"]
    app.static_folder = str(STATIC_FOLDER)
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=app.send_static_file)
    register_requests(app)
    register_compression(app)
    register_i18n(app)
    register_formats(app)
    register_assets(app)
    install_opaque_ids(app)
    register_security(app, is_local=settings.is_local)
    register_errors(app)
    app.register_blueprint(health_pages)
