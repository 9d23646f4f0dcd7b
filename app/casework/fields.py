"""Fields and validators that forms of people share."""

from collections.abc import Callable
from datetime import date
from typing import cast

from wtforms import Field, ValidationError

from app.core.dates import parse_date
from app.core.errors import Refused
from app.tenants.current import current_context
from app.web.fields import DateField
from app.web.forms import Form
from app.web.i18n import render_message


class Cleaned:
    """Put a field's text into the form in which it is stored, or say why it cannot be."""

    def __init__(self, cleaned: Callable[[str], str | None]) -> None:
        self._cleaned = cleaned

    def __call__(self, _form: Form, field: Field) -> None:
        """Validate, as WTForms asks."""
        try:
            field.data = self._cleaned(field.data or "")
        except Refused as refused:
            raise ValidationError(render_message(refused.message)) from None


def _born_on(text: str, *, last_short_year: int | None = None) -> date:
    return parse_date(text, last_short_year=last_short_year or current_context().today.year)


class BirthDateField(DateField):
    """A date of birth such as 3/11/95, whose two-digit year lies in the past."""

    read = staticmethod(_born_on)


def known_date(field: DateField) -> date:
    """Return the day of a field that its form requires, once the form is valid."""
    return cast("date", field.data)
