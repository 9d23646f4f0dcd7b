"""What comes after the day on which the demonstration begins: its people go on, others begin.

Invented, and pure: no database and no clock. Everybody's whole life is written down, up to the
end of `LAST_YEAR`; a day's knowledge is cut from it, so that the years may be lived in any steps.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from app.demo.admissions import is_dormant, signing_days
from app.demo.cases import case_of_somebody
from app.demo.chance import happens, stream
from app.demo.decisions import Paper, decider_of, number_papers
from app.demo.plans import CLOCK, VINH_PHUC
from app.demo.province import Province
from app.demo.quotas import APPETITE
from app.demo.steps import Steps, followed, led_to_decision, steps_of_admission
from app.demo.tables import CaseRow, UnitRow
from app.demo.units import Tree, tree_of
from app.demo.working_days import busyness, meeting_day_until

FIRST_YEAR, LAST_YEAR = 2023, 2027
_EVER = date(LAST_YEAR + 2, 12, 31)
_TOMORROW = CLOCK + timedelta(days=1)

# How many are admitted in a year. The neighbours have few cells, and so few people.
_ADMITTED = {2023: 2030, 2024: 2070, 2025: 2120, 2026: 2210, 2027: 2280}
_ADMITTED_BY_NEIGHBOURS = {2024: 610, 2025: 640, 2026: 680, 2027: 710}

# Whoever is new was listed after the clock, and so is admitted from the middle of 2023 on.
_FIRST_NEWCOMERS = date(2023, 6, 1)

# From then on a commune's own committee decides (Quy định 294-QĐ/TW).
_COMMUNES_DECIDE_FROM = date(2025, 7, 1)

# How many of 100 go on from the step where they stand; the others give up.
_PERCENT_GOING_ON = {"listed_on": 85, "certificate_on": 95}
_DAYS_UNTIL_GIVING_UP = (45, 500)
_CERTIFICATES_GOOD_FROM = date(2018, 6, 1)

_COMMUNE_LEANING = (55, 145)
_CELL_LEANING = (4, 16)

_MINORITIES_OF_NEIGHBOURS: Mapping[str, Mapping[str, int]] = {
    "P17": {"Mường": 58, "Dao": 4, "Thái": 4, "Tày": 4},
    "P25": {"Mường": 14, "Dao": 1, "Sán Chay": 1},
}

_STEPS = tuple(field.name for field in fields(Steps))


@dataclass(frozen=True)
class LaterYears:
    """Everybody's life, beside what of it was known when the demonstration was loaded."""

    known_before: frozenset[CaseRow]
    lives: tuple[CaseRow, ...]

    def known_on(self, day: date) -> list[CaseRow]:
        """Return who has taken a step by a day that was not known from the beginning."""
        known = (as_known_on(life, day) for life in self.lives)
        return [case for case in known if case is not None and case not in self.known_before]

    def admitted_in(self, year: int) -> Counter[str]:
        """Count the year's admissions of each cell, whether they are known by now or not."""
        return Counter(
            life.cell_code
            for life in self.lives
            if life.decision_on and life.decision_on.year == year
        )


def later_years(province: Province, neighbours: Sequence[UnitRow]) -> LaterYears:
    """Invent how the people of a province go on, and who comes after them there and beside it."""
    tree = tree_of(province.units)
    numberless = [*_everybody_goes_on(province)]
    known = {_identity(case) for case in province.cases}
    numberless += _newcomers(tree, numberless, known)
    numberless += _newcomers_beside(tree_of(neighbours), known)
    lives = _numbered(province, tree_of((*province.units, *neighbours)), numberless)
    return LaterYears(frozenset(province.cases), tuple(lives))


def as_known_on(life: CaseRow, day: date) -> CaseRow | None:
    """Cut a life at a day; None for whom nobody knows yet."""
    if life.listed_on > day:
        return None
    later: dict[str, Any] = {
        step: None for step in _STEPS if (on := getattr(life, step)) and on > day
    }
    if not later:
        return life
    return replace(
        life,
        **later,
        decision_no="" if "decision_on" in later else life.decision_no,
        introduced_by="" if "introduced_on" in later else life.introduced_by,
    )


def _identity(case: CaseRow) -> tuple[str, str, date]:
    return case.cell_code, case.full_name, case.date_of_birth


def _everybody_goes_on(province: Province) -> Iterator[CaseRow]:
    """Yield the people who were on the way when the demonstration began, with all that follows.

    Whoever does not go on is taken off the list one day, or would be overdue for ever.
    """
    rng = stream(province.tenant_code, "going on")
    leaving = stream(province.tenant_code, "giving up")
    for case in province.cases:
        steps = Steps(**{step: getattr(case, step) for step in _STEPS})
        if steps.recognised_on or steps.removed_on:
            continue
        if not _goes_on(rng, steps):
            left_on = CLOCK + timedelta(days=leaving.randint(*_DAYS_UNTIL_GIVING_UP))
            yield replace(case, removed_on=meeting_day_until(left_on))
            continue
        steps = led_to_decision(rng, steps, CLOCK)
        steps = followed(rng, steps, steps.decision_on or CLOCK, _EVER, after=_TOMORROW)
        introduced_by = case.introduced_by or "youth_union"
        yield replace(
            case, **{step: getattr(steps, step) for step in _STEPS}, introduced_by=introduced_by
        )


def _goes_on(rng: Random, steps: Steps) -> bool:
    if steps.introduced_on:
        return True
    if steps.certificate_on is None:
        return happens(rng, _PERCENT_GOING_ON["listed_on"])
    is_good = steps.certificate_on >= _CERTIFICATES_GOOD_FROM
    return is_good and happens(rng, _PERCENT_GOING_ON["certificate_on"])


def _newcomers(
    tree: Tree, going_on: Sequence[CaseRow], known: set[tuple[str, str, date]]
) -> Iterator[CaseRow]:
    """Yield the province's people who were listed after the clock."""
    admitted_anyway = Counter(case.decision_on.year for case in going_on if case.decision_on)
    cells = [
        unit for unit in tree.units if unit.level == "cell" and not is_dormant(VINH_PHUC, unit)
    ]
    for year, in_all in _ADMITTED.items():
        rng = stream("newcomers", str(year))
        chosen = rng.choices(cells, _weights(rng, cells), k=in_all - admitted_anyway[year])
        first = max(date(year, 1, 1), _FIRST_NEWCOMERS)
        for cell, decided_on in _dated(rng, tree, chosen, first):
            steps = steps_of_admission(rng, decided_on, _EVER)
            while steps.listed_on <= CLOCK:
                steps = steps_of_admission(rng, decided_on, _EVER)
            minorities = VINH_PHUC.ethnicities.get(cell.parent_code, VINH_PHUC.usual_ethnicities)
            yield _somebody(rng, tree, cell, steps, minorities, known)


def _newcomers_beside(tree: Tree, known: set[tuple[str, str, date]]) -> Iterator[CaseRow]:
    """Yield the people of the provinces that join later."""
    cells = [unit for unit in tree.units if unit.level == "cell"]
    for year, in_all in _ADMITTED_BY_NEIGHBOURS.items():
        rng = stream("newcomers beside", str(year))
        chosen = rng.choices(cells, _weights(rng, cells), k=in_all)
        for cell, decided_on in _dated(rng, tree, chosen, date(year, 1, 1)):
            steps = steps_of_admission(rng, decided_on, _EVER)
            minorities = _MINORITIES_OF_NEIGHBOURS[_root(tree, cell)]
            yield _somebody(rng, tree, cell, steps, minorities, known)


def _somebody(  # noqa: PLR0917 who it is, of where
    rng: Random,
    tree: Tree,
    cell: UnitRow,
    steps: Steps,
    minorities: Mapping[str, int],
    known: set[tuple[str, str, date]],
) -> CaseRow:
    parent = tree.by_code[cell.parent_code]
    return case_of_somebody(
        rng, cell, parent, minorities=minorities, steps=steps, number="", known=known
    )


def _weights(rng: Random, cells: Sequence[UnitRow]) -> list[int]:
    """Weigh cells by their kinds; a commune's all lean to one side, each a little by itself."""
    communes = sorted({cell.parent_code for cell in cells})
    leaning = {commune: rng.randint(*_COMMUNE_LEANING) for commune in communes}
    return [
        APPETITE[cell.kind] * rng.randint(*_CELL_LEANING) * leaning[cell.parent_code]
        for cell in cells
    ]


def _dated(
    rng: Random, tree: Tree, cells: Sequence[UnitRow], first: date
) -> Iterator[tuple[UnitRow, date]]:
    """Give each admission a day of the year on which the committee of its branch signs."""
    days: dict[str, tuple[list[date], list[int]]] = {}
    for cell in cells:
        head = decider_of(tree, cell)
        if head.code not in days:
            signing = signing_days(head, first, date(first.year, 12, 31))
            days[head.code] = signing, [busyness(day) for day in signing]
        yield cell, rng.choices(*days[head.code])[0]


def _numbered(province: Province, tree: Tree, cases: Sequence[CaseRow]) -> Iterator[CaseRow]:
    """Give the decisions numbers that go on from those of the beginning."""
    before = [case for case in province.cases if case.decision_on]
    admitted = [case for case in cases if case.decision_on]
    papers = [_decision(tree, case) for case in (*before, *admitted)]
    numbers = number_papers(papers)[len(before) :]
    yield from (case for case in cases if case.decision_on is None)
    for case, number in zip(admitted, numbers, strict=True):
        yield replace(case, decision_no=case.decision_no or number)


def _decision(tree: Tree, case: CaseRow) -> Paper:
    if case.decision_on is None:
        raise ValueError("whoever is not admitted has no decision")
    cell = tree.by_code[case.cell_code]
    parent = tree.by_code[cell.parent_code]
    if case.decision_on < _COMMUNES_DECIDE_FROM or parent.kind == "military":
        decider = decider_of(tree, cell)
    else:
        decider = parent if parent.level == "commune" else tree.by_code[_root(tree, cell)]
    return Paper(decider, "QĐ", case.decision_on)


def _root(tree: Tree, unit: UnitRow) -> str:
    while unit.parent_code:
        unit = tree.by_code[unit.parent_code]
    return unit.code
