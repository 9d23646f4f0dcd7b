"""Reading what is kept apart of people. Whoever shows it records that (`commands.reveal`)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Table, cast, func, inspect, select
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA

from app.cases.duplicates import LookAlike
from app.cases.models import Case, Person, Step
from app.core.database import db
from app.core.sealing import field_keys
from app.privacy.classification import OF_PEOPLE, DataClass
from app.privacy.models import PrivacyRule, PrivateDetail
from app.privacy.rules import IDENTITY_PURPOSE, LegalBasis, seal_name
from app.procedure.models import Approval, CarriedStep, PersonMove, Transfer
from app.tenants.context import Context
from app.units.models import Unit


@dataclass(frozen=True)
class Kept:
    """What is kept apart of a person; `identity` is the open number."""

    identity: str | None
    legal_basis: LegalBasis
    basis_document: str | None


@dataclass(frozen=True)
class Rule:
    """What a tenant has chosen; None keeps everybody."""

    usual_basis: LegalBasis = LegalBasis.INTERNAL_REGULATION
    retention_months: int | None = None


@dataclass(frozen=True)
class Processing:
    """What a tenant says of its processing; None is said in the program's own words."""

    purposes: str | None = None
    recipients: str | None = None
    notice: str | None = None


def privacy_rule(context: Context) -> Rule:
    """Return what the tenant has chosen, or what holds without a choice."""
    row = db.session.execute(
        select(PrivacyRule.usual_basis, PrivacyRule.retention_months).where(
            PrivacyRule.tenant_id == context.tenant_id
        )
    ).one_or_none()
    return Rule() if row is None else Rule(LegalBasis(row.usual_basis), row.retention_months)


def processing(context: Context) -> Processing:
    """Return what the tenant says of its processing."""
    row = db.session.execute(
        select(PrivacyRule.purposes, PrivacyRule.recipients, PrivacyRule.notice).where(
            PrivacyRule.tenant_id == context.tenant_id
        )
    ).one_or_none()
    return Processing() if row is None else Processing(*row)


def notice_and_basis(context: Context) -> tuple[str | None, LegalBasis]:
    """Return the notice that the tenant has written, and its usual basis."""
    row = db.session.execute(
        select(PrivacyRule.notice, PrivacyRule.usual_basis).where(
            PrivacyRule.tenant_id == context.tenant_id
        )
    ).one_or_none()
    return (None, Rule().usual_basis) if row is None else (row.notice, LegalBasis(row.usual_basis))


def kept_of(context: Context, person_id: int) -> Kept:
    """Return what is kept apart of a person of the scope."""
    row = db.session.execute(
        select(
            PrivateDetail.identity_sealed, PrivateDetail.legal_basis, PrivateDetail.basis_document
        ).where(PrivateDetail.tenant_id == context.tenant_id, PrivateDetail.person_id == person_id)
    ).one_or_none()
    usual = privacy_rule(context).usual_basis
    if row is None:
        return Kept(None, usual, None)
    sealed = row.identity_sealed
    identity = field_keys().open(sealed, seal_name(person_id)).decode() if sealed else None
    basis = LegalBasis(row.legal_basis) if row.legal_basis else usual
    return Kept(identity, basis, row.basis_document)


def with_identity(context: Context, identity: str) -> LookAlike | None:
    """Return the person of the scope who has an identity number, as typed with twelve digits."""
    row = db.session.execute(
        select(Person.id, Person.full_name, Unit.name)
        .join(
            PrivateDetail,
            (PrivateDetail.tenant_id == Person.tenant_id) & (PrivateDetail.person_id == Person.id),
        )
        .join(Unit, (Unit.tenant_id == Person.tenant_id) & (Unit.id == Person.cell_id))
        .where(
            Person.tenant_id == context.tenant_id,
            PrivateDetail.tenant_id == context.tenant_id,
            Unit.tenant_id == context.tenant_id,
            Person.path >= context.scope.first,
            Person.path < context.scope.last,
            PrivateDetail.identity_index.in_(field_keys().indexes(IDENTITY_PURPOSE, identity)),
        )
    ).first()
    return LookAlike(row.id, row.full_name, row.name) if row else None


def is_identity_elsewhere(context: Context, identity: str) -> bool:
    """Return whether somebody of the tenant outside the scope has an identity number."""
    indexes = cast(field_keys().indexes(IDENTITY_PURPOSE, identity), ARRAY(BYTEA))
    asked = func.identity_elsewhere(indexes, context.scope.first, context.scope.last)
    found: bool = db.session.execute(select(asked)).scalar_one()
    return found


def everything_about(context: Context, person_id: int) -> dict[str, object]:
    """Return all columns that say something of a person, by table; sealed ones are open."""
    case_ids = select(Case.id).where(
        Case.tenant_id == context.tenant_id, Case.person_id == person_id
    )
    about: dict[str, object] = {
        "person": _rows(context, Person, Person.id == person_id),
        "case_file": _rows(context, Case, Case.person_id == person_id),
        "person_move": _rows(context, PersonMove, PersonMove.person_id == person_id),
        **{
            model.__tablename__: _rows(context, model, model.case_id.in_(case_ids))
            for model in (Step, CarriedStep, Approval, Transfer)
        },
    }
    kept = kept_of(context, person_id)
    about["private_detail"] = [
        {
            "identity_sealed": kept.identity,
            "legal_basis": kept.legal_basis.value,
            "basis_document": kept.basis_document,
        }
    ]
    return about


def told_columns(table: str) -> frozenset[str]:
    """Return the columns of a table that say something of a person."""
    return frozenset(
        column
        for column, said in OF_PEOPLE[table].items()
        if said in {DataClass.PERSONAL, DataClass.SENSITIVE}
    )


def _rows(context: Context, model: type[Any], condition: ColumnElement[bool]) -> list[Any]:
    table: Table = inspect(model).local_table
    columns = [table.c[name] for name in sorted(told_columns(table.name))]
    rows = db.session.execute(
        select(*columns).where(table.c.tenant_id == context.tenant_id, condition)
    )
    return [_plain(row._mapping) for row in rows]  # noqa: SLF001 SQLAlchemy's public name


def _plain(values: RowMapping) -> dict[str, object]:
    return {
        str(name): value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
