"""The board of open cases by step, and who holds them below a unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select, union_all

from app.cases.models import Case, Person
from app.cases.rules import STEP_NAMES, StepKind
from app.casework.queries import Card
from app.core.database import db
from app.procedure.rules import HOLDER_NAMES, Holder
from app.procedure.todo import Holding, StageCount
from app.tenants.context import Context, Scope
from app.units.models import Unit
from app.units.rows import UnitRow
from app.web.i18n import render_message

PEOPLE_OF_A_STAGE = 5
"""How many of a stage the board names: those who have waited longest."""


class Stayed(StrEnum):
    """How long a case has stood at its step."""

    ANY = ""
    MONTH = "30"
    QUARTER = "90"
    YEAR = "365"

    @classmethod
    def of(cls, text: str) -> "Stayed":
        """Read a choice from an address; anything unknown leaves nobody out."""
        return cls(text) if text in list(cls) else cls.ANY

    @property
    def days(self) -> int:
        """How many days, none where any will do."""
        return int(self.value or 0)

    def before(self, today: date) -> date:
        """Return the day by which a case reached its step."""
        return today - timedelta(days=self.days)


@dataclass(frozen=True)
class Waiting:
    """Somebody who stands at a step: since when, for how many days."""

    name: str
    cell: str
    since: date
    days: int
    url: str


@dataclass(frozen=True)
class BoardColumn:
    """A step: how many stand at it, who has them on the table, and who has waited longest."""

    name: str
    holder: str
    people: int
    days_on_average: int
    oldest_on: date
    waiting: tuple[Waiting, ...]
    url: str


@dataclass(frozen=True)
class Held:
    """How many cases one holder has on the table, and which of them longest."""

    holder: str
    people: int
    people_url: str
    oldest: str | None
    days: int
    url: str | None


@dataclass(frozen=True)
class Prospect:
    """How a unit's quota stands against its open cases.

    It is at risk when fewer people could be considered than are still to be admitted: those
    `prepared` have been to the class, the other `candidates` have not.
    """

    left: int | None
    candidates: int
    prepared: int

    @property
    def is_at_risk(self) -> bool:
        """Whether the quota cannot be met by those whom a cell may consider."""
        return bool(self.left and self.prepared < self.left)

    @property
    def is_out_of_reach(self) -> bool:
        """Whether not even all candidates together meet the quota."""
        return bool(self.left and self.candidates < self.left)


@dataclass(frozen=True)
class HoldingLine:
    """A unit below: what waits where, since when, what is overdue, and how its quota stands."""

    unit_id: int
    name: str
    held: tuple[Held, ...]
    total: int
    overdue: int
    card: Card
    prospect: Prospect


def board(
    context: Context, unit: UnitRow, counts: Sequence[StageCount], stayed: Stayed
) -> tuple[BoardColumn, ...]:
    """Arrange the stages of a unit's open cases, by one statement more."""
    waiting = _waiting(context, unit.path, [count.stage for count in counts], stayed)
    return tuple(
        BoardColumn(
            name=render_message(STEP_NAMES[count.stage]),
            holder=render_message(HOLDER_NAMES[count.holder]),
            people=count.people,
            days_on_average=count.days_on_average,
            oldest_on=count.oldest_on,
            waiting=waiting.get(count.stage, ()),
            url=url_for("cases.people", unit_id=unit.id, standing=count.stage.value),
        )
        for count in counts
        if stayed is Stayed.ANY or count.stage in waiting
    )


def holding_lines(
    held: Sequence[Holding], cards: Sequence[Card], today: date
) -> tuple[HoldingLine, ...]:
    """Arrange who holds what below a unit, what is overdue first, then the quotas at risk."""
    lines = [
        HoldingLine(
            unit_id=one.unit_id,
            name=card.name,
            held=_held(one, today),
            total=one.total,
            overdue=one.overdue,
            card=card,
            prospect=Prospect(card.left, one.candidates, one.prepared),
        )
        for one, card in zip(held, cards, strict=True)
    ]
    return tuple(sorted(lines, key=_urgency))


def at_risk(lines: Sequence[HoldingLine]) -> tuple[HoldingLine, ...]:
    """Pick the units whose quota cannot be met by those whom a cell may consider."""
    return tuple(line for line in lines if line.prospect.is_at_risk)


def whole_prospect(held: Sequence[Holding], card: Card) -> Prospect:
    """Return how the quota of the unit above stands against the cases of all below it."""
    return Prospect(
        card.left, sum(one.candidates for one in held), sum(one.prepared for one in held)
    )


def _held(one: Holding, today: date) -> tuple[Held, ...]:
    found = []
    for each in Holder:
        oldest = one.oldest.get(each)
        if each in one.people:
            found.append(
                Held(
                    holder=render_message(HOLDER_NAMES[each]),
                    people=one.people[each],
                    people_url=url_for("todo.held", unit_id=one.unit_id, holder=each.value),
                    oldest=oldest.full_name if oldest else None,
                    days=(today - oldest.since).days if oldest else 0,
                    url=url_for("cases.person", person_id=oldest.person_id) if oldest else None,
                )
            )
    return tuple(found)


def _urgency(line: HoldingLine) -> tuple[int, bool, bool, int]:
    prospect = line.prospect
    return -line.overdue, not prospect.is_out_of_reach, not prospect.is_at_risk, -line.total


def _waiting(
    context: Context, path: str, stages: Sequence[StepKind], stayed: Stayed
) -> dict[StepKind, tuple[Waiting, ...]]:
    """Return who has stood longest at each of these stages."""
    if not stages:
        return {}
    inside = Scope.under(path)
    longest = union_all(
        *(
            select(Case.id)
            .where(
                Case.tenant_id == context.tenant_id,
                Case.path >= context.scope.first,
                Case.path < context.scope.last,
                Case.path >= inside.first,
                Case.path < inside.last,
                Case.is_current.is_(True),
                ~Case.is_closed,
                Case.stage == stage.value,
                Case.stage_on <= stayed.before(context.today),
            )
            .order_by(Case.stage_on, Case.id)
            .limit(PEOPLE_OF_A_STAGE)
            .subquery()
            .select()
            for stage in stages
        )
    ).subquery()
    rows = db.session.execute(
        select(Person.id, Person.full_name, Unit.name, Case.stage, Case.stage_on)
        .select_from(Case)
        .join(longest, longest.c.id == Case.id)
        .join(Person, (Person.tenant_id == Case.tenant_id) & (Person.id == Case.person_id))
        .join(Unit, (Unit.tenant_id == Person.tenant_id) & (Unit.id == Person.cell_id))
        .where(
            Case.tenant_id == context.tenant_id,
            Person.tenant_id == context.tenant_id,
            Unit.tenant_id == context.tenant_id,
        )
        .order_by(Case.stage_on, Person.sort_key, Person.id)
    )
    found: dict[StepKind, list[Waiting]] = {}
    for row in rows:
        found.setdefault(StepKind(row.stage), []).append(
            Waiting(
                row.full_name,
                row.name,
                row.stage_on,
                (context.today - row.stage_on).days,
                url_for("cases.person", person_id=row.id),
            )
        )
    return {stage: tuple(people) for stage, people in found.items()}


def stay_choices() -> list[tuple[str, str]]:
    """Return what the filter offers: codes with their words."""
    return [
        (Stayed.ANY, _("Tất cả")),
        (Stayed.MONTH, _("Trên 30 ngày")),
        (Stayed.QUARTER, _("Trên 90 ngày")),
        (Stayed.YEAR, _("Trên một năm")),
    ]
