"""What browsers are given: small, whole, self-hosted, and equal to what the templates use."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest

import app
from app.web.assets import STATIC_FOLDER, load_manifest

SOURCES = Path(app.__file__).parent
TEMPLATES = sorted(SOURCES.glob("**/templates/**/*.html"))
MARKUP = [*TEMPLATES, *sorted(SOURCES.glob("**/*.py"))]
REBUILD = "run `make assets` and commit app/web/static"


def built(name):
    return STATIC_FOLDER / load_manifest()[name]


def test_names_are_hashes_of_the_content():
    for name, file_name in load_manifest().items():
        digest = hashlib.sha256((STATIC_FOLDER / file_name).read_bytes()).hexdigest()
        stem, extension = name.split(".")
        assert file_name == f"{stem}-{digest[:12]}.{extension}"


def test_nothing_stale_is_left():
    kept = {path.name for path in STATIC_FOLDER.iterdir()}

    assert kept == {*load_manifest().values(), "manifest.json"}


@pytest.mark.parametrize(("name", "kilobytes"), [("app.css", 20), ("app.js", 55)])
def test_a_clerk_s_phone_gets_little(name, kilobytes):
    assert len(gzip.compress(built(name).read_bytes(), mtime=0)) <= kilobytes * 1024


def test_style_sheet_asks_for_nothing_else():
    styles = built("app.css").read_text(encoding="utf-8")

    assert "url(" not in styles
    assert "@import" not in styles
    assert "@font-face" not in styles


def test_every_icon_that_is_used_is_in_the_sprite():
    uses = re.compile(r"\bicon(?:\(|=|_name=)\s*[\"']([a-z0-9-]+)[\"']")
    used = {name for path in MARKUP for name in uses.findall(path.read_text(encoding="utf-8"))}
    drawn = set(re.findall(r'<symbol id="([^"]+)"', built("icons.svg").read_text(encoding="utf-8")))

    assert used == drawn, REBUILD


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SOURCES)))
def test_every_class_of_a_template_has_a_style(path):
    styles = built("app.css").read_text(encoding="utf-8")
    styled = set(re.findall(r"\.([a-zA-Z][\w-]*)", styles))
    source = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    source = re.sub(r"{[{%].*?[%}]}", "\0", source, flags=re.DOTALL)
    words = {word for value in re.findall(r'class="([^"]*)"', source) for word in value.split()}

    assert {word for word in words if "\0" not in word} <= styled, REBUILD


def test_hashed_files_may_be_kept_for_ever(shell):
    answer = shell.test_client().get(f"/static/{load_manifest()['app.css']}", buffered=True)

    assert answer.status_code == 200
    assert answer.cache_control.max_age == 365 * 24 * 60 * 60
    assert answer.cache_control.immutable
    assert not answer.cache_control.no_cache


def test_a_missing_file_is_not_kept(shell):
    answer = shell.test_client().get("/static/app-0.css")

    assert answer.status_code == 404
    assert not answer.cache_control.immutable
