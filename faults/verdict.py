"""Whether all that was acknowledged is there, once, and counted everywhere."""

from dataclasses import dataclass, field
from datetime import date
from itertools import product

from sqlalchemy import text

from app.core.database import db
from app.measures.queries import measure_by_code, segments
from app.rollups import commands
from app.rollups.models import Tree
from app.rollups.queries import Span, counts
from app.tenants.context import Context, tenant_transaction
from app.units.queries import units_by_code
from faults.ledger import UNITS, Counts, Fact, Ledger, recount

SPANS = ((date(2020, 12, 1), date(2022, 10, 31)), (date(2021, 1, 1), date(2021, 12, 31)))
MEASURE_OF_STEP = {"listed": "source", "decision": "admission"}

_PEOPLE = text(
    """
    SELECT p.full_name, u.code AS cell, s.kind, s.taken_on, c.code AS credited
    FROM person p
    JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.cell_id
    LEFT JOIN case_file f ON f.tenant_id = p.tenant_id AND f.person_id = p.id
    LEFT JOIN step s ON s.tenant_id = f.tenant_id AND s.case_id = f.id
    LEFT JOIN unit c ON c.tenant_id = s.tenant_id AND c.id = s.cell_id
    WHERE p.tenant_id = :tenant
    """
)
_ADDED_TWICE = text(
    """
    SELECT full_name FROM person WHERE tenant_id = :tenant GROUP BY full_name HAVING count(*) > 1
    UNION ALL
    SELECT 'trail of ' || subject_id FROM audit_entry
    WHERE tenant_id = :tenant AND action IN ('person.added', 'recording.undone')
    GROUP BY action, subject_id HAVING count(*) > 1
    """
)


@dataclass
class Verdict:
    """What was found; all lists are empty when every promise was kept."""

    people: int = 0
    figures: int = 0
    recounted: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    mismatches: list[str] = field(default_factory=list)
    miscounted: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is lost, doubled or miscounted."""
        return not (self.lost or self.doubled or self.mismatches or self.miscounted)


def judge(tenant: str, ledger: Ledger) -> Verdict:
    """Compare the database with the ledger, the books with the steps, the figures with both."""
    verdict = Verdict(people=len(ledger.people))
    with tenant_transaction(tenant) as context:
        _judge_people(context, ledger, verdict)
        _judge_figures(context, ledger, verdict)
        verification = commands.verify(context)
    verdict.figures = verification.figures
    verdict.mismatches = [str(mismatch) for mismatch in verification.mismatches]
    return verdict


def _judge_people(context: Context, ledger: Ledger, verdict: Verdict) -> None:
    values = {"tenant": context.tenant_id}
    found: dict[str, tuple[str, dict[str, Fact]]] = {}
    for row in db.session.execute(_PEOPLE, values):
        cell_and_steps = found.setdefault(row.full_name, (row.cell, {}))
        if row.kind is not None:
            cell_and_steps[1][row.kind] = Fact(row.taken_on, row.credited)
    expected = {name: (known.cell, known.steps) for name, known in ledger.people.items()}
    for name in expected.keys() | found.keys():
        if expected.get(name) != found.get(name):
            verdict.lost.append(f"{name}: told {expected.get(name)}, found {found.get(name)}")
    verdict.doubled = list(db.session.scalars(_ADDED_TWICE, values))


def _judge_figures(context: Context, ledger: Ledger, verdict: Verdict) -> None:
    units = units_by_code(context, UNITS)
    female = next(row.slot for row in segments(context) if row.code == "female")
    expected = recount(ledger.people.values(), ledger.parents, context.today)
    spans = [
        Span(f"{tree} {first}", first, last, tree)
        for (first, last), tree in product(SPANS, (Tree.THEN, Tree.NOW))
    ]
    for kind, code in MEASURE_OF_STEP.items():
        measure_id = measure_by_code(context, code).id
        for unit, (sex, slot) in product(UNITS, (("", None), ("female", female))):
            counted = counts(
                context, unit_id=units[unit].id, measure_id=measure_id, spans=spans, slot=slot
            )
            for span in spans:
                told = expected.get((unit, kind, sex, span.tree is Tree.NOW), {})
                right, shown = _between(told, span), counted.total(span.name)
                verdict.recounted += 1
                if shown != right:
                    verdict.miscounted.append(f"{unit} {code} {sex} {span}: {shown}, not {right}")


def _between(told: Counts, span: Span) -> int:
    return sum(number for month, number in told.items() if span.first <= month <= span.last)
