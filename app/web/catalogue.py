"""Keeps the English catalogue equal to the texts in the sources: `python -m app.web.catalogue`.

`check` names every gap and exits with 1, `update` writes the found texts into the catalogue.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import wtforms.i18n
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.web.languages import DOMAIN, ENGLISH, FORMS_DOMAIN, VIETNAMESE, catalogue_path

SOURCES = Path(__file__).parent.parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"silent": "false", "newstyle_gettext": "true"}}
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "message": None, "ngettext": (1, 2)}
LINE_WIDTH = 100

_PLACE = re.compile(r"%\((\w+)\)[sd]")


def texts_of_sources(folder: Path) -> Catalog:
    """Collect the texts of a folder's Python files and templates."""
    found = Catalog(locale=VIETNAMESE)
    texts = extract_from_dir(folder, METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    for file, _line, text, _comments, context in texts:
        found.add(text, locations=[(str(folder.name / Path(file)), 0)], context=context)
    return found


def texts_of_wtforms() -> Catalog:
    """Read the list of texts that WTForms ships."""
    return _read(Path(wtforms.i18n.messages_path()) / "wtforms.pot", None)


def problems(found: Catalog, kept: Catalog) -> Iterator[str]:
    """Say what keeps a catalogue from being complete and exact."""
    for message in _texts(found):
        translated = kept.get(message.id)
        if translated is None:
            yield f"missing: {message.id!r}"
        else:
            yield from _problems_of(translated)
    for message in _texts(kept):
        if message.id not in found:
            yield f"no longer in the sources: {message.id!r}"
    for message in kept.obsolete.values():
        yield f"obsolete: {message.id!r}"


def _problems_of(message: Message) -> Iterator[str]:
    forms = _forms(message.string or "")
    if not all(forms):
        yield f"not translated: {message.id!r}"
    elif message.fuzzy:
        yield f"fuzzy: {message.id!r}"
    elif any(_places(form) != _places(_forms(message.id)[-1]) for form in forms):
        yield f"other places than its source: {message.id!r}"


def merged(found: Catalog, kept: Catalog) -> Catalog:
    """Return the found texts with the translations that are kept; new ones are empty."""
    result = Catalog(locale=kept.locale, charset="utf-8", fuzzy=False)
    for message in _texts(found):
        translated = kept.get(message.id)
        string = translated.string if translated else None
        result.add(message.id, string, locations=message.locations)
    return result


def _texts(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def _places(text: str) -> set[str]:
    return set(_PLACE.findall(text))


def _read(path: Path, locale: str | None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def _write(path: Path, catalogue: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(
            file,
            catalogue,
            width=LINE_WIDTH,
            sort_output=True,
            omit_header=True,
            include_lineno=False,
        )


def main(arguments: list[str]) -> int:
    """Check or update both catalogues; exit status 1 when something is left to do."""
    parser = argparse.ArgumentParser(prog="python -m app.web.catalogue", description=__doc__)
    parser.add_argument("action", choices=("check", "update"))
    is_update = parser.parse_args(arguments).action == "update"
    catalogues = (
        (ENGLISH, DOMAIN, texts_of_sources(SOURCES)),
        (VIETNAMESE, FORMS_DOMAIN, texts_of_wtforms()),
    )
    left = 0
    for language, domain, found in catalogues:
        path = catalogue_path(language, domain)
        if is_update:
            _write(path, merged(found, _read(path, language)))
        for problem in problems(found, _read(path, language)):
            sys.stderr.write(f"{path.name}: {problem}\n")
            left += 1
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
