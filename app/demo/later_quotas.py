"""The quotas of the demonstration's later years, in whatever tree there then is. Invented. Pure.

A cell is given about as many as it will admit; the units above it have the sums, leaning to one
side or the other, so that each year some run ahead and some fall behind.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from app.demo.apportion import share
from app.demo.chance import stream
from app.demo.decisions import number_papers
from app.demo.quotas import Distribution, admissions_below, given_to, quota_paper
from app.demo.tables import QuotaRow
from app.demo.units import Tree
from app.demo.working_days import working_day_from

# What is asked for, in percent of what will be; and how unlike its share a brother's may be.
_PERCENT_ASKED_FOR = 104
_LEANING = (80, 120)
_MOST_IN_RESERVE = 40
_TENS = 10


def decided_by(year: int) -> date:
    """Return the day by which all levels have given a year's quotas."""
    return date(year - 1, 12, 31)


def later_quotas(tree: Tree, year: int, assigned: Mapping[str, int]) -> Iterator[QuotaRow]:
    """Yield what everybody in a tree gives of what they are assigned."""
    decided = [*_distributions(tree, year, assigned)]
    numbers = number_papers([distribution.paper for distribution in decided])
    for distribution, number in zip(decided, numbers, strict=True):
        yield from distribution.rows(number)


def later_central_rows(year: int, given: Mapping[str, int]) -> Iterator[QuotaRow]:
    """Yield what the Centre gives each root for a year, all by one letter."""
    for code, quota in given.items():
        yield QuotaRow(
            issuer_code="",
            unit_code=code,
            measure="admission",
            segment="",
            period=str(year),
            kind="count",
            quota=str(quota),
            decision_no=f"{year * 2 + len(given)}-CV/BTCTW",
            decided_on=working_day_from(date(year - 1, 12, 1)),
            reason="",
        )


def later_assigned(tree: Tree, year: int, expected: Mapping[str, int]) -> dict[str, int]:
    """Share down a tree what is asked of its root, whose cells will admit as many as expected.

    Who is given none is left out.
    """
    below = _sums(tree, expected)
    root = tree.units[0]
    assigned = {root.code: below[root.code] * _PERCENT_ASKED_FOR // 100 // _TENS * _TENS}
    for issuer in tree.units:
        children = tree.children[issuer.code]
        quota = assigned.get(issuer.code, 0)
        if not children or not quota:
            continue
        rng = stream("later quotas", str(year), issuer.code)
        weights = [below[child.code] * rng.randint(*_LEANING) + 1 for child in children]
        reserve = rng.randint(0, quota // _MOST_IN_RESERVE)
        assigned |= given_to(children, share(quota - reserve, weights))
    return assigned


def _sums(tree: Tree, expected: Mapping[str, int]) -> dict[str, int]:
    """Add up what the cells will admit; parents come before their children."""
    below = {unit.code: expected.get(unit.code, 0) for unit in tree.units}
    for unit in reversed(tree.units):
        if unit.parent_code:
            below[unit.parent_code] += below[unit.code]
    return below


def _distributions(tree: Tree, year: int, assigned: Mapping[str, int]) -> Iterator[Distribution]:
    for issuer in tree.units:
        if any(child.code in assigned for child in tree.children[issuer.code]):
            below = admissions_below(tree, issuer, year, assigned)
            paper = quota_paper(issuer, year)
            signed_on = working_day_from(paper.dated_on)
            yield replace(below, paper=replace(paper, genre="NQ", dated_on=signed_on))
