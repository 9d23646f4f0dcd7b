"""What servers and the command line import: `flask --app wsgi …`, `gunicorn wsgi:app`."""

import os
import sys

from flask import Flask

from app.core.settings import Settings, SettingsError, load_settings
from app.factory import create_app
from app.runtime import schema
from app.runtime.errors import RuntimeProblemError
from app.runtime.lease import HELD_VARIABLE, held_settings, lease


def prepared_settings() -> Settings:
    """Return settings whose servers run and, where they are embedded, whose database is ready."""
    settings = load_settings(os.environ)
    if not settings.is_local:
        return settings
    if os.environ.get(HELD_VARIABLE):
        return held_settings(settings)
    leased = lease(settings)
    schema.upgrade_if_behind(leased)
    return leased


def start() -> Flask:
    """Make the application, or end the process with one line that says why it cannot start."""
    try:
        return create_app(prepared_settings())
    except (SettingsError, RuntimeProblemError) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


app = start()
