"""Addresses of the built style sheet, script and icons; `make assets` builds them."""

import json
from functools import partial
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, request, url_for
from markupsafe import Markup

STATIC_FOLDER = Path(__file__).parent / "static"
MANIFEST = STATIC_FOLDER / "manifest.json"
SECONDS_OF_A_YEAR = 365 * 24 * 60 * 60


def load_manifest() -> dict[str, str]:
    """Built file names by their plain names."""
    names: dict[str, str] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return names


def register_assets(app: Flask) -> None:
    """Give templates `asset_url` and `icon`, and let browsers keep what is named by its hash.

    The application serves `STATIC_FOLDER` under the endpoint `static`.
    """
    manifest = load_manifest()
    app.jinja_env.globals["asset_url"] = partial(asset_url, manifest)
    app.jinja_env.globals["icon"] = partial(icon, manifest)
    app.after_request(_keep_static_files)


def asset_url(manifest: dict[str, str], name: str) -> str:
    """Return the address of a built file."""
    return url_for("static", filename=manifest[name])


def icon(manifest: dict[str, str], name: str) -> Markup:
    """Return an icon of the sprite, hidden from screen readers: the words stand beside it."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        asset_url(manifest, "icons.svg"), name
    )


def _keep_static_files(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code == HTTPStatus.OK:
        response.cache_control.public = True
        response.cache_control.no_cache = None
        response.cache_control.max_age = SECONDS_OF_A_YEAR
        response.cache_control.immutable = True
    return response
