"""The cases of an invented province: who was admitted, and who is on the way."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random

from app.demo.admissions import Admission, is_dormant
from app.demo.chance import stream
from app.demo.people import Person, invent_person
from app.demo.plans import CLOCK, ProvincePlan
from app.demo.quotas import APPETITE
from app.demo.steps import Steps, steps_of_admission, steps_until
from app.demo.tables import CaseRow, UnitRow
from app.demo.units import Tree
from app.demo.working_days import meeting_day_until


def build_cases(
    plan: ProvincePlan, tree: Tree, admissions: Sequence[Admission], numbers: Sequence[str]
) -> list[CaseRow]:
    """Invent everybody: behind each admission, decided under its number, and those waiting.

    No two people of a cell share name and date of birth, since that is how files know people.
    """
    rng = stream(plan.tenant_code, "people")
    known: set[tuple[str, str, date]] = set()
    cases: list[CaseRow] = []
    progress = [*_of_admissions(plan, admissions, numbers), *_of_waiting(plan, tree)]
    for cell, steps, number in progress:
        minorities = plan.ethnicities.get(cell.parent_code, plan.usual_ethnicities)
        parent = tree.by_code[cell.parent_code]
        cases.append(
            case_of_somebody(
                rng, cell, parent, minorities=minorities, steps=steps, number=number, known=known
            )
        )
    return cases


def case_of_somebody(
    rng: Random,
    cell: UnitRow,
    parent: UnitRow,
    *,
    minorities: Mapping[str, int],
    steps: Steps,
    number: str,
    known: set[tuple[str, str, date]],
) -> CaseRow:
    """Invent somebody who took these steps, unlike all who are `known` in the cell by now."""
    person = None
    while person is None or (cell.code, person.full_name, person.date_of_birth) in known:
        person = invent_person(
            rng, cell, parent, minorities=minorities, considered_on=steps.considered_on
        )
    known.add((cell.code, person.full_name, person.date_of_birth))
    return _case(cell, person, steps, number)


def _of_admissions(
    plan: ProvincePlan, admissions: Sequence[Admission], numbers: Sequence[str]
) -> Iterator[tuple[UnitRow, Steps, str]]:
    rng = stream(plan.tenant_code, "steps of admissions")
    for admission, number in zip(admissions, numbers, strict=True):
        yield admission.cell, steps_of_admission(rng, admission.decided_on, CLOCK), number


def _of_waiting(plan: ProvincePlan, tree: Tree) -> Iterator[tuple[UnitRow, Steps, str]]:
    rng = stream(plan.tenant_code, "steps of waiting")
    cells = [unit for unit in tree.units if unit.level == "cell" and not is_dormant(plan, unit)]
    weights = [APPETITE[cell.kind] for cell in cells]
    for waiting in plan.waiting:
        days = (waiting.last - waiting.first).days
        for cell in rng.choices(cells, weights, k=waiting.people):
            reached_on = waiting.first + timedelta(days=rng.randint(0, days))
            yield cell, steps_until(rng, waiting.last_step, meeting_day_until(reached_on)), ""


def _case(cell: UnitRow, person: Person, steps: Steps, decision_no: str) -> CaseRow:
    return CaseRow(
        cell_code=cell.code,
        full_name=person.full_name,
        date_of_birth=person.date_of_birth,
        sex=person.sex,
        ethnicity=person.ethnicity,
        religion=person.religion,
        education=person.education,
        qualification=person.qualification,
        occupation=person.occupation,
        segments=";".join(person.segments),
        listed_on=steps.listed_on,
        certificate_on=steps.certificate_on,
        cell_resolution_on=steps.cell_resolution_on,
        decision_no=decision_no,
        decision_on=steps.decision_on,
        ceremony_on=steps.ceremony_on,
        recognised_on=steps.recognised_on,
        removed_on=steps.removed_on,
        introduced_on=steps.introduced_on,
        introduced_by=person.introduced_by if steps.introduced_on else "",
    )
