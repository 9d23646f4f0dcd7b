"""Form fields that read dates and whole numbers as people write them, and boxes to tick."""

from collections.abc import Callable
from datetime import date
from typing import Any

from wtforms import SelectMultipleField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.dates import parse_date
from app.core.errors import AppError
from app.core.numbers import parse_whole_number
from app.web.formats import day
from app.web.i18n import render_message


class ReadField(StringField):  # type: ignore[misc]
    """A field of text that a rule reads; what it refuses is said at the field."""

    read: Callable[[str], Any]

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; the text stays in the field."""
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = type(self).read(valuelist[0])
        except AppError as error:
            raise ValidationError(render_message(error.message)) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self._written()

    def _written(self) -> str:
        return str(self.data)


class DateField(ReadField):
    """A date such as 3/11/26, 03112026 or 2026-11-03."""

    read = staticmethod(parse_date)
    data: date | None

    def _written(self) -> str:
        return day(self.data)


class WholeNumberField(ReadField):
    """A whole number such as 1545 or 1.545."""

    read = staticmethod(parse_whole_number)
    data: int | None


class CheckboxesField(SelectMultipleField):  # type: ignore[misc]
    """Any number of choices, each with its box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
