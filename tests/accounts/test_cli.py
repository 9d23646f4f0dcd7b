import json

import pytest
from sqlalchemy import select

from app.accounts.models import Operator, UserAccount
from app.accounts.passwords import is_password
from app.core.database import db
from tests.factories.accounts import PASSWORD


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()

    def run_command(*arguments, **options):
        return runner.invoke(args=arguments, **options)

    return run_command


ACCOUNT = ("--tenant", "VINHPHUC", "--login", "xa.ngukien", "--name", "Trần Văn Bình")


def test_a_user_is_created_with_a_generated_password(province, run, client, sign_in):
    result = run("users", "create", *ACCOUNT, "--unit", "X1", "--role", "clerk", "--format", "json")

    assert result.exit_code == 0, result.output
    account = json.loads(result.stdout)
    assert account["login_name"] == "xa.ngukien"
    sign_in(client, "xa.ngukien", account["password"])
    assert client.get("/account").location == "/account/password?next=/account"


def test_a_user_is_created_with_a_password_from_standard_input(province, run, client, sign_in):
    result = run(
        "users",
        "create",
        *ACCOUNT,
        *("--unit", "X1", "--role", "clerk", "--role", "reader@P"),
        *("--password-stdin", "--keep-password", "--format", "json"),
        input=PASSWORD + "\n",
    )

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["password"] is None
    sign_in(client, "xa.ngukien")
    assert "Tỉnh ủy Vĩnh Phúc" in client.get("/account").text


def test_users_are_listed_with_their_roles(other_province, province, run):
    result = run("users", "list", "--tenant", "VINHPHUC", "--format", "json")

    listed = json.loads(result.stdout)
    assert {user["login_name"] for user in listed} == set(province.users)
    assert next(user for user in listed if user["login_name"] == "xa") == {
        "login_name": "xa",
        "name": "Người dùng xa",
        "unit": "X1",
        "is_disabled": False,
        "roles": [{"role": "clerk", "unit": "X1"}],
    }


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--unit", "X1", "--role", "clerk"), 0),
        (("--unit", "KHONGCO"), 1),
        (("--unit", "X1", "--role", "clerk@KHONGCO"), 1),
        (("--unit", "X1", "--role", "emperor"), 2),
        ((), 2),
    ],
)
def test_a_wrong_command_says_so_and_adds_nobody(province, run, arguments, status):
    result = run("users", "create", *ACCOUNT, *arguments)

    added = db.session.scalars(
        select(UserAccount.id).where(UserAccount.login_name == "xa.ngukien")
    ).all()
    assert result.exit_code == status
    assert bool(added) is (status == 0)
    assert "Traceback" not in result.output


def test_a_taken_name_is_refused(province, run):
    result = run(
        "users", "create", "--tenant", "VINHPHUC", "--login", "XA", "--name", "B", "--unit", "X1"
    )

    assert result.exit_code == 1
    assert "đã có người dùng" in result.stderr


def test_an_operator_is_created(app_context, run, client, sign_in):
    result = run(
        *("operators", "create", "--login", "vanhanh", "--name", "Vận hành", "--password-stdin"),
        input=PASSWORD,
    )

    assert result.exit_code == 0, result.output
    kept = db.session.scalars(select(Operator.password_hash)).one()
    assert is_password(kept, PASSWORD)
    sign_in(client, "vanhanh")
