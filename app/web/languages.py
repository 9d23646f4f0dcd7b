"""The two languages, which one the reader has, and their catalogues, read from the .po files."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import has_request_context
from flask_babel import Domain

from app.web.cookies import kept_cookie

VIETNAMESE = "vi"
ENGLISH = "en"
LANGUAGES = (VIETNAMESE, ENGLISH)
COOKIE = "language"
DOMAIN = "messages"
FORMS_DOMAIN = "wtforms"
TRANSLATIONS_FOLDER = Path(__file__).parent / "translations"


def language() -> str:
    """Return the language in force: the reader's, or Vietnamese where there is none."""
    return _held.get() or _chosen_language()


def hold_language() -> None:
    """Keep the reader's language until it is forgotten: one page asks for it hundreds of times."""
    _held.set(_chosen_language())


def forget_language(_error: BaseException | None = None) -> None:
    """Leave nothing to the next request of the thread."""
    _held.set(None)


@contextmanager
def speaking(spoken: str) -> Iterator[None]:
    """Let the block read and write in a language, whatever the reader's; a paper has its own."""
    before = _held.set(spoken)
    try:
        yield
    finally:
        _held.reset(before)


_held: ContextVar[str | None] = ContextVar("language", default=None)


def _chosen_language() -> str:
    if not has_request_context():
        return VIETNAMESE
    chosen = kept_cookie(COOKIE)
    return chosen if chosen in LANGUAGES else VIETNAMESE


def gettext(text: str) -> str:
    """Translate a text of our own into the reader's language, without filling its places."""
    return texts(language(), DOMAIN).gettext(text)


def catalogue_path(language: str, domain: str) -> Path:
    """Return where the texts of a language are kept."""
    return TRANSLATIONS_FOLDER / language / "LC_MESSAGES" / f"{domain}.po"


@cache
def texts(language: str, domain: str) -> NullTranslations:
    """Return the texts of a language; the language of the sources has none of its own.

    Compiled in memory once for each process, so that no built catalogue can be stale.
    """
    path = catalogue_path(language, domain)
    if not path.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Translations(compiled, domain)


class Texts(Domain):  # type: ignore[misc]
    """A domain of texts that Flask-Babel asks, read from our own catalogues."""

    def get_translations(self) -> NullTranslations:
        """Return the texts in the reader's language."""
        return texts(language(), self.domain[0])


class FormTexts:
    """The messages of WTForms, which has none in Vietnamese; the form calls these two methods."""

    def gettext(self, text: str) -> str:
        """Translate one of WTForms' English messages."""
        return texts(language(), FORMS_DOMAIN).gettext(text)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Translate one of WTForms' English messages that counts."""
        return texts(language(), FORMS_DOMAIN).ngettext(singular, plural, number)
