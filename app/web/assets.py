"""Addresses of the built style sheet, script and icons; `make assets` builds them."""

import json
from functools import lru_cache, partial
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
    return _static_url(request.script_root, manifest[name])


@lru_cache(maxsize=64)
def _static_url(_script_root: str, filename: str) -> str:
    """Build an address once for each place where the program is mounted; pages have many icons."""
    return url_for("static", filename=filename)


def icon(manifest: dict[str, str], name: str) -> Markup:
    """Return an icon of the sprite, hidden from screen readers: the words stand beside it."""
    return _icon(asset_url(manifest, "icons.svg"), name)


@lru_cache(maxsize=256)
def _icon(sprite_url: str, name: str) -> Markup:
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        sprite_url, name
    )


def _keep_static_files(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code == HTTPStatus.OK:
        response.cache_control.public = True
        response.cache_control.no_cache = None
        response.cache_control.max_age = SECONDS_OF_A_YEAR
        response.cache_control.immutable = True
    return response
