"""Who gives whom how many: the distributions of an invented province."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.demo.apportion import share
from app.demo.chance import happens, stream
from app.demo.decisions import Paper
from app.demo.plans import ProvincePlan
from app.demo.tables import QuotaRow, UnitRow
from app.demo.units import Tree

# No child of a district goes without, and few have less than this.
_USUAL_LEAST_QUOTA = 4

# How much more or less than by its members a unit is given, in percent.
_DISTRICT_LEANING = (80, 120)

# How many admissions a cell of each kind is good for, beside the others of its commune.
APPETITE: Mapping[str, int] = {
    "village_cell": 10,
    "street_cell": 10,
    "school_cell": 6,
    "agency_cell": 4,
    "enterprise_cell": 6,
    "military_cell": 6,
    "police_cell": 3,
}
_CELL_LEANING = (6, 14)

_PERCENT_OF_COMMUNES_WITH_RESERVE = 20
_LEAST_QUOTA_WITH_RESERVE = 8

_PROVINCE_REASON = "Dự phòng giao bổ sung cho tổ chức có nguồn phát sinh trong năm"
_DISTRICT_REASON = "Dự phòng cho tổ chức có nguồn từ doanh nghiệp và học sinh"
_COMMUNE_REASON = "Dự phòng cho chi bộ có nguồn trong đợt tuyển quân"

# Of the admissions given to a district: how many percent at least from which group.
_PERCENT_BY_SEGMENT: Mapping[str, int] = {"female": 42, "residential": 40, "student": 2}
_PERCENT_BY_SEGMENT_AND_UNIT: Mapping[str, Mapping[str, int]] = {
    "private_enterprise": {"D243": 4, "D244": 4, "D249": 5},
    "ethnic_minority": {"D248": 20, "D253": 2, "D244": 3, "D249": 2, "D246": 1},
}
# The same for the communes of a district that passes it on.
_PERCENT_BY_DISTRICT: Mapping[str, tuple[str, int]] = {"D252": ("female", 40)}

# What else is given to each district, in percent of its admissions.
_PERCENT_BY_MEASURE: Mapping[str, int] = {"source": 110, "certificate": 110, "introduction": 105}
# Of the introductions: how many percent by whom.
_PERCENT_BY_INTRODUCER: Mapping[str, int] = {
    "youth_union": 45,
    "trade_union": 20,
    "farmers": 8,
    "women": 4,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One unit's quota inside a distribution, in all or for a segment."""

    unit_code: str
    quota: str
    segment: str = ""
    kind: str = "count"


@dataclass(frozen=True, slots=True)
class Distribution:
    """What one issuer decides on one day; an issuer that gives to itself sets its own quota."""

    paper: Paper
    measure: str
    period: str
    lines: Sequence[Line]
    reason: str = ""

    def rows(self, decision_no: str) -> Iterator[QuotaRow]:
        """Yield the lines of the file."""
        for line in self.lines:
            yield QuotaRow(
                issuer_code=self.paper.issuer.code,
                unit_code=line.unit_code,
                measure=self.measure,
                segment=line.segment,
                period=self.period,
                kind=line.kind,
                quota=line.quota,
                decision_no=decision_no,
                decided_on=self.paper.dated_on,
                reason=self.reason,
            )


def assigned_quotas(plan: ProvincePlan, tree: Tree, year: int) -> dict[str, int]:
    """Share a year's quotas down the whole tree; who is given none is left out."""
    assigned = {plan.root_code: plan.root_quotas[year].quota}
    for code, branch in plan.branches.items():
        if year not in branch.quotas:
            continue
        head = tree.by_code[code]
        assigned[code] = branch.quotas[year]
        assigned |= _below_head(plan, tree, head, year=year, quota=assigned[code])
        for commune in tree.children[code]:
            if commune.level == "commune":
                quota = assigned[commune.code]
                assigned |= _below_commune(plan, tree, commune, year=year, quota=quota)
    return assigned


def _below_head(
    plan: ProvincePlan, tree: Tree, head: UnitRow, *, year: int, quota: int
) -> dict[str, int]:
    rng = stream(plan.tenant_code, "quotas", str(year), head.code)
    children = tree.children[head.code]
    reserve = rng.randint(0, quota // 40)
    weights = [child.members * rng.randint(*_DISTRICT_LEANING) for child in children]
    least = min(_USUAL_LEAST_QUOTA, quota // len(children))
    parts = share(quota - reserve, weights, floors=[least] * len(children))
    return given_to(children, parts)


def _below_commune(
    plan: ProvincePlan, tree: Tree, commune: UnitRow, *, year: int, quota: int
) -> dict[str, int]:
    rng = stream(plan.tenant_code, "quotas", str(year), commune.code)
    cells = tree.children[commune.code]
    keeps_one = quota >= _LEAST_QUOTA_WITH_RESERVE and happens(
        rng, _PERCENT_OF_COMMUNES_WITH_RESERVE
    )
    weights = [APPETITE[cell.kind] * rng.randint(*_CELL_LEANING) for cell in cells]
    return given_to(cells, share(quota - int(keeps_one), weights))


def given_to(units: Sequence[UnitRow], parts: Sequence[int]) -> dict[str, int]:
    """Put units and their parts together; who is given none is left out."""
    return {unit.code: part for unit, part in zip(units, parts, strict=True) if part}


def central_rows(plan: ProvincePlan) -> Iterator[QuotaRow]:
    """Yield what the Centre gave the province."""
    for year, given in plan.root_quotas.items():
        yield QuotaRow(
            issuer_code="",
            unit_code=plan.root_code,
            measure="admission",
            segment="",
            period=str(year),
            kind="count",
            quota=str(given.quota),
            decision_no=given.decision_no,
            decided_on=given.decided_on,
            reason="",
        )


def distributions(
    plan: ProvincePlan, tree: Tree, assigned_by_year: Mapping[int, Mapping[str, int]]
) -> Iterator[Distribution]:
    """Yield every distribution of the province, an issuer's before those of its children."""
    root = tree.by_code[plan.root_code]
    for span in plan.span_quotas:
        paper = Paper(root, "QĐ", span.decided_on)
        line = Line(span.unit_code, str(span.quota))
        yield Distribution(paper, "admission", span.period, [line])
    for year, assigned in assigned_by_year.items():
        for issuer in tree.units:
            if issuer.level != "cell" and issuer.code in assigned:
                yield admissions_below(tree, issuer, year, assigned)
    last_year = max(assigned_by_year)
    for measure, percent in _PERCENT_BY_MEASURE.items():
        yield _other_measure_below(
            tree,
            root,
            assigned_by_year[last_year],
            year=last_year,
            measure=measure,
            percent=percent,
        )
    yield from _own_quotas(plan, tree, last_year)


def admissions_below(
    tree: Tree, issuer: UnitRow, year: int, assigned: Mapping[str, int]
) -> Distribution:
    """Return what an issuer gives its children of what it was assigned."""
    given = {
        child.code: assigned[child.code]
        for child in tree.children[issuer.code]
        if child.code in assigned
    }
    lines = [Line(code, str(quota)) for code, quota in given.items()]
    lines += _segment_lines(tree, issuer, given)
    has_reserve = sum(given.values()) != assigned[issuer.code]
    return Distribution(
        paper=quota_paper(issuer, year),
        measure="admission",
        period=str(year),
        lines=lines,
        reason=_reason(issuer) if has_reserve else "",
    )


def _segment_lines(tree: Tree, issuer: UnitRow, given: Mapping[str, int]) -> Iterator[Line]:
    if issuer.level == "province":
        for code, quota in given.items():
            if tree.by_code[code].kind != "military":
                yield from _segments_of_district(code, quota)
    elif issuer.code in _PERCENT_BY_DISTRICT:
        segment, percent = _PERCENT_BY_DISTRICT[issuer.code]
        for code, quota in given.items():
            yield from _at_least(code, segment, quota * percent // 100)


def _segments_of_district(code: str, quota: int) -> Iterator[Line]:
    for segment, percent in _PERCENT_BY_SEGMENT.items():
        yield from _at_least(code, segment, quota * percent // 100)
    for segment, percents in _PERCENT_BY_SEGMENT_AND_UNIT.items():
        yield from _at_least(code, segment, quota * percents.get(code, 0) // 100)


def _at_least(code: str, segment: str, number: int) -> Iterator[Line]:
    if number:
        yield Line(code, str(number), segment, "minimum")


def _other_measure_below(
    tree: Tree,
    root: UnitRow,
    assigned: Mapping[str, int],
    *,
    year: int,
    measure: str,
    percent: int,
) -> Distribution:
    lines: list[Line] = []
    for child in tree.children[root.code]:
        if child.code in assigned and child.kind != "military":
            number = assigned[child.code] * percent // 100
            lines.append(Line(child.code, str(number)))
            if measure == "introduction":
                lines += _introducers(child.code, number)
    return Distribution(quota_paper(root, year), measure, str(year), lines)


def _introducers(code: str, number: int) -> Iterator[Line]:
    for introducer, percent in _PERCENT_BY_INTRODUCER.items():
        yield from _at_least(code, introducer, number * percent // 100)


def _own_quotas(plan: ProvincePlan, tree: Tree, year: int) -> Iterator[Distribution]:
    for own in plan.own_quotas:
        paper = Paper(tree.by_code[own.unit_code], "NQ", date(year - 1, 12, 30))
        line = Line(own.unit_code, own.quota, kind=own.kind)
        yield Distribution(paper, "admission", str(year), [line])


def quota_paper(issuer: UnitRow, year: int) -> Paper:
    """Date the decision in the December before, the higher the issuer the earlier."""
    day = {"province": 14, "district": 21, "commune": 28}[issuer.level]
    return Paper(issuer, "QĐ", date(year - 1, 12, day + len(issuer.name) % 2))


def _reason(issuer: UnitRow) -> str:
    reasons = {"province": _PROVINCE_REASON, "district": _DISTRICT_REASON}
    return reasons.get(issuer.level, _COMMUNE_REASON)
