"""A province with 130 organisations directly under it, some with long names, and its committee."""

from datetime import date
from unittest import mock

from app.accounts import commands as account_commands
from app.accounts.commands import NewUser, create_user
from app.accounts.grants import NewGrant
from app.accounts.passwords import hash_password
from app.accounts.rules import Role
from app.core.database import db
from app.factory import create_app
from app.quotas.file_import import import_quotas
from app.tenants.commands import create_tenant
from app.units.queries import unit_by_code
from tests.browser.served import PASSWORD
from tests.factories.quotas import give_quotas, quota_csv, quota_row
from tests.factories.units import import_lines

CHILDREN = 130
ASSIGNED = 3000
LOGINS = ("rong.mot", "rong.hai")
LONG = "Đảng bộ Ban Quản lý Khu kinh tế và các khu công nghiệp tỉnh, khu vực cửa khẩu số"


def name_of(number):
    return f"{LONG} {number}" if number % 13 == 0 else f"Đảng bộ xã Tân Lập {number}"


def code_of(number):
    return f"X{number:03}"


def make_wide_province(settings):
    """Make it in the database of the settings; sub-quotas were given for two segments last year."""
    application = create_app(settings)
    with application.app_context():
        context = create_tenant("RONG", "Tỉnh Rộng", clock_on=date(2022, 1, 20))
        numbers = range(1, CHILDREN + 1)
        import_lines(
            context,
            "R,,province,Tỉnh ủy Rộng,,",
            *(f'{code_of(n)},R,commune,"{name_of(n)}",,{100 + n}' for n in numbers),
            effective=date(2020, 1, 1),
        )
        give_quotas(context, "", {"R": ASSIGNED}, decided_on="2021-12-10")
        import_quotas(context, quota_csv(*_last_year(numbers)))
        _add_committee(context)
        db.session.commit()
    with application.app_context():
        db.engine.dispose()


def _last_year(numbers):
    last_year = {"period": "2021", "decided_on": "2021-01-05"}
    for number in numbers:
        yield quota_row("R", code_of(number), 10 + number % 7, **last_year)
        yield quota_row("R", code_of(number), 4, segment="female", **last_year)
        yield quota_row("R", code_of(number), 2, segment="student", **last_year)


def _add_committee(context):
    top = unit_by_code(context, "R")
    with mock.patch.object(account_commands, "hash_password", _hashed_once()):
        for login_name in LOGINS:
            new = NewUser(
                login_name=login_name,
                full_name=f"Cán bộ {login_name}",
                unit_id=top.id,
                password=PASSWORD,
                grants=(NewGrant(Role.COMMITTEE, top.id),),
                must_change_password=False,
            )
            create_user(context, new)


def _hashed_once():
    hashed = hash_password(PASSWORD)
    return lambda _password: hashed
