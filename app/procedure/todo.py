"""What waits for whom: terms that run out, cases by stage, who holds them and how long.

The database keeps of every open case how far it is and which term runs since when. A term that
is due by a day began by a day that the calendar tells, so what is overdue is a range of an index
and no case is worked out one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.cases.models import Case, Person
from app.cases.rules import Clock, StepKind
from app.core.database import db
from app.procedure.cases import Law
from app.procedure.deciding import deciding_committees
from app.procedure.queries import law
from app.procedure.rules import STEP_OF_CLOCK, Deadline, Holder, due, holder
from app.procedure.spans import last_start
from app.tenants.context import Context, Scope
from app.units.models import Placement, Unit
from app.units.rows import UnitRow

LINES_AT_MOST = 50
_WAY = tuple(StepKind)
_BEFORE_ADMISSION = _WAY[: _WAY.index(StepKind.DECISION)]
_PREPARED = _BEFORE_ADMISSION[_WAY.index(StepKind.CERTIFICATE) :]
"""Stages from which a cell may consider somebody: the class is behind them."""
_NUMBERS: ARRAY[int] = ARRAY(BigInteger)
_ONE_DAY = timedelta(days=1)
_REST_OF_WEEK = timedelta(days=6)


class Placed(Protocol):
    """Whatever stands in the tree."""

    @property
    def path(self) -> str:
        """The path of the unit."""
        ...


class Window(StrEnum):
    """When something is due, seen from today; a week is seven days, today the first."""

    OVERDUE = "overdue"
    THIS_WEEK = "this_week"
    LATER = "later"


@dataclass(frozen=True)
class TodoLine:
    """One act that waits: for whom, what, by when, since when, and who has it on the table.

    `decided_by` is the unit whose standing committee is to decide, where that is what waits.
    """

    person_id: int
    full_name: str
    cell_id: int
    cell_name: str
    stage: StepKind
    stage_on: date
    deadline: Deadline
    next_kind: StepKind
    holder: Holder
    window: Window
    cell_path: str
    decided_by: str | None = None


@dataclass(frozen=True)
class Todo:
    """What waits at and below a unit: the first lines by their day, and how many in all."""

    lines: tuple[TodoLine, ...]
    counts: Mapping[Window, int]

    def of(self, window: Window) -> tuple[TodoLine, ...]:
        """Return the lines of a window."""
        return tuple(line for line in self.lines if line.window is window)


@dataclass(frozen=True)
class StageCount:
    """How many open cases stand at a stage, since when the oldest, how many days on average."""

    stage: StepKind
    holder: Holder
    people: int
    oldest_on: date
    days_on_average: int


@dataclass(frozen=True)
class OldestCase:
    """The case that somebody has had on the table longest, and since when."""

    person_id: int
    full_name: str
    since: date


@dataclass(frozen=True)
class Holding:
    """What waits at and below one unit, by who has it on the table.

    `candidates` are those not admitted yet, `prepared` those of them who have been to the class.
    """

    unit_id: int
    name: str
    people: Mapping[Holder, int]
    oldest: Mapping[Holder, OldestCase]
    overdue: int
    candidates: int
    prepared: int

    @property
    def total(self) -> int:
        """All open cases."""
        return sum(self.people.values())


def todo(
    context: Context, unit: Placed, *, window: Window | None = None, limit: int = LINES_AT_MOST
) -> Todo:
    """Return what waits at and below a unit, the most urgent first, by three statements.

    With a `window` the lines are those of that one alone.
    """
    known = law(context)
    today = context.today
    week_ends = today + _REST_OF_WEEK
    inside = open_below(context, unit.path)
    late = due_by(known, today - _ONE_DAY)
    soon = due_by(known, week_ends)
    counted = (
        select(
            func.count().filter(late).label("overdue"),
            func.count().filter(and_(soon, ~late)).label("this_week"),
            func.count().filter(~soon).label("later"),
        )
        .select_from(Case)
        .where(*inside, _has_term(known))
        .subquery()
    )
    wanted = {
        None: (),
        Window.OVERDUE: (late,),
        Window.THIS_WEEK: (soon, ~late),
        Window.LATER: (~soon,),
    }[window]
    urgent = union_all(
        *(
            select(Case.id, Case.clock, Case.clock_from)
            .where(*inside, Case.clock == clock.value, _has_term(known), *wanted)
            .order_by(Case.clock_from, Case.id)
            .limit(limit)
            .subquery()
            .select()
            for clock in Clock
        )
    ).subquery()
    named = case_lines(context).join(urgent, urgent.c.id == Case.id).subquery()
    rows = db.session.execute(
        select(counted, named).select_from(counted.outerjoin(named, true()))
    ).all()
    lines = sorted(
        (line for row in rows if row.id and (line := _line(row, known, today, week_ends))),
        key=lambda line: (line.deadline.due_on, line.person_id),
    )
    shown = _with_deciding(context, lines[:limit], known)
    return Todo(shown, {each: getattr(rows[0], each.value) for each in Window})


def _with_deciding(context: Context, lines: Sequence[TodoLine], known: Law) -> tuple[TodoLine, ...]:
    """Say who decides by today's law and tree where a decision is what waits."""
    waiting = [line.cell_path for line in lines if line.holder is Holder.DECIDING_COMMITTEE]
    names = deciding_committees(context, waiting, known.on(context.today))
    return tuple(
        replace(line, decided_by=names.get(line.cell_path))
        if line.holder is Holder.DECIDING_COMMITTEE
        else line
        for line in lines
    )


def pipeline(context: Context, unit: Placed) -> tuple[StageCount, ...]:
    """Count the open cases at and below a unit by stage, in the order of the way."""
    stayed = func.avg(context.today - Case.stage_on)
    rows = db.session.execute(
        select(Case.stage, func.count().label("people"), func.min(Case.stage_on), stayed)
        .where(*open_below(context, unit.path), Case.stage.is_not(None))
        .group_by(Case.stage)
    )
    counts = {
        StepKind(stage): StageCount(
            StepKind(stage), holder(StepKind(stage)), people, oldest_on, round(days)
        )
        for stage, people, oldest_on, days in rows
    }
    return tuple(counts[kind] for kind in StepKind if kind in counts)


def holdings(context: Context, units: Sequence[UnitRow]) -> dict[int, Holding]:
    """Return who holds the open cases at and below each of these units, by two statements."""
    found = _holdings(context, Unit.id.in_([unit.id for unit in units]))
    return {unit.unit_id: unit for unit in found}


def holdings_below(context: Context, unit_id: int) -> tuple[Holding, ...]:
    """Return who holds the open cases at and below each child of a unit, by two statements."""
    below = select(Placement.unit_id).where(
        Placement.tenant_id == context.tenant_id,
        Placement.parent_id == unit_id,
        Placement.valid.contains(context.today),
    )
    return _holdings(context, Unit.id.in_(below))


def _holdings(context: Context, which: ColumnElement[bool]) -> tuple[Holding, ...]:
    known = law(context)
    late = due_by(known, context.today - _ONE_DAY)
    held_by = case(
        *(
            (stands_in([kind for kind in StepKind if holder(kind) is each]), each.value)
            for each in Holder
            if each is not Holder.CELL
        ),
        else_=Holder.CELL.value,
    )
    # The end of a range of paths is worked out first, or row-level security keeps it from an index.
    unit = (
        select(
            Unit.id,
            Unit.name,
            Unit.sort_key,
            Unit.path,
            func.concat(Unit.path, "~").label("path_end"),
        )
        .where(
            Unit.tenant_id == context.tenant_id,
            Unit.path >= context.scope.first,
            Unit.path < context.scope.last,
            which,
        )
        .cte("unit_asked")
        .prefix_with("MATERIALIZED")
    )
    grouped = (
        select(
            unit.c.id,
            unit.c.name,
            unit.c.sort_key,
            held_by.label("holder"),
            func.count(Case.id).label("people"),
            func.array_agg(aggregate_order_by(Case.id, Case.stage_on, Case.id), type_=_NUMBERS)[
                1
            ].label("oldest_id"),
            func.count(Case.id).filter(late).label("overdue"),
            func.count(Case.id)
            .filter(or_(stands_in(_BEFORE_ADMISSION), Case.stage.is_(None)))
            .label("candidates"),
            func.count(Case.id).filter(stands_in(_PREPARED)).label("prepared"),
        )
        .outerjoin(
            Case,
            and_(Case.path >= unit.c.path, Case.path < unit.c.path_end, *_open(context)),
        )
        .group_by(unit.c.id, unit.c.name, unit.c.sort_key, held_by)
        .subquery()
    )
    rows = db.session.execute(
        select(grouped, Case.stage_on, Case.person_id, Person.full_name)
        .select_from(grouped)
        .outerjoin(Case, (Case.tenant_id == context.tenant_id) & (Case.id == grouped.c.oldest_id))
        .outerjoin(Person, (Person.tenant_id == context.tenant_id) & (Person.id == Case.person_id))
        .order_by(grouped.c.sort_key, grouped.c.id)
    ).all()
    by_unit: dict[int, list[Row[Any]]] = {}
    for row in rows:
        by_unit.setdefault(row.id, []).append(row)
    return tuple(_holding(found) for found in by_unit.values())


def _holding(found: Sequence[Row[Any]]) -> Holding:
    """Make one of the rows of a unit, which are those who have cases on the table."""
    return Holding(
        found[0].id,
        found[0].name,
        {Holder(row.holder): row.people for row in found if row.people},
        {
            Holder(row.holder): OldestCase(row.person_id, row.full_name, row.stage_on)
            for row in found
            if row.people and row.stage_on
        },
        sum(row.overdue for row in found),
        sum(row.candidates for row in found),
        sum(row.prepared for row in found),
    )


def stands_in(stages: Sequence[StepKind]) -> ColumnElement[bool]:
    """Ask for cases that stand at one of some stages."""
    return Case.stage.in_([stage.value for stage in stages])


def _open(context: Context) -> tuple[ColumnElement[bool], ...]:
    return (
        Case.tenant_id == context.tenant_id,
        Case.path >= context.scope.first,
        Case.path < context.scope.last,
        Case.is_current.is_(True),
        ~Case.is_closed,
    )


def open_below(context: Context, path: str) -> tuple[ColumnElement[bool], ...]:
    """Ask for the open cases of the scope at and below a path."""
    inside = Scope.under(path)
    return (*_open(context), Case.path >= inside.first, Case.path < inside.last)


def _has_term(known: Law) -> ColumnElement[bool]:
    """Ask for a running term that the law of its first day sets."""
    return or_(false(), *(_begun_in(spell) for spell in _spells(known)))


def due_by(known: Law, day: date) -> ColumnElement[bool]:
    """Ask for terms that are due by a day: those counted from a day that is early enough."""
    terms: list[ColumnElement[bool]] = []
    for spell in _spells(known):
        last_on = last_start(lambda start, spell=spell: _due_on(start, spell), day)  # type: ignore[misc]
        if last_on is not None:
            terms.append(and_(_begun_in(spell), Case.clock_from <= last_on))
    return or_(false(), *terms)


@dataclass(frozen=True)
class _Spell:
    """A term while one rule set is in force: from its day to the next one's, which is out."""

    clock: Clock
    law: Law
    first: date | None
    end: date | None


def _spells(known: Law) -> Iterator[_Spell]:
    """Yield the terms that each rule set has, over the days on which it is in force."""
    in_order = sorted(known.rule_sets, key=lambda found: found.effective_on)
    ends = [*(rule_set.effective_on for rule_set in in_order[1:]), None]
    for index, (rule_set, end) in enumerate(zip(in_order, ends, strict=True)):
        own = Law((rule_set,), known.calendar)
        for clock in Clock:
            if due(clock, rule_set.effective_on, own) is not None:
                yield _Spell(clock, own, rule_set.effective_on if index else None, end)


def _begun_in(spell: _Spell) -> ColumnElement[bool]:
    conditions = [Case.clock == spell.clock.value]
    if spell.first is not None:
        conditions.append(Case.clock_from >= spell.first)
    if spell.end is not None:
        conditions.append(Case.clock_from < spell.end)
    return and_(*conditions)


def _due_on(start: date, spell: _Spell) -> date:
    term = due(spell.clock, start, spell.law)
    return term.due_on if term else date.max


def case_lines(context: Context) -> Select[*tuple[Any, ...]]:
    """Select what a line says of a case: whose, where, how far, which term runs."""
    return (
        select(
            Person.id,
            Person.full_name,
            Person.cell_id,
            Unit.name.label("cell_name"),
            Person.path.label("cell_path"),
            Case.stage,
            Case.stage_on,
            Case.clock,
            Case.clock_from,
        )
        .select_from(Case)
        .join(Person, (Person.tenant_id == Case.tenant_id) & (Person.id == Case.person_id))
        .join(Unit, (Unit.tenant_id == Person.tenant_id) & (Unit.id == Person.cell_id))
        .where(
            Case.tenant_id == context.tenant_id,
            Person.tenant_id == context.tenant_id,
            Unit.tenant_id == context.tenant_id,
        )
    )


def _line(row: Row[Any], known: Law, today: date, week_ends: date) -> TodoLine | None:
    clock = Clock(row.clock)
    term = due(clock, row.clock_from, known)
    if term is None:
        return None
    window = Window.LATER if term.due_on > week_ends else Window.THIS_WEEK
    stage = StepKind(row.stage)
    return TodoLine(
        person_id=row.id,
        full_name=row.full_name,
        cell_id=row.cell_id,
        cell_name=row.cell_name,
        stage=stage,
        stage_on=row.stage_on,
        deadline=term,
        next_kind=STEP_OF_CLOCK[clock],
        holder=holder(stage),
        window=Window.OVERDUE if term.due_on < today else window,
        cell_path=row.cell_path,
    )


@dataclass(frozen=True)
class DueCases:
    """Open cases of one cell: those whose term has run out, and those due soon."""

    overdue: int
    soon: int


def due_by_path(  # noqa: PLR0917 a question in full
    context: Context, path: str, known: Law, until: date, clock: Clock | None = None
) -> dict[str, DueCases]:
    """Count cases due by a day by the path of their cell, of all terms or of one.

    Cells without any are absent. By one statement, since the law is known.
    """
    late = due_by(known, context.today - _ONE_DAY)
    due_then = due_by(known, until)
    rows = db.session.execute(
        select(
            Case.path,
            func.count().filter(late).label("overdue"),
            func.count().filter(~late).label("soon"),
        )
        .where(
            *open_below(context, path),
            due_then,
            *(() if clock is None else (Case.clock == clock.value,)),
        )
        .group_by(Case.path)
    )
    return {row.path: DueCases(row.overdue, row.soon) for row in rows}
