"""Who may take a step next, to be ticked on the page of a group."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from app.cases.models import Case, Person
from app.cases.queries import words_begin
from app.cases.rules import StepKind
from app.core.database import db
from app.tenants.context import Context, Scope
from app.units.models import Unit

MOST_CANDIDATES = 200


@dataclass(frozen=True)
class Candidate:
    """Somebody whose open case stands before a step."""

    person_id: int
    full_name: str
    date_of_birth: date
    cell_name: str
    stage: StepKind | None


def candidates(
    context: Context, path: str, stages: Collection[StepKind], words: str
) -> list[Candidate]:
    """Return those below a path whose case stands at one of these stages, by given name."""
    inside = Scope.under(path)
    rows = db.session.execute(
        select(Person.id, Person.full_name, Person.date_of_birth, Unit.name, Case.stage)
        .join(Case, (Case.tenant_id == Person.tenant_id) & (Case.person_id == Person.id))
        .join(Unit, (Unit.tenant_id == Person.tenant_id) & (Unit.id == Person.cell_id))
        .where(
            Person.tenant_id == context.tenant_id,
            Case.tenant_id == context.tenant_id,
            Unit.tenant_id == context.tenant_id,
            Person.path >= context.scope.first,
            Person.path < context.scope.last,
            Case.path >= inside.first,
            Case.path < inside.last,
            Case.is_current.is_(True),
            ~Case.is_closed,
            or_(
                Case.stage.in_([stage.value for stage in stages]),
                Case.stage.is_(None) if StepKind.LISTED in stages else Case.stage == "",
            ),
            *words_begin(words),
        )
        .order_by(Person.sort_key, Person.date_of_birth, Person.id)
        .limit(MOST_CANDIDATES)
    )
    return [
        Candidate(row.id, row.full_name, row.date_of_birth, row.name, _stage(row.stage))
        for row in rows
    ]


def _stage(stage: str | None) -> StepKind | None:
    return StepKind(stage) if stage else None
