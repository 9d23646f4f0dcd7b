"""Loading the demonstration through the same commands that users' files go through."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.accounts.commands import NewUser, create_operator, create_user
from app.accounts.grants import NewGrant
from app.accounts.rules import Role
from app.cases.file_import import import_cases
from app.core.database import db
from app.demo.accounts import (
    DemonstrationAccount,
    demonstration_accounts,
    second_tenant_accounts,
)
from app.demo.letters import WRITER, write_letters
from app.demo.province import Province, build_province, build_second_province
from app.demo.rounds import hold_rounds
from app.quotas.file_import import import_quotas
from app.reports.layouts import add_layout
from app.rollups.commands import fold
from app.tenants.commands import create_tenant
from app.tenants.context import Context
from app.tenants.models import Tenant
from app.units.commands import import_units
from app.units.queries import units_by_code


@dataclass(frozen=True)
class LoadedTenant:
    """What was loaded of one tenant; zeros when it was there already."""

    code: str
    units: int
    quotas: int
    people: int


def load_demonstration(password: str) -> tuple[LoadedTenant, ...]:
    """Create both demonstration tenants with their people and accounts, each in a transaction.

    A tenant that exists is left as it is, so loading again changes nothing.
    """
    first, second = build_province(), build_second_province()
    return (
        _load(first, demonstration_accounts(first), password),
        _load(second, second_tenant_accounts(second), password),
    )


def all_demonstration_accounts() -> tuple[DemonstrationAccount, ...]:
    """Return the accounts of both tenants and the operator's."""
    return (
        *demonstration_accounts(build_province()),
        *second_tenant_accounts(build_second_province()),
    )


def _load(
    province: Province, accounts: Sequence[DemonstrationAccount], password: str
) -> LoadedTenant:
    with db.session.begin():
        exists = db.session.scalar(select(Tenant.id).where(Tenant.code == province.tenant_code))
        if exists is not None:
            return LoadedTenant(province.tenant_code, units=0, quotas=0, people=0)
        context = create_tenant(province.tenant_code, province.name, clock_on=province.clock)
        units = import_units(context, province.units_csv(), province.units_effective_on)
        quotas = import_quotas(context, province.quotas_csv())
        people = import_cases(context, province.cases_csv())
        _create_accounts(context, accounts, password)
        root = units_by_code(context, (province.root_code,))[province.root_code]
        add_layout(context, root.id, province.layout)
        hold_rounds(context, root)
        while fold(context):
            pass
        if any(account.login_name == WRITER for account in accounts):
            write_letters(context, root)
    return LoadedTenant(province.tenant_code, units.accepted, quotas.accepted, people.accepted)


def _create_accounts(
    context: Context, accounts: Sequence[DemonstrationAccount], password: str
) -> None:
    units = units_by_code(context, {account.unit_code for account in accounts if account.unit_code})
    for account in accounts:
        if account.unit_code is None:
            create_operator(account.login_name, account.full_name, password, is_demonstration=True)
            continue
        unit_id = units[account.unit_code].id
        create_user(
            context,
            NewUser(
                login_name=account.login_name,
                full_name=account.full_name,
                unit_id=unit_id,
                password=password,
                grants=tuple(NewGrant(Role(role), unit_id) for role in account.roles),
                must_change_password=False,
            ),
        )
