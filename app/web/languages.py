"""The two languages, which one the reader has, and their catalogues, read from the .po files."""

import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import request
from flask_babel import Domain, get_locale

VIETNAMESE = "vi"
ENGLISH = "en"
LANGUAGES = (VIETNAMESE, ENGLISH)
COOKIE = "language"
TRANSLATIONS_FOLDER = Path(__file__).parent / "translations"


def language() -> str:
    """Return the language in force: the reader's, or Vietnamese where there is none."""
    locale = get_locale()
    return VIETNAMESE if locale is None else str(locale.language)


def chosen_language() -> str:
    """Return the language that this browser chose, Vietnamese until it does."""
    chosen = request.cookies.get(COOKIE) if request else None
    return chosen if chosen in LANGUAGES else VIETNAMESE


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
        return texts(language(), "wtforms").gettext(text)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Translate one of WTForms' English messages that counts."""
        return texts(language(), "wtforms").ngettext(singular, plural, number)
