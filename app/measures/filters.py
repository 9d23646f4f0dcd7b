"""Which measure and which period the address of a page of figures asks for."""

from collections.abc import Iterable
from datetime import date

from flask import request

from app.core.errors import NotFound, Refused
from app.core.periods import Period, parse_period
from app.measures.queries import MeasureRow, measure_among

ADMISSION = "admission"
"""The measure that is meant where none is named."""

YEARS_OFFERED = 5


def asked_measure(offered: Iterable[MeasureRow]) -> MeasureRow:
    """Return the measure asked for, admissions when the address is bare.

    Refused, and not NotFound, for one that the tenant lacks: the page is there without it.
    """
    try:
        return measure_among(offered, request.args.get("measure") or ADMISSION)
    except NotFound as missing:
        raise Refused(missing.message) from missing


def asked_period(today: date) -> Period:
    """Return the period asked for, this year when the address is bare."""
    return parse_period(request.args.get("period") or str(today.year))


def measure_choices(offered: Iterable[MeasureRow]) -> list[tuple[str, str]]:
    """Return the measures to choose from: codes with their names."""
    return [(measure.code, measure.name) for measure in offered]


def period_choices(newest_year: int, chosen: Period) -> list[tuple[str, str]]:
    """Return the last years, newest first, before them the chosen period if it is none of them."""
    years = [str(newest_year - back) for back in range(YEARS_OFFERED)]
    codes = years if str(chosen) in years else [str(chosen), *years]
    return [(code, code) for code in codes]
