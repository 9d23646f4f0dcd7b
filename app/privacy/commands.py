"""Looking at, keeping, handing out and erasing what is kept most carefully of people.

Each leaves an entry in the trail by the same transaction; the entries hold no sensitive value.
"""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import case as sql_case
from sqlalchemy import cast, delete, func, literal, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.types import Date

from app.audit.commands import Change, forget, record, record_all
from app.cases.duplicates import SEARCH, LookAlikes, refuse_who_asks_too_often
from app.cases.events import PeopleErased
from app.cases.models import Case, Person, Step
from app.cases.queries import person
from app.cases.rules import RecordedCase, StepKind, cleaned_number
from app.cases.writing import hold_cells
from app.core.clock import now
from app.core.database import Base, db
from app.core.errors import NotFound, refused_at
from app.core.events import publish
from app.core.messages import message
from app.core.resealing import reseal_some, sealed_columns
from app.core.sealing import field_keys
from app.core.text import clean, person_sort_key, search_key
from app.countersigning.commands import Wanted, ask
from app.countersigning.queries import RequestedAct, two_person_rules
from app.countersigning.rules import Kind
from app.privacy.models import PrivacyRule, PrivateDetail
from app.privacy.queries import (
    Kept,
    Processing,
    everything_about,
    is_identity_elsewhere,
    kept_of,
    privacy_rule,
    processing,
    with_identity,
)
from app.privacy.rules import (
    IDENTITY_PURPOSE,
    LONGEST_NOTICE,
    LegalBasis,
    cleaned_identity,
    cleaned_reason,
    seal_name,
)
from app.procedure.models import CarriedStep
from app.tenants.context import Context, whole_tenant

ERASED_NAME = "Đã xoá thông tin"
PEOPLE_AT_ONCE = 500
_IN_PLACE = {"synchronize_session": False}
_ADMITTED = (StepKind.DECISION, StepKind.CEREMONY, StepKind.RECOGNITION)


def reveal(context: Context, person_id: int, reason: str) -> tuple[RecordedCase, Kept]:
    """Return a person with all sensitive fields open; the trail keeps who looked and why."""
    case = person(context, person_id)
    after = {"reason": cleaned_reason(reason)}
    record(context, Change("person.seen_open", "person", person_id, after=after, path=case.path))
    return case, kept_of(context, person_id)


def keep_private(
    context: Context, person_id: int, *, identity: str, legal_basis: LegalBasis, document: str
) -> None:
    """Keep an identity number (empty: the one known stays) and the basis for keeping the data.

    Who has the number is asked before (`same_identity`); of two who keep it at the same time the
    database refuses the later one.
    """
    case = person(context, person_id)
    values: dict[str, object] = {
        "path": case.path,
        "legal_basis": legal_basis.value,
        "basis_document": cleaned_number(document),
    }
    if identity.strip():
        number = cleaned_identity(identity)
        keys = field_keys()
        values["identity_sealed"] = keys.seal(number.encode(), seal_name(person_id))
        values["identity_index"] = keys.index(IDENTITY_PURPOSE, number)
    db.session.execute(
        insert(PrivateDetail)
        .values(tenant_id=context.tenant_id, person_id=person_id, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "person_id"], set_=values)
    )
    after = {"legal_basis": legal_basis.value, "has_new_identity": bool(identity.strip())}
    record(context, Change("person.kept_private", "person", person_id, after=after, path=case.path))


def same_identity(
    context: Context, identity: str, *, besides_person_id: int | None = None
) -> LookAlikes:
    """Return who else has an identity number: by name in the scope, outside it only that one has.

    Each question is in the trail, without the number; refused to who asks too often. The caller's
    transaction has to be kept also when somebody was found, or the question was never asked.
    """
    refuse_who_asks_too_often(context)
    number = cleaned_identity(identity)
    one = with_identity(context, number)
    inside = (one,) if one and one.person_id != besides_person_id else ()
    found = LookAlikes(inside, is_identity_elsewhere(context, number))
    after = {"by": "identity", "inside": len(inside), "outside": found.is_one_outside}
    record(context, Change("duplicate.asked", SEARCH, context.actor.id, after=after))
    return found


def keep_identity(context: Context, person_id: int, identity: str) -> None:
    """Keep the identity number of somebody new, on the tenant's usual basis."""
    basis = privacy_rule(context).usual_basis
    keep_private(context, person_id, identity=identity, legal_basis=basis, document="")


def export_person(context: Context, person_id: int, reason: str) -> dict[str, object]:
    """Return everything that is kept of a person, for that person; the trail says who took it."""
    case = person(context, person_id)
    after = {"reason": cleaned_reason(reason)}
    record(
        context, Change("person.seen_exported", "person", person_id, after=after, path=case.path)
    )
    return {
        "exported_by": context.actor.name,
        "exported_at": now().isoformat(),
        **everything_about(context, person_id),
    }


def erase_person(context: Context, person_id: int, reason: str) -> int | None:
    """Make a person nobody: the identity goes, the steps stay as facts that count as before.

    Where the tenant wants a second person for it, nothing is erased: another one is asked, and
    the number of the request returned.
    """
    case = person(context, person_id)
    reason = cleaned_reason(reason)
    if two_person_rules(context).erasure:
        wanted = Wanted(kind=Kind.ERASURE, reason=reason, person_id=person_id, path=case.path)
        return ask(context, wanted)
    _erase_one(context, case, {"reason": reason})
    return None


def erase_as_approved(context: Context, act: RequestedAct) -> None:
    """Erase the person whose erasure one asked for and another approved."""
    if act.person_id is None:
        raise NotFound(message("Không tìm thấy người này."))
    case = person(context, act.person_id)
    _erase_one(context, case, {"reason": act.reason, "asked_by": act.requester_name})


def _erase_one(context: Context, case: RecordedCase, after: dict[str, object]) -> None:
    hold_cells(context, (case.cell_id,))
    _erase(context, [case.person_id])
    record(context, Change("person.erased", "person", case.person_id, after=after, path=case.path))


def erase_again(context: Context, person_ids: Sequence[int]) -> None:
    """Erase people whom a restored copy knows once more; the caller says so in the trail."""
    cells = db.session.scalars(
        select(Person.cell_id).where(
            Person.tenant_id == context.tenant_id, Person.id.in_(person_ids)
        )
    )
    hold_cells(context, set(cells))
    _erase(context, person_ids)


def choose_privacy_rule(
    context: Context, usual_basis: LegalBasis, retention_months: int | None
) -> None:
    """Choose the usual legal basis, and after how many months those not admitted are erased."""
    before = privacy_rule(context)
    if (before.usual_basis, before.retention_months) == (usual_basis, retention_months):
        return
    values = {"usual_basis": usual_basis.value, "retention_months": retention_months}
    db.session.execute(
        insert(PrivacyRule)
        .values(tenant_id=context.tenant_id, **values)
        .on_conflict_do_update(index_elements=["tenant_id"], set_=values)
    )
    said = {
        "usual_basis": before.usual_basis.value,
        "retention_months": before.retention_months,
    }
    record(context, Change("privacy.chosen", "tenant", context.tenant_id, said, values))


def describe_processing(context: Context, said: Processing) -> None:
    """Say what people's data are for, who gets them, and what people are told where they type."""
    before, values = asdict(processing(context)), _tidied(said)
    if before == values:
        return
    basis = privacy_rule(context).usual_basis.value
    db.session.execute(
        insert(PrivacyRule)
        .values(tenant_id=context.tenant_id, usual_basis=basis, **values)
        .on_conflict_do_update(index_elements=["tenant_id"], set_=values)
    )
    record(context, Change("privacy.described", "tenant", context.tenant_id, before, values))


def _tidied(said: Processing) -> dict[str, str | None]:
    """Return the texts with tidy lines; refuse one that is too long."""
    values = {
        name: "\n".join(line for line in map(clean, (text or "").splitlines()) if line) or None
        for name, text in asdict(said).items()
    }
    for name, text in values.items():
        if text is not None and len(text) > LONGEST_NOTICE:
            raise refused_at(name, message("Dài quá %(most)s ký tự.", most=LONGEST_NOTICE))
    return values


def erase_kept_too_long(context: Context) -> int:
    """Erase a batch of people who were not admitted and whose last step is long past."""
    months = privacy_rule(context).retention_months
    if months is None:
        return 0
    people = _kept_too_long(context, months)
    if not people:
        return 0
    hold_cells(context, {cell_id for _, cell_id, _ in people})
    _erase(context, [number for number, _, _ in people])
    record_all(
        context,
        [
            Change("person.erased", "person", number, after={"reason": "retention"}, path=path)
            for number, _, path in people
        ],
    )
    return len(people)


def _kept_too_long(context: Context, months: int) -> Sequence[tuple[int, int, str]]:
    """Return people by number, cell and path; a person without a step is new."""
    last_on = func.max(Step.taken_on)
    limit = cast(literal(context.today), Date) - func.make_interval(0, months)
    rows = db.session.execute(
        select(Person.id, Person.cell_id, Person.path)
        .join(Case, (Case.tenant_id == Person.tenant_id) & (Case.person_id == Person.id))
        .join(Step, (Step.tenant_id == Case.tenant_id) & (Step.case_id == Case.id))
        .where(
            Person.tenant_id == context.tenant_id,
            Case.tenant_id == context.tenant_id,
            Step.tenant_id == context.tenant_id,
            Person.erased_at.is_(None),
        )
        .group_by(Person.id, Person.cell_id, Person.path)
        .having(
            last_on < limit,
            func.sum(sql_case((Step.kind.in_(_ADMITTED), 1), else_=0)) == 0,
        )
        .order_by(Person.id)
        .limit(PEOPLE_AT_ONCE)
    )
    return [(row.id, row.cell_id, row.path) for row in rows]


def _erase(context: Context, person_ids: Sequence[int]) -> None:
    db.session.execute(
        delete(PrivateDetail).where(
            PrivateDetail.tenant_id == context.tenant_id, PrivateDetail.person_id.in_(person_ids)
        ),
        execution_options=_IN_PLACE,
    )
    db.session.execute(
        update(Person)
        .where(Person.tenant_id == context.tenant_id, Person.id.in_(person_ids))
        .values(
            person_code=None,
            full_name=ERASED_NAME,
            sort_key=person_sort_key(ERASED_NAME),
            search_key=search_key(ERASED_NAME),
            date_of_birth=_first_of_year(),
            ethnicity=None,
            religion=None,
            education=None,
            qualification=None,
            occupation=None,
            erased_at=now(),
        ),
        execution_options=_IN_PLACE,
    )
    # Numbers of papers and details name the person and others; dates and cells are the facts.
    for steps in (Step, CarriedStep):
        db.session.execute(
            update(steps)
            .where(
                steps.tenant_id == context.tenant_id,
                Case.tenant_id == context.tenant_id,
                Case.id == steps.case_id,
                Case.person_id.in_(person_ids),
            )
            .values(document_no=None, details=null()),
            execution_options=_IN_PLACE,
        )

    with whole_tenant(context):
        # What was said and kept of them while they were elsewhere, too.
        forget(person_ids)
        publish(PeopleErased(context, person_ids))


def reseal_some_fields(context: Context) -> int:
    """Seal a batch of fields, of any table, under the first key; 0 when all of them are."""
    for sealed in sealed_columns(Base.metadata):
        count = reseal_some(db.session(), sealed, field_keys(), context.tenant_id)
        if count:
            after = {"column": f"{sealed.table.name}.{sealed.column}", "fields": count}
            record(context, Change("fields.resealed", "tenant", context.tenant_id, after=after))
            return count
    return 0


def _first_of_year() -> object:
    return cast(func.date_trunc("year", cast(Person.date_of_birth, Date)), Date)
