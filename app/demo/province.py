"""The demonstration provinces, built from their plans: the same bytes on every run.

Pure: no database and no clock. The plans say what the people must add up to.
"""

from dataclasses import dataclass
from datetime import date

from app.demo.admissions import admissions
from app.demo.cases import build_cases
from app.demo.decisions import Paper, decider_of, number_papers
from app.demo.plans import CLOCK, HOA_BINH, QUOTA_YEARS, VINH_PHUC, ProvincePlan
from app.demo.quotas import assigned_quotas, central_rows, distributions
from app.demo.tables import CaseRow, QuotaRow, UnitRow, as_csv
from app.demo.units import build_units, tree_of
from app.reports.rules import Layout

# Members are counted from this day on, so that percentages of 'the start of 2022' have a base.
_UNITS_EFFECTIVE_ON = date(2022, 1, 1)


@dataclass(frozen=True, slots=True)
class Province:
    """A whole invented province, ready for the importers in the order of its fields."""

    tenant_code: str
    name: str
    root_code: str
    clock: date
    units_effective_on: date
    units: tuple[UnitRow, ...]
    quotas: tuple[QuotaRow, ...]
    cases: tuple[CaseRow, ...]
    layout: Layout

    def units_csv(self) -> bytes:
        """Return the units file; parents come before their children."""
        return as_csv(self.units)

    def quotas_csv(self) -> bytes:
        """Return the quota file; a unit is given its quotas before it gives any."""
        return as_csv(self.quotas)

    def cases_csv(self) -> bytes:
        """Return the file of people with their steps."""
        return as_csv(self.cases)


def build_province() -> Province:
    """Build Vĩnh Phúc in 2022, whose totals are the figures that were printed for it."""
    return _build(VINH_PHUC)


def build_second_province() -> Province:
    """Build a small part of Hòa Bình, the second tenant."""
    return _build(HOA_BINH)


def _build(plan: ProvincePlan) -> Province:
    tree = tree_of(build_units(plan))
    assigned_by_year = {year: assigned_quotas(plan, tree, year) for year in QUOTA_YEARS}
    given = list(distributions(plan, tree, assigned_by_year))
    admitted = list(admissions(plan, tree, assigned_by_year))
    numbers = number_papers(
        [
            *(distribution.paper for distribution in given),
            *(Paper(decider_of(tree, case.cell), "QĐ", case.decided_on) for case in admitted),
        ]
    )
    quota_rows = [
        row
        for distribution, number in zip(given, numbers[: len(given)], strict=True)
        for row in distribution.rows(number)
    ]
    return Province(
        tenant_code=plan.tenant_code,
        name=plan.name,
        root_code=plan.root_code,
        clock=CLOCK,
        units_effective_on=_UNITS_EFFECTIVE_ON,
        units=tuple(tree.units),
        quotas=(*central_rows(plan), *quota_rows),
        cases=tuple(build_cases(plan, tree, admitted, numbers[len(given) :])),
        layout=Layout(
            issuer_name=f"Tỉnh ủy {plan.place_name}",
            place_name=plan.place_name,
            signatory_name=plan.signatory_name,
            copies_to="- Như trên,\n- Lưu Văn phòng.",
        ),
    )
