"""Languages in the application: Flask-Babel, the switch, and messages of the rules in words."""

from datetime import date, datetime
from decimal import Decimal

from flask import Blueprint, Flask, request
from flask_babel import Babel
from markupsafe import escape
from werkzeug.exceptions import BadRequest
from werkzeug.utils import cached_property
from werkzeug.wrappers import Response

from app.core.messages import Message
from app.web import formats
from app.web.addresses import local_address, see_other
from app.web.cookies import keep_cookie
from app.web.guards import public
from app.web.languages import (
    COOKIE,
    LANGUAGES,
    VIETNAMESE,
    Texts,
    forget_language,
    gettext,
    hold_language,
    language,
)

SECONDS_OF_A_YEAR = 365 * 24 * 60 * 60

# The only blueprint of the shell, so it also brings the shell's templates.
language_pages = Blueprint("language", __name__, template_folder="templates")


class _Babel(Babel):  # type: ignore[misc]
    """Flask-Babel reading our catalogues."""

    @cached_property
    def domain_instance(self) -> Texts:
        return Texts(domain=self.domain)


def register_i18n(app: Flask) -> None:
    """Set up languages and the page that switches them, before Flask-Admin looks for them."""
    _Babel(
        app,
        default_locale=VIETNAMESE,
        default_timezone="Asia/Ho_Chi_Minh",
        locale_selector=language,
    )
    app.jinja_env.globals["_"] = translated
    app.jinja_env.globals["language"] = language
    app.before_request(hold_language)
    app.teardown_request(forget_language)
    app.register_blueprint(language_pages)


@language_pages.post("/language")
@public
def choose() -> Response:
    """Keep the language that was asked for in this browser, and go back to the page."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise BadRequest
    response = see_other(local_address(request.form.get("next", "")))
    remember_language(response, chosen)
    return response


def remember_language(response: Response, chosen: str) -> None:
    """Have the browser ask for a language from its next request on."""
    keep_cookie(response, COOKIE, chosen, max_age=SECONDS_OF_A_YEAR)


def translated(text: str, /, **values: object) -> str:
    """Put a text of a template into the reader's language, its values escaped.

    As in messages, a text with values writes %% and one without writes %. Jinja's own function
    takes more than twice as long, on a page with hundreds of texts.
    """
    words = gettext(text)
    return escape(words) % values if values else words


def render_message(message: Message) -> str:
    """Put a message into the reader's language, its values in that language's formats.

    Whole numbers are grouped (a year is handed over as text), Decimals are percentages.
    """
    text = gettext(message.text)
    if not message.values:
        return text
    return text % {name: _in_words(value) for name, value in message.values.items()}


def _in_words(value: object) -> str:
    if isinstance(value, Message):
        return render_message(value)
    if isinstance(value, int):
        return formats.whole_number(value, language())
    if isinstance(value, Decimal):
        return formats.percent(value, language())
    return _day_in_words(value)


def _day_in_words(value: object) -> str:
    if isinstance(value, datetime):
        return formats.instant(value)
    if isinstance(value, date):
        return formats.day(value)
    return formats.NOTHING if value is None else str(value)
