"""Reading the law, and cases with all that the rules ask about them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Text,
    bindparam,
    func,
    literal,
    literal_column,
    null,
    select,
    union_all,
)

from app.cases.models import Case, Person, Step
from app.cases.queries import case_rows, details_of
from app.cases.rules import StepKind
from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.procedure.cases import (
    CaseState,
    EarlierCase,
    GivenApproval,
    Law,
    Stay,
    TakenStep,
)
from app.procedure.details import from_json
from app.procedure.law import VALUE_FIELDS, Parameter, RuleSet
from app.procedure.models import Approval, CarriedStep, LegalRules, PersonMove, RecordedDay
from app.procedure.spans import WorkCalendar
from app.tenants.context import Context

_RULES = LegalRules.__table__


def law(context: Context) -> Law:
    """Return what holds in the tenant, by one statement."""
    days = (
        select(func.jsonb_object_agg(RecordedDay.day, RecordedDay.is_working_day))
        .where(RecordedDay.tenant_id == context.tenant_id)
        .scalar_subquery()
    )
    rows = (
        db.session.execute(
            select(*(_RULES.c[name] for name in VALUE_FIELDS), days.label("days"))
            .where(_RULES.c.tenant_id == context.tenant_id)
            .order_by(_RULES.c.effective_on)
        )
        .mappings()
        .all()
    )
    recorded = rows[0]["days"] or {}
    calendar = WorkCalendar({date.fromisoformat(day): works for day, works in recorded.items()})
    return Law(tuple(_rule_set(row) for row in rows), calendar)


@cache
def law_as_json() -> ScalarSelect[Any]:
    """Select what holds in a `tenant` as one value, to be read along with others."""
    tenant = bindparam("tenant", type_=Integer)
    rule_sets = (
        select(*(_RULES.c[name] for name in VALUE_FIELDS))
        .where(_RULES.c.tenant_id == tenant)
        .order_by(_RULES.c.effective_on)
        .correlate(None)
        .subquery()
    )
    days = (
        select(func.jsonb_object_agg(RecordedDay.day, RecordedDay.is_working_day))
        .where(RecordedDay.tenant_id == tenant)
        .correlate(None)
        .scalar_subquery()
    )
    kept = func.jsonb_agg(func.to_jsonb(rule_sets.table_valued()))
    # Keys stand in the statement: as values they would have no type when it is prepared.
    rules_key, days_key = literal_column("'rule_sets'", Text), literal_column("'days'", Text)
    return select(func.jsonb_build_object(rules_key, kept, days_key, days)).scalar_subquery()


def law_of_json(found: Mapping[str, Any]) -> Law:
    """Return the law that `law_as_json` has selected."""
    rule_sets = tuple(
        _rule_set({**row, "effective_on": date.fromisoformat(row["effective_on"])})
        for row in found["rule_sets"]
    )
    recorded = found["days"] or {}
    return Law(
        rule_sets,
        WorkCalendar({date.fromisoformat(day): works for day, works in recorded.items()}),
    )


def case_state(context: Context, person_id: int) -> CaseState:
    """Return a person of the scope with all about the current case, by two statements.

    NotFound for any other number.
    """
    found = case_states(context, (person_id,))
    if not found:
        raise NotFound(message("Không tìm thấy người này."))
    return found[0]


def case_states(context: Context, person_ids: Collection[int]) -> list[CaseState]:
    """Return those of these people who are in the scope, by two statements."""
    rows = case_rows(
        context,
        Person.id.in_(person_ids),
        more=(
            _together(_approvals(context)).label("approvals"),
            _together(_moves(context)).label("moves"),
            _together(_earlier_cases(context)).label("earlier"),
        ),
    )
    steps = _taken_steps(context, [row.case_id for row in rows])
    return [
        CaseState(
            person_id=row.id,
            case_id=row.case_id,
            cell_id=row.cell_id,
            path=row.path,
            person=details_of(row),
            steps=steps.get(row.case_id, {}),
            approvals={item["rule"]: _approval(item) for item in row.approvals or ()},
            moves=tuple(map(_move, row.moves or ())),
            earlier_cases=tuple(map(_earlier_case, row.earlier or ())),
        )
        for row in rows
    ]


def _taken_steps(
    context: Context, case_ids: Collection[int]
) -> Mapping[int, Mapping[StepKind, TakenStep]]:
    """Return the steps of cases in the order of their days, those carried over included."""
    own = select(
        Step.case_id,
        Step.id,
        Step.kind,
        Step.taken_on,
        Step.document_no,
        Step.details,
        Step.cell_id,
        Step.recording_id,
        Step.recorded_at,
        Step.segments,
        literal(False).label("is_carried"),
    ).where(Step.tenant_id == context.tenant_id, Step.case_id.in_(case_ids))
    carried = select(
        CarriedStep.case_id,
        CarriedStep.id,
        CarriedStep.kind,
        CarriedStep.taken_on,
        CarriedStep.document_no,
        CarriedStep.details,
        null(),
        null(),
        null(),
        null(),
        literal(True),
    ).where(CarriedStep.tenant_id == context.tenant_id, CarriedStep.case_id.in_(case_ids))
    both = union_all(own, carried).subquery()
    by_case: dict[int, dict[StepKind, TakenStep]] = defaultdict(dict)
    for row in db.session.execute(select(both).order_by(both.c.taken_on, both.c.id)):
        kind = StepKind(row.kind)
        by_case[row.case_id][kind] = TakenStep(
            taken_on=row.taken_on,
            document_no=row.document_no,
            details=from_json(kind, row.details),
            cell_id=row.cell_id,
            recording_id=row.recording_id,
            recorded_at=row.recorded_at,
            segments=tuple(row.segments or ()),
            is_carried=row.is_carried,
        )
    return by_case


def _together(rows: Select[*tuple[Any, ...]]) -> ColumnElement[Any]:
    """Return the rows of a correlated select as one JSON list."""
    found = rows.correlate(Person).subquery()
    return select(func.jsonb_agg(func.to_jsonb(found.table_valued()))).scalar_subquery()


def _approvals(context: Context) -> Select[*tuple[Any, ...]]:
    return (
        select(Approval.rule, Approval.approved_by, Approval.approved_on, Approval.document_no)
        .join(Case, (Case.tenant_id == Approval.tenant_id) & (Case.id == Approval.case_id))
        .where(
            Approval.tenant_id == context.tenant_id,
            Case.tenant_id == context.tenant_id,
            Case.person_id == Person.id,
            Case.is_current,
        )
    )


def _moves(context: Context) -> Select[*tuple[Any, ...]]:
    return (
        select(
            PersonMove.from_cell_id,
            PersonMove.to_cell_id,
            PersonMove.moved_on,
            PersonMove.document_no,
        )
        .where(PersonMove.tenant_id == context.tenant_id, PersonMove.person_id == Person.id)
        .order_by(PersonMove.moved_on, PersonMove.id)
    )


def _earlier_cases(context: Context) -> Select[*tuple[Any, ...]]:
    """Ask for the cases before the current one: their last day, and whether they admitted."""
    return (
        select(
            Case.id.label("case_id"),
            func.max(Step.taken_on).label("ended_on"),
            func.bool_or(Step.kind.in_((StepKind.DECISION, StepKind.CEREMONY))).label(
                "was_admitted"
            ),
        )
        .join(Step, (Step.tenant_id == Case.tenant_id) & (Step.case_id == Case.id))
        .where(
            Case.tenant_id == context.tenant_id,
            Step.tenant_id == context.tenant_id,
            Case.person_id == Person.id,
            ~Case.is_current,
        )
        .group_by(Case.id)
        .order_by(Case.id)
    )


def _approval(item: Mapping[str, Any]) -> GivenApproval:
    return GivenApproval(
        item["rule"],
        item["approved_by"],
        date.fromisoformat(item["approved_on"]),
        item["document_no"],
    )


def _move(item: Mapping[str, Any]) -> Stay:
    return Stay(
        item["from_cell_id"],
        item["to_cell_id"],
        date.fromisoformat(item["moved_on"]),
        item["document_no"],
    )


def _earlier_case(item: Mapping[str, Any]) -> EarlierCase:
    return EarlierCase(
        item["case_id"], date.fromisoformat(item["ended_on"]), was_admitted=item["was_admitted"]
    )


def _rule_set(row: Mapping[Any, Any]) -> RuleSet:
    values = {name: row[name] for name in VALUE_FIELDS}
    return RuleSet(**{**values, "only_suggests": frozenset(map(Parameter, row["only_suggests"]))})
