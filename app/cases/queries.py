"""Reading people: the list of a unit, one person with the steps, what is recorded of many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import ceil
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    any_,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from app.cases.models import Case, Person, Step
from app.cases.rules import (
    PersonDetails,
    RecordedCase,
    RecordedStep,
    StepKind,
)
from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.core.text import search_key
from app.measures.models import Segment
from app.tenants.context import PATH_END, Context, Scope
from app.units.models import Position, Unit
from app.units.rows import UnitRow

PEOPLE_ON_A_PAGE = 50
PEOPLE_IN_A_BATCH = 2000

_DETAILS = (
    Person.person_code,
    Person.full_name,
    Person.date_of_birth,
    Person.sex,
    Person.ethnicity,
    Person.religion,
    Person.education,
    Person.qualification,
    Person.occupation,
    Person.stated_segments,
)


class Credit(StrEnum):
    """On which tree a step counts: that of its own day, or today's."""

    THEN = "then"
    NOW = "now"


@dataclass(frozen=True)
class TakenStep:
    """A step of one kind, taken on a day from first to last; None is without limit.

    With a `slot` by somebody who belonged to that segment; of a sensitive one nobody is listed.
    Without a `credit` it is a step of the current case of somebody who is in the unit today. With
    one it is any step that the unit counts on that tree, wherever the person is now: the people
    behind a figure. On the tree of then one may ask for what the unit did while it stood below
    another one (`under`), or for what a unit below it did, which may have ended (`of`).
    """

    kind: StepKind
    first: date | None = None
    last: date | None = None
    slot: int | None = None
    credit: Credit | None = None
    under: int | None = None
    of: int | None = None


@dataclass(frozen=True)
class Stood:
    """Whoever stood at a step on a day: it was taken, and none of `passed` was by then.

    Steps before `since` are not looked at.
    """

    kind: StepKind
    on: date
    since: date
    passed: frozenset[StepKind]


@dataclass(frozen=True, kw_only=True)
class PeopleFilter:
    """Which people of a unit are wanted; what is empty excludes nobody.

    `words` begin words of the name, `standing` is the furthest step of the case, `taken` a step
    that it has, `stood` a step at which it stood on a day.
    """

    words: str = ""
    cell_id: int | None = None
    born_in: int | None = None
    standing: StepKind | None = None
    taken: TakenStep | None = None
    stood: Stood | None = None
    is_not_admitted: bool = False
    is_in_hand: bool = False


@dataclass(frozen=True)
class ListedPerson:
    """A line of the list: who, in which cell, and the furthest step of the case."""

    id: int
    full_name: str
    date_of_birth: date
    cell_name: str
    step: StepKind | None
    step_on: date | None


@dataclass(frozen=True)
class PeoplePage:
    """A page of the people found, in the order of given names."""

    people: tuple[ListedPerson, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class LastDecision:
    """The number and date of a decision on admission."""

    number: str
    decided_on: date


def people(context: Context, unit: UnitRow, wanted: PeopleFilter, page: int = 1) -> PeoplePage:
    """Return a page of the people at and below a unit; a page past the end is the last one."""
    conditions = _conditions(context, unit, wanted)
    total = db.session.execute(
        select(func.count()).select_from(Person).where(*conditions)
    ).scalar_one()
    pages = max(1, ceil(total / PEOPLE_ON_A_PAGE))
    page = min(max(page, 1), pages)
    first = (page - 1) * PEOPLE_ON_A_PAGE
    rows = db.session.execute(_listing(context, conditions, PEOPLE_ON_A_PAGE, first)).all()
    return PeoplePage(tuple(map(_listed, rows)), total, page, pages)


def number_of_people(context: Context, unit: UnitRow, wanted: PeopleFilter) -> int:
    """Return how many people `people` would find in all."""
    return db.session.execute(
        select(func.count()).select_from(Person).where(*_conditions(context, unit, wanted))
    ).scalar_one()


def people_in_batches(
    context: Context, unit: UnitRow, wanted: PeopleFilter
) -> Iterator[tuple[ListedPerson, ...]]:
    """Yield all people found in the order of the list, a batch at a time, each person once."""
    conditions = _conditions(context, unit, wanted)
    order = tuple_(Person.sort_key, Person.date_of_birth, Person.id)
    last: tuple[str, date, int] | None = None
    while True:
        rows = db.session.execute(
            _listing(
                context,
                (*conditions, *([] if last is None else [order > last])),
                PEOPLE_IN_A_BATCH,
            )
        ).all()
        if not rows:
            return
        yield tuple(map(_listed, rows))
        last = (rows[-1].sort_key, rows[-1].date_of_birth, rows[-1].id)


def _listing(
    context: Context, conditions: Iterable[ColumnElement[bool]], many: int, first: int = 0
) -> Select[*tuple[Any, ...]]:
    """Select some people in order; their cases and cells are looked up for these alone."""
    order = (Person.sort_key, Person.date_of_birth, Person.id)
    picked = (
        select(Person.cell_id, Person.full_name, *order)
        .where(*conditions)
        .order_by(*order)
        .limit(many)
        .offset(first)
        .subquery()
        .c
    )
    return (
        select(
            picked.id,
            picked.full_name,
            picked.date_of_birth,
            picked.sort_key,
            _cell_name(context, picked.cell_id),
            Case.stage,
            Case.stage_on,
        )
        .outerjoin(
            Case,
            and_(
                Case.person_id == picked.id,
                Case.is_current,
                Case.tenant_id == context.tenant_id,
            ),
        )
        .order_by(picked.sort_key, picked.date_of_birth, picked.id)
    )


def person(context: Context, person_id: int) -> RecordedCase:
    """Return a person of the scope with the current case; NotFound for any other number."""
    found = recorded_cases(context, Person.id == person_id)
    if not found:
        raise NotFound(message("Không tìm thấy người này."))
    return found[0]


def cell_names(context: Context, cell_ids: Collection[int]) -> dict[int, str]:
    """Name cells, those outside the scope too: a step stays with the cell that took it."""
    rows = db.session.execute(
        select(Unit.id, Unit.name).where(Unit.tenant_id == context.tenant_id, Unit.id.in_(cell_ids))
    )
    return {row.id: row.name for row in rows}


def recorded_cases(context: Context, *conditions: ColumnElement[bool]) -> list[RecordedCase]:
    """Return the people of the scope who meet the conditions, each with the current case."""
    rows = case_rows(context, *conditions)
    steps = _steps(context, [row.case_id for row in rows])
    return [_recorded_case(row, steps.get(row.case_id, {})) for row in rows]


def case_rows(
    context: Context, *conditions: ColumnElement[bool], more: Sequence[ColumnElement[Any]] = ()
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the rows of people of the scope: `case_id`, the attributes and what more is asked."""
    return db.session.execute(
        select(Person.id, Person.cell_id, Person.path, _current_case(context), *_DETAILS, *more)
        .where(*_in_scope(context), *conditions)
        .order_by(Person.id)
    ).all()


def details_of(row: Row[*tuple[Any, ...]]) -> PersonDetails:
    """Return the attributes of a person from such a row."""
    return PersonDetails(
        person_code=row.person_code,
        full_name=row.full_name,
        date_of_birth=row.date_of_birth,
        sex=row.sex,
        ethnicity=row.ethnicity,
        religion=row.religion,
        education=row.education,
        qualification=row.qualification,
        occupation=row.occupation,
        stated_segments=frozenset(row.stated_segments),
    )


def last_decision(context: Context, path: str) -> LastDecision | None:
    """Return the latest decision on admission at and below a path, None where there is none."""
    inside = Scope.under(path)
    row = db.session.execute(
        select(Step.document_no, Step.taken_on)
        .where(
            Step.tenant_id == context.tenant_id,
            Step.path >= inside.first,
            Step.path < inside.last,
            Step.kind == StepKind.DECISION,
            Step.document_no.is_not(None),
        )
        .order_by(Step.taken_on.desc(), Step.recorded_at.desc())
        .limit(1)
    ).first()
    return LastDecision(row.document_no, row.taken_on) if row else None


def _cell_name(context: Context, cell_id: ColumnElement[int]) -> ColumnElement[str]:
    """Name a cell."""
    return (
        select(Unit.name)
        .where(Unit.tenant_id == context.tenant_id, Unit.id == cell_id)
        .scalar_subquery()
        .label("cell_name")
    )


def _current_case(context: Context) -> ColumnElement[int]:
    """Return the number of a person's current case; an index finds it, also for many people."""
    return (
        select(Case.id)
        .where(Case.tenant_id == context.tenant_id, Case.person_id == Person.id, Case.is_current)
        .correlate(Person)
        .scalar_subquery()
        .label("case_id")
    )


def _conditions(
    context: Context, unit: UnitRow, wanted: PeopleFilter
) -> tuple[ColumnElement[bool], ...]:
    inside = Scope.under(unit.path)
    conditions = [
        *_in_scope(context),
        *words_begin(wanted.words),
    ]
    if wanted.taken is not None and wanted.taken.credit is not None:
        conditions.append(_is_counted(context, unit, wanted.taken))
    else:
        conditions += [Person.path >= inside.first, Person.path < inside.last]
    if wanted.cell_id is not None:
        conditions.append(Person.cell_id == wanted.cell_id)
    if wanted.born_in is not None:
        conditions.append(
            Person.date_of_birth.between(date(wanted.born_in, 1, 1), date(wanted.born_in, 12, 31))
        )
    if wanted.standing is not None:
        conditions.append(_stands_at(context, wanted.standing))
    if wanted.taken is not None and wanted.taken.credit is None:
        conditions.append(_has_step(context, (wanted.taken.kind,), *_within(context, wanted.taken)))
    if wanted.stood is not None:
        conditions.append(_has_stood(context, wanted.stood))
    if wanted.is_in_hand:
        conditions.append(_is_before_decision(context))
    if wanted.is_not_admitted:
        conditions.append(_is_on_the_way(context))
    return tuple(conditions)


def _in_scope(context: Context) -> tuple[ColumnElement[bool], ...]:
    return (
        Person.tenant_id == context.tenant_id,
        Person.path >= context.scope.first,
        Person.path < context.scope.last,
    )


def words_begin(text: str) -> list[ColumnElement[bool]]:
    """Ask that each word of a text begins some word of the name, diacritics and case apart.

    A text in another script has no words to look for, and so finds nobody.
    """
    words = search_key(text).split()
    if text.strip() and not words:
        return [false()]
    name = " " + Person.search_key
    return [name.contains(f" {word}", autoescape=True) for word in words]


def _stands_at(context: Context, step: StepKind) -> ColumnElement[bool]:
    return _has_case(context, Case.stage == step.value)


def _is_on_the_way(context: Context) -> ColumnElement[bool]:
    """Ask for a case that has not ended and not come to the ceremony."""
    kinds = list(StepKind)
    before = [kind.value for kind in kinds[: kinds.index(StepKind.CEREMONY)]]
    return _has_case(context, ~Case.is_closed, or_(Case.stage.is_(None), Case.stage.in_(before)))


def _is_before_decision(context: Context) -> ColumnElement[bool]:
    """Ask for a case that has not ended and on which nobody has decided yet."""
    kinds = list(StepKind)
    before = [kind.value for kind in kinds[: kinds.index(StepKind.DECISION)]]
    return _has_case(context, ~Case.is_closed, Case.stage.in_(before))


def _has_case(context: Context, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Ask something of a person's current case."""
    return (
        select(Case.id)
        .where(
            Case.tenant_id == context.tenant_id,
            Case.person_id == Person.id,
            Case.is_current,
            *conditions,
        )
        .correlate(Person)
        .exists()
    )


def _within(context: Context, taken: TakenStep) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if taken.first is not None:
        conditions.append(Step.taken_on >= taken.first)
    if taken.last is not None:
        conditions.append(Step.taken_on <= taken.last)
    if taken.slot is not None:
        conditions += [
            literal(taken.slot) == any_(Step.segments),
            ~_is_sensitive(context, taken.slot),
        ]
    return conditions


def _is_counted(context: Context, unit: UnitRow, taken: TakenStep) -> ColumnElement[bool]:
    """Ask for a step that the unit counts, as the books credit it."""
    if taken.credit is Credit.NOW:
        inside = Scope.under(unit.path)
        path = func.coalesce(Unit.path, Unit.heir_path)
        cells = select(Unit.id).where(
            Unit.tenant_id == context.tenant_id, path >= inside.first, path < inside.last
        )
        credited: ColumnElement[bool] = Step.cell_id.in_(cells)
    else:
        credited = _stood_below(context, unit, taken)
    counted = (
        select(Case.person_id)
        .join(Step, and_(Step.tenant_id == Case.tenant_id, Step.case_id == Case.id))
        .where(
            Case.tenant_id == context.tenant_id,
            Step.tenant_id == context.tenant_id,
            Step.kind == taken.kind,
            credited,
            *_within(context, taken),
        )
    )
    return Person.id.in_(counted)


def _stood_below(context: Context, unit: UnitRow, taken: TakenStep) -> ColumnElement[bool]:
    """Ask that the step's cell stood below a unit on the day of the step, and that one so too."""
    places = [aliased(Position) for _each in range(3)]
    cell, counting, above = places
    over = taken.under or unit.id
    return (
        select(cell.unit_id)
        .where(
            *(
                condition
                for place in places
                for condition in (
                    place.tenant_id == context.tenant_id,
                    place.valid.contains(Step.taken_on),
                )
            ),
            cell.unit_id == Step.cell_id,
            counting.unit_id == (taken.of or unit.id),
            above.unit_id == over,
            cell.path >= counting.path,
            cell.path < func.concat(counting.path, PATH_END),
            counting.path >= above.path,
            counting.path < func.concat(above.path, PATH_END),
        )
        .correlate(Step)
        .exists()
    )


def _has_stood(context: Context, stood: Stood) -> ColumnElement[bool]:
    """Ask for a case that had come to a step by a day and no further."""

    def taken(kinds: Collection[StepKind]) -> ColumnElement[bool]:
        return (
            select(Step.id)
            .where(
                Step.tenant_id == context.tenant_id,
                Step.case_id == Case.id,
                Step.kind.in_(sorted(kinds)),
                Step.taken_on.between(stood.since, stood.on),
            )
            .correlate(Case)
            .exists()
        )

    return (
        select(Case.id)
        .where(
            Case.tenant_id == context.tenant_id,
            Case.person_id == Person.id,
            taken({stood.kind}),
            ~taken(stood.passed),
        )
        .correlate(Person)
        .exists()
    )


def _is_sensitive(context: Context, slot: int) -> ColumnElement[bool]:
    """Ask whether a segment tells what is masked on the pages of people."""
    return (
        select(Segment.id)
        .where(
            Segment.tenant_id == context.tenant_id,
            Segment.slot == slot,
            or_(Segment.is_sensitive, Segment.attribute.in_(("ethnicity", "religion"))),
        )
        .exists()
    )


def _has_step(
    context: Context, kinds: Collection[StepKind], *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Ask that a person's current case has a step of one of these kinds."""
    return (
        select(Step.id)
        .join(Case, and_(Case.tenant_id == Step.tenant_id, Case.id == Step.case_id))
        .where(
            Case.tenant_id == context.tenant_id,
            Step.tenant_id == context.tenant_id,
            Case.person_id == Person.id,
            Case.is_current,
            Step.kind.in_(kinds),
            *conditions,
        )
        .correlate(Person)
        .exists()
    )


def _steps(
    context: Context, case_ids: Collection[int]
) -> Mapping[int, Mapping[StepKind, RecordedStep]]:
    """Return the steps of cases, each in the order in which they were taken."""
    rows = db.session.execute(
        select(
            Step.case_id,
            Step.id,
            Step.kind,
            Step.cell_id,
            Step.taken_on,
            Step.document_no,
            Step.segments,
        )
        .where(Step.tenant_id == context.tenant_id, Step.case_id.in_(case_ids))
        .order_by(Step.taken_on, Step.id)
    )
    by_case: dict[int, dict[StepKind, RecordedStep]] = defaultdict(dict)
    for row in rows:
        by_case[row.case_id][StepKind(row.kind)] = RecordedStep(
            id=row.id,
            cell_id=row.cell_id,
            taken_on=row.taken_on,
            document_no=row.document_no,
            segments=tuple(row.segments),
        )
    return by_case


def _recorded_case(
    row: Row[*tuple[Any, ...]], steps: Mapping[StepKind, RecordedStep]
) -> RecordedCase:
    return RecordedCase(
        person_id=row.id,
        case_id=row.case_id,
        cell_id=row.cell_id,
        path=row.path,
        details=details_of(row),
        steps=steps,
    )


def _listed(row: Row[*tuple[Any, ...]]) -> ListedPerson:
    return ListedPerson(
        id=row.id,
        full_name=row.full_name,
        date_of_birth=row.date_of_birth,
        cell_name=row.cell_name,
        step=StepKind(row.stage) if row.stage else None,
        step_on=row.stage_on,
    )
