"""Numbers and symbols of the papers that committees issue, and who decides on an admission."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.demo.tables import UnitRow
from app.demo.units import Tree

_SYMBOLS: Mapping[str, str] = {
    "provincial_committee": "TU",
    "city_committee": "ThU",
    "district_committee": "HU",
    "military": "ĐUQS",
    "commune_committee": "ĐU",
}
_SYMBOL_OF_A_CELL = "CB"

# A series is about as far as it would be with one paper in this many days.
_DAYS_BETWEEN_DECISIONS: Mapping[str, int] = {"TU": 3, "ThU": 3, "HU": 3, "ĐU": 10, "ĐUQS": 10}
_DAYS_BETWEEN_RESOLUTIONS = 30


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that takes a number: `genre` is QĐ for a decision, NQ for a resolution."""

    issuer: UnitRow
    genre: str
    dated_on: date


def decider_of(tree: Tree, cell: UnitRow) -> UnitRow:
    """Return whose committee decides on a cell's admissions: the level above the grassroots.

    Until 2025 that was the district for a commune's cells (Quy định 29-QĐ/TW, 4.3.2).
    """
    parent = tree.by_code[cell.parent_code]
    return tree.by_code[parent.parent_code] if parent.level == "commune" else parent


def number_papers(papers: Sequence[Paper]) -> list[str]:
    """Give papers numbers in the order of their dates, anew for each issuer, genre and year."""
    numbers = [""] * len(papers)
    last: dict[tuple[str, str, int], int] = {}
    for place in sorted(range(len(papers)), key=lambda place: papers[place].dated_on):
        paper = papers[place]
        series = (paper.issuer.code, paper.genre, paper.dated_on.year)
        last[series] = max(last.get(series, 0) + 1, _usual_number(paper))
        numbers[place] = f"{last[series]:02}-{paper.genre}/{_symbol(paper.issuer)}"
    return numbers


def _symbol(issuer: UnitRow) -> str:
    return _SYMBOLS.get(issuer.kind, _SYMBOL_OF_A_CELL)


def _usual_number(paper: Paper) -> int:
    is_decision = paper.genre == "QĐ"
    days = (
        _DAYS_BETWEEN_DECISIONS[_symbol(paper.issuer)] if is_decision else _DAYS_BETWEEN_RESOLUTIONS
    )
    return paper.dated_on.timetuple().tm_yday // days
