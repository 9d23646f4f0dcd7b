"""The shell alone, without a database: what every page stands on."""

import pytest
from flask import Flask
from flask_wtf import CSRFProtect

from app.web.assets import STATIC_FOLDER, register_assets
from app.web.formats import register_formats
from app.web.i18n import register_i18n


@pytest.fixture
def shell():
    application = Flask("shell", static_folder=STATIC_FOLDER)
    application.config.update(SECRET_KEY="a key for tests", SESSION_COOKIE_SECURE=False)
    application.testing = True
    CSRFProtect(application)
    register_i18n(application)
    register_formats(application)
    register_assets(application)
    return application


@pytest.fixture
def render(shell):
    """Render a template's source, in a language."""

    def render_source(source, language="vi", **values):
        with shell.test_request_context("/", headers={"Cookie": f"language={language}"}):
            return shell.jinja_env.from_string(source).render(**values)

    return render_source
