"""How papers of the Party look on a day, and how they write days and documents. Pure.

Source: Hướng dẫn 36-HD/VPTW (3/4/2018), then Quy định 399-QĐ/TW (9/1/2026); both in `forms.toml`.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from app.reports.definition import Letterhead, Margins, Signature

LONGEST_LINE = 200
"""The most characters of anything that a unit sets for its papers."""

_FORMS = Path(__file__).with_name("forms.toml")
_LETTERS_OF_NUMBER = re.compile(r"\d\w*\s*-\s*(\w+)\s*(?:/.*)?")
_LAST_MONTH_WITH_ZERO = 2
_FIRST_DAY_OF_TWO_DIGITS = 10


@dataclass(frozen=True)
class PaperForm:
    """How papers look from a day on."""

    rule: str
    valid_from: date
    motto: str
    margins: Margins
    signs_for: str
    signs_as: str
    draft_mark: str


@dataclass(frozen=True)
class Layout:
    """What a unit has set for its papers; what is empty follows from the tree and the rule."""

    issuer_name: str | None = None
    superior_name: str | None = None
    place_name: str | None = None
    signs_for: str | None = None
    signs_as: str | None = None
    signatory_name: str | None = None
    copies_to: str | None = None

    @property
    def recipients(self) -> tuple[str, ...]:
        """Where copies go, one on a line."""
        return tuple(line.strip() for line in (self.copies_to or "").splitlines() if line.strip())


@dataclass(frozen=True)
class Issuer:
    """Who issues a paper: its own name and that of the organisation above, if any."""

    name: str
    superior: str | None


def paper_forms() -> tuple[PaperForm, ...]:
    """Return how papers have looked, the earliest first."""
    forms = (
        PaperForm(**{**form, "margins": Margins(**form["margins"])}) for form in _read()["form"]
    )
    return tuple(sorted(forms, key=lambda form: form.valid_from))


def form_on(day: date, forms: Sequence[PaperForm]) -> PaperForm:
    """Return the form in force on a day; before the first one papers look as it says."""
    begun = [form for form in forms if form.valid_from <= day]
    return begun[-1] if begun else forms[0]


def letterhead(form: PaperForm, layout: Layout, issuer: Issuer, on: date | None) -> Letterhead:
    """Return what stands above the title of a paper of a day, or of a day still to be filled in."""
    superior = layout.superior_name or issuer.superior
    return Letterhead(
        motto=form.motto,
        issuer=(layout.issuer_name or issuer.name).upper(),
        superior=superior.upper() if superior else None,
        place_and_day=f"{layout.place_name or '…………'}, {day_in_words(on)}",
    )


def signature(form: PaperForm, layout: Layout) -> Signature:
    """Return who signs a paper."""
    return Signature(
        authority=layout.signs_for or form.signs_for,
        title=layout.signs_as or form.signs_as,
        name=layout.signatory_name,
    )


def day_in_words(day: date | None) -> str:
    """Write ngày 05 tháng 01 năm 2026: days below 10 and the first two months have a zero.

    So nobody can write another digit before them.
    """
    if day is None:
        return "ngày …… tháng …… năm ………"
    number = f"{day.day:02}" if day.day < _FIRST_DAY_OF_TWO_DIGITS else str(day.day)
    month = f"{day.month:02}" if day.month <= _LAST_MONTH_WITH_ZERO else str(day.month)
    return f"ngày {number} tháng {month} năm {day.year}"


def document_in_words(number: str) -> str:
    """Write Quyết định số 152-QĐ/TU by the letters of the number, else văn bản số 152."""
    letters = _LETTERS_OF_NUMBER.fullmatch(number)
    names: Mapping[str, str] = _read()["documents"]
    kind = names.get(letters[1]) if letters else None
    return f"{kind or 'văn bản'} số {number}"


@cache
def _read() -> Mapping[str, Any]:
    with _FORMS.open("rb") as source:
        return tomllib.load(source)
