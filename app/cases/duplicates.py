"""Who may be on record already: shown inside one's own subtree, only hinted at outside it."""

from dataclasses import dataclass

from sqlalchemy import func, select

from app.audit.commands import Change, record
from app.audit.models import AuditEntry
from app.cases.models import Person
from app.cases.rules import PersonDetails
from app.core.database import db
from app.core.errors import Refused
from app.core.messages import message
from app.core.text import search_key
from app.tenants.context import Context
from app.units.models import Unit

MOST_QUESTIONS_AN_HOUR = 120
MOST_SHOWN = 10
SEARCH = "duplicate_search"
"""What the entries of the trail are about, by which the questions of an hour are counted."""


@dataclass(frozen=True)
class LookAlike:
    """Somebody of one's own subtree with that name without marks and that birthday."""

    person_id: int
    full_name: str
    cell_name: str


@dataclass(frozen=True)
class LookAlikes:
    """Who was found; of those outside the subtree nothing but that there may be somebody."""

    inside: tuple[LookAlike, ...]
    is_one_outside: bool

    @property
    def is_any(self) -> bool:
        """Whether there is a reason to look twice."""
        return bool(self.inside) or self.is_one_outside


def look_alikes(context: Context, cell_id: int | None, details: PersonDetails) -> LookAlikes:
    """Return who may be the person that is about to be added to a cell, or to one not chosen yet.

    Who has the same name in the same cell is left to the command that refuses it. Each question
    is in the trail, without the name; refused to who asks too often.
    """
    refuse_who_asks_too_often(context)
    key = search_key(details.full_name)
    is_outside = db.session.execute(
        select(
            func.possible_duplicate(
                key, details.date_of_birth, context.scope.first, context.scope.last
            )
        )
    ).scalar_one()
    rows = db.session.execute(
        select(Person.id, Person.cell_id, Person.full_name, Unit.name)
        .join(Unit, (Unit.tenant_id == Person.tenant_id) & (Unit.id == Person.cell_id))
        .where(
            Person.tenant_id == context.tenant_id,
            Unit.tenant_id == context.tenant_id,
            Person.path >= context.scope.first,
            Person.path < context.scope.last,
            Person.search_key == key,
            Person.date_of_birth == details.date_of_birth,
        )
        .order_by(Person.id)
        .limit(MOST_SHOWN)
    )
    inside = tuple(
        LookAlike(row.id, row.full_name, row.name)
        for row in rows
        if (row.cell_id, row.full_name.casefold()) != (cell_id, details.full_name.casefold())
    )
    found = {"inside": len(inside), "outside": is_outside}
    record(context, Change("duplicate.asked", SEARCH, context.actor.id, after=found))
    return LookAlikes(inside, is_outside)


def refuse_who_asks_too_often(context: Context) -> None:
    """Refuse somebody who has asked more often within the hour than entering people needs."""
    asked = db.session.execute(
        select(func.count()).where(
            AuditEntry.tenant_id == context.tenant_id,
            AuditEntry.subject_kind == SEARCH,
            AuditEntry.subject_id == context.actor.id,
            AuditEntry.occurred_at > func.now() - func.make_interval(0, 0, 0, 0, 1),
        )
    ).scalar_one()
    if asked >= MOST_QUESTIONS_AN_HOUR:
        raise Refused(message("Đã tìm người trùng quá nhiều lần trong một giờ; hãy thử lại sau."))
