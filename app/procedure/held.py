"""The open cases one by one: who has each on the table and for how long, the longest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from app.cases.models import Case
from app.cases.rules import Clock, StepKind
from app.core.database import db
from app.procedure.cases import Law
from app.procedure.queries import law
from app.procedure.rules import Deadline, Holder, due, holder
from app.procedure.todo import Placed, case_lines, due_by, open_below, stands_in
from app.tenants.context import Context

CASES_ON_A_PAGE = 50
CASES_IN_A_BATCH = 2_000


@dataclass(frozen=True)
class HeldFilter:
    """Which open cases: of one holder, at their step since a day or longer, overdue ones."""

    holder: Holder | None = None
    since: date | None = None
    is_overdue: bool = False


@dataclass(frozen=True)
class HeldCase:
    """An open case: whose, in which cell, at which stage since when, who has it, by when."""

    person_id: int
    full_name: str
    cell_name: str
    stage: StepKind | None
    stage_on: date | None
    deadline: Deadline | None

    @property
    def holder(self) -> Holder:
        """Who has the case on the table."""
        return holder(self.stage)


@dataclass(frozen=True)
class HeldPage:
    """A page of open cases, those held longest first."""

    cases: tuple[HeldCase, ...]
    total: int
    page: int
    pages: int


def held_cases(context: Context, unit: Placed, wanted: HeldFilter, page: int = 1) -> HeldPage:
    """Return a page of the open cases at and below a unit; one past the end is the last one."""
    known = law(context)
    conditions = _conditions(context, unit, wanted, known)
    total = db.session.execute(
        select(func.count()).select_from(Case).where(*conditions)
    ).scalar_one()
    pages = max(1, ceil(total / CASES_ON_A_PAGE))
    page = min(max(page, 1), pages)
    rows = db.session.execute(
        _listing(context, conditions).limit(CASES_ON_A_PAGE).offset((page - 1) * CASES_ON_A_PAGE)
    )
    return HeldPage(tuple(_held(row, known) for row in rows), total, page, pages)


def number_of_held_cases(context: Context, unit: Placed, wanted: HeldFilter) -> int:
    """Return how many cases `held_cases` would find in all."""
    conditions = _conditions(context, unit, wanted, law(context))
    return db.session.execute(
        select(func.count()).select_from(Case).where(*conditions)
    ).scalar_one()


def held_cases_in_batches(context: Context, unit: Placed, wanted: HeldFilter) -> Iterator[HeldCase]:
    """Yield all cases found in the order of the list, read a batch at a time."""
    known = law(context)
    found = _listing(context, _conditions(context, unit, wanted, known))
    for row in db.session.execute(found, execution_options={"yield_per": CASES_IN_A_BATCH}):
        yield _held(row, known)


def _conditions(
    context: Context, unit: Placed, wanted: HeldFilter, known: Law
) -> tuple[ColumnElement[bool], ...]:
    conditions = list(open_below(context, unit.path))
    if wanted.holder is not None:
        stages = [kind for kind in StepKind if holder(kind) is wanted.holder]
        is_held = stands_in(stages)
        conditions.append(
            or_(is_held, Case.stage.is_(None)) if wanted.holder is holder(None) else is_held
        )
    if wanted.since is not None:
        conditions.append(Case.stage_on <= wanted.since)
    if wanted.is_overdue:
        conditions.append(due_by(known, context.today - timedelta(days=1)))
    return tuple(conditions)


def _listing(
    context: Context, conditions: tuple[ColumnElement[bool], ...]
) -> Select[*tuple[Any, ...]]:
    return case_lines(context).where(*conditions).order_by(Case.stage_on, Case.id)


def _held(row: Row[Any], known: Law) -> HeldCase:
    return HeldCase(
        person_id=row.id,
        full_name=row.full_name,
        cell_name=row.cell_name,
        stage=StepKind(row.stage) if row.stage else None,
        stage_on=row.stage_on,
        deadline=due(Clock(row.clock), row.clock_from, known) if row.clock else None,
    )
