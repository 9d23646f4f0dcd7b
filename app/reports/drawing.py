"""Cells as they are read on paper: in Vietnamese, the language of every paper of the Party."""

from datetime import date
from decimal import Decimal

from app.reports.definition import Value
from app.web.formats import day, percent, whole_number
from app.web.languages import VIETNAMESE


def cell_text(value: Value) -> str:
    """Write a value: 1.950, 77,25%, 31/10/2022; nothing as an empty cell."""
    if value is None:
        return ""
    if isinstance(value, int):
        return whole_number(value, VIETNAMESE)
    if isinstance(value, Decimal):
        return percent(value, VIETNAMESE)
    if isinstance(value, date):
        return day(value)
    return value
