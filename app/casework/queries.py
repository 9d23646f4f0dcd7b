"""What the screens read besides the cases themselves: places, acts of recording, the trail."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from app.audit.models import AuditEntry
from app.cases.models import Case, Person, Step
from app.cases.queries import cell_names
from app.cases.rules import StepKind
from app.core import clock
from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.core.periods import Period, parse_period
from app.measures.filters import ADMISSION
from app.measures.models import Measure
from app.procedure.models import NilReport, Recording
from app.procedure.recordings import UNDO_WITHIN
from app.quotas.in_force import quotas_in_force
from app.quotas.rules import rating_quota
from app.reorganisations.lineage import begun_inside
from app.rollups.models import Tree
from app.rollups.queries import Span, counts
from app.tenants.context import Context
from app.units.models import Kind, Unit

MOST_ENTRIES = 100
READ_ALONE = ("person.seen_open", "person.seen_exported")
"""What changed nothing: who read is shown to those who oversee (`readings`)."""

_THIS_YEAR = "this_year"


@dataclass(frozen=True)
class PlaceUnit:
    """A unit on the way to a cell."""

    id: int
    name: str


@dataclass(frozen=True)
class Place:
    """Where somebody is: the cell, what stands above it in the scope, and names of other cells."""

    cell: PlaceUnit
    above: tuple[PlaceUnit, ...]
    names: Mapping[int, str]


@dataclass(frozen=True)
class ActPerson:
    """Whom an act concerns, and the kinds of steps that it recorded."""

    person_id: int
    full_name: str
    cell_id: int
    cell_name: str
    path: str
    kinds: tuple[StepKind, ...]


@dataclass(frozen=True)
class Act:
    """What somebody recorded at one time, and until when that user may undo it."""

    id: int
    added_person_id: int | None
    recorded_at: datetime
    is_undone: bool
    people: tuple[ActPerson, ...]

    @property
    def undo_until(self) -> datetime:
        """The last instant of the ten minutes."""
        return self.recorded_at + UNDO_WITHIN

    @property
    def may_be_undone(self) -> bool:
        """Whether there is time to undo it."""
        return not self.is_undone and clock.now() <= self.undo_until


@dataclass(frozen=True)
class Card:
    """How many a unit has admitted this year, of how many."""

    unit_id: int
    name: str
    count: int
    quota: int | None

    @property
    def left(self) -> int | None:
        """How many are still to be admitted; never fewer than none."""
        return None if self.quota is None else max(0, self.quota - self.count)


@dataclass(frozen=True)
class Desk:
    """The unit somebody works for, and what its first page asks about it besides."""

    id: int
    name: str
    path: str
    is_cell: bool
    measure_id: int
    has_reported_nothing: bool
    has_steps_this_month: bool
    began_this_year: bool


@dataclass(frozen=True)
class NamedPerson:
    """A person by name, and where they are."""

    id: int
    full_name: str
    path: str


@dataclass(frozen=True)
class Entry:
    """An entry of the trail about one person."""

    occurred_at: datetime
    actor_name: str
    on_behalf_of_name: str | None
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def place(context: Context, path: str, others: Collection[int] = ()) -> Place:
    """Return where a path leads, and the names of other cells, by one statement."""
    labels = path.rstrip(".").split(".")
    prefixes = [".".join(labels[: length + 1]) + "." for length in range(len(labels))]
    names = cell_names(context, {*map(int, labels), *others})
    units = [
        PlaceUnit(int(label), names[int(label)])
        for label, prefix in zip(labels, prefixes, strict=True)
        if context.scope.holds(prefix)
    ]
    return Place(units[-1], tuple(units[:-1]), names)


def this_month(context: Context) -> Period:
    """Return the month of the day."""
    return parse_period(f"{context.today:%Y-%m}")


def desk(context: Context, unit_id: int) -> Desk:
    """Return what the first page of a unit asks of it, by one statement."""
    period = this_month(context)
    reported = (
        select(NilReport.id)
        .where(
            NilReport.tenant_id == context.tenant_id,
            NilReport.cell_id == Unit.id,
            func.lower(NilReport.span) == period.start,
            func.upper(NilReport.span) == period.end,
        )
        .correlate(Unit)
        .exists()
    )
    recorded = (
        select(Step.id)
        .where(
            Step.tenant_id == context.tenant_id,
            Step.cell_id == Unit.id,
            Step.taken_on.between(period.start, period.last_day),
        )
        .correlate(Unit)
        .exists()
    )
    measure = (
        select(Measure.id)
        .where(Measure.tenant_id == context.tenant_id, Measure.code == ADMISSION)
        .scalar_subquery()
    )
    row = db.session.execute(
        select(
            Unit.id,
            Unit.name,
            Unit.path,
            Kind.is_cell,
            measure.label("measure_id"),
            reported.label("reported"),
            recorded.label("recorded"),
            _begun_this_year(context).label("began_this_year"),
        )
        .join(Kind, (Kind.tenant_id == Unit.tenant_id) & (Kind.id == Unit.kind_id))
        .where(
            Unit.tenant_id == context.tenant_id,
            Kind.tenant_id == context.tenant_id,
            Unit.id == unit_id,
            Unit.path >= context.scope.first,
            Unit.path < context.scope.last,
        )
    ).first()
    if row is None:
        raise NotFound(message("Không tìm thấy tổ chức này."))
    return Desk(*row)


def _this_year(context: Context) -> Period:
    return parse_period(str(context.today.year))


def _begun_this_year(context: Context) -> ColumnElement[bool]:
    return begun_inside(context, Unit.id, _this_year(context))


def cards_of_desk(
    context: Context, unit: Desk, children: Sequence[PlaceUnit] = ()
) -> tuple[Card, ...]:
    """Return the cards of a unit and of some of its children, the unit first; two statements."""
    units = [PlaceUnit(unit.id, unit.name), *children]
    return _cards(context, units, unit.measure_id, began_this_year=unit.began_this_year)


def _cards(
    context: Context, units: Sequence[PlaceUnit], measure_id: int, *, began_this_year: bool
) -> tuple[Card, ...]:
    """Return the cards of units, of which all but the first are children of that one.

    One that a reorganisation began this year counts what those had that it stands for, as on the
    page of its results.
    """
    period = _this_year(context)
    tree = Tree.NOW if began_this_year else Tree.THEN
    top = units[0]
    counted = counts(
        context,
        unit_id=top.id,
        measure_id=measure_id,
        spans=(Span(_THIS_YEAR, period.start, context.today, tree),),
    )
    quotas = quotas_in_force(
        context, [unit.id for unit in units], measure_id, period, context.today
    )
    found = []
    for unit in units:
        rated = rating_quota(quotas.get(unit.id, ()), context.rating_source)
        is_top = unit.id == top.id
        count = counted.total(_THIS_YEAR) if is_top else counted.of_child(_THIS_YEAR, unit.id)
        found.append(Card(unit.id, unit.name, count, rated.count if rated else None))
    return tuple(found)


def cards_of_cell(context: Context, path: str) -> tuple[Card, ...]:
    """Return the cards of a cell and of the unit above it where that is the reader's too.

    By three statements.
    """
    last_two = [int(label) for label in path.rstrip(".").split(".")[-2:]]
    measure = (
        select(Measure.id)
        .where(Measure.tenant_id == context.tenant_id, Measure.code == ADMISSION)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Unit.id,
            Unit.name,
            measure.label("measure_id"),
            _begun_this_year(context).label("began_this_year"),
        )
        .where(
            Unit.tenant_id == context.tenant_id,
            Unit.id.in_(last_two),
            Unit.path >= context.scope.first,
            Unit.path < context.scope.last,
        )
        .order_by(Unit.path)
    ).all()
    units = [PlaceUnit(row.id, row.name) for row in rows]
    top = rows[0]
    found = _cards(context, units, top.measure_id, began_this_year=top.began_this_year)
    return tuple(reversed(found))


def act(context: Context, recording_id: int) -> Act:
    """Return one's own act by two statements; NotFound for anybody else's."""
    row = db.session.execute(
        select(
            Recording.added_person_id,
            Recording.recorded_at,
            Recording.undone_at,
        ).where(
            Recording.tenant_id == context.tenant_id,
            Recording.id == recording_id,
            Recording.user_id == context.actor.id,
        )
    ).first()
    if row is None:
        raise NotFound(message("Không tìm thấy lần nhập này."))
    kinds = (
        select(func.array_agg(Step.kind))
        .join(Case, (Case.tenant_id == Step.tenant_id) & (Case.id == Step.case_id))
        .where(
            Step.tenant_id == context.tenant_id,
            Case.tenant_id == context.tenant_id,
            Case.person_id == Person.id,
            Step.recording_id == recording_id,
        )
        .correlate(Person)
        .scalar_subquery()
    )
    concerned = (
        select(Case.person_id)
        .join(Step, (Step.tenant_id == Case.tenant_id) & (Step.case_id == Case.id))
        .where(
            Case.tenant_id == context.tenant_id,
            Step.tenant_id == context.tenant_id,
            Step.recording_id == recording_id,
        )
    )
    people = db.session.execute(
        select(
            Person.id,
            Person.full_name,
            Person.cell_id,
            Unit.name,
            Person.path,
            kinds.label("kinds"),
        )
        .join(Unit, (Unit.tenant_id == Person.tenant_id) & (Unit.id == Person.cell_id))
        .where(
            Person.tenant_id == context.tenant_id,
            Unit.tenant_id == context.tenant_id,
            Person.path >= context.scope.first,
            Person.path < context.scope.last,
            or_(Person.id == row.added_person_id, Person.id.in_(concerned)),
        )
        .order_by(Person.sort_key, Person.id)
    ).all()
    order = list(StepKind)
    return Act(
        recording_id,
        row.added_person_id,
        row.recorded_at,
        row.undone_at is not None,
        tuple(
            ActPerson(
                person.id,
                person.full_name,
                person.cell_id,
                person.name,
                person.path,
                tuple(sorted(map(StepKind, person.kinds or ()), key=order.index)),
            )
            for person in people
        ),
    )


def named_person(context: Context, person_id: int) -> NamedPerson:
    """Return a person of the scope by name and place, by one statement."""
    row = db.session.execute(
        select(Person.id, Person.full_name, Person.path).where(
            Person.tenant_id == context.tenant_id,
            Person.id == person_id,
            Person.path >= context.scope.first,
            Person.path < context.scope.last,
        )
    ).one_or_none()
    if row is None:
        raise NotFound(message("Không tìm thấy người này."))
    return NamedPerson(*row)


def history(context: Context, person_id: int) -> tuple[Entry, ...]:
    """Return what was done to a person's record, the latest first; not who has read it."""
    rows = db.session.execute(
        select(
            AuditEntry.occurred_at,
            AuditEntry.actor_name,
            AuditEntry.on_behalf_of_name,
            AuditEntry.action,
            AuditEntry.before,
            AuditEntry.after,
        )
        .where(
            AuditEntry.tenant_id == context.tenant_id,
            AuditEntry.subject_kind == "person",
            AuditEntry.subject_id == person_id,
            AuditEntry.action.not_in(READ_ALONE),
        )
        .order_by(AuditEntry.occurred_at.desc(), AuditEntry.id.desc())
        .limit(MOST_ENTRIES)
    )
    return tuple(
        Entry(
            r.occurred_at,
            r.actor_name,
            r.on_behalf_of_name,
            r.action,
            r.before or {},
            r.after or {},
        )
        for r in rows
    )
