"""`users …` and `operators …` on the command line: the way to a tenant's first administrator."""

import sys
from typing import NamedTuple

import click

from app.accounts import queries
from app.accounts.commands import NewUser, create_operator, create_user
from app.accounts.grants import NewGrant
from app.accounts.passwords import generated_password
from app.accounts.rules import Role, plain_login_name
from app.accounts.second_factor import reset_operator_second_factor, reset_second_factor
from app.core.command_line import Commands, format_option, print_json, tenant_option
from app.core.database import db
from app.tenants.context import Context, tenant_transaction


class RoleAt(NamedTuple):
    """A role, and the code of the unit it is for; without one it is for the home unit."""

    role: Role
    unit_code: str | None


class RoleType(click.ParamType[RoleAt]):
    """A role such as clerk, or clerk@P26-01 for another unit than the home unit."""

    name = "role"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> RoleAt:
        """Read the role; wrong usage when there is none of that name."""
        if isinstance(value, RoleAt):
            return value
        role, _at, unit_code = str(value).partition("@")
        if role not in set(Role):
            self.fail(f"{role!r} is none of {', '.join(Role)}", param, ctx)
        return RoleAt(Role(role), unit_code or None)


ROLE = RoleType()

login_option = click.option("--login", "login_name", required=True, help="The name to sign in by.")
name_option = click.option("--name", "full_name", required=True, help="The person's full name.")
password_option = click.option(
    "--password-stdin",
    "is_password_given",
    is_flag=True,
    help="Read the password from standard input; without this one is generated and printed.",
)


@click.group("users", cls=Commands)
def user_commands() -> None:
    """Add and list the accounts of a tenant."""


@click.group("operators", cls=Commands)
def operator_commands() -> None:
    """Add accounts of those who run the service."""


@user_commands.command("create")
@tenant_option
@login_option
@name_option
@click.option("--unit", "unit_code", required=True, metavar="CODE", help="The home unit.")
@click.option(
    "--role",
    "roles",
    type=ROLE,
    multiple=True,
    metavar="ROLE[@CODE]",
    help=f"May be repeated; one of {', '.join(Role)}, on the home unit or on the unit CODE.",
)
@password_option
@click.option(
    "--keep-password", is_flag=True, help="Do not ask for a new password at the first sign-in."
)
@format_option
def create_user_from_options(
    *,
    tenant: str,
    login_name: str,
    full_name: str,
    unit_code: str,
    roles: tuple[RoleAt, ...],
    is_password_given: bool,
    keep_password: bool,
    output_format: str,
) -> None:
    """Add a user who acts for units of one tenant."""
    password = _password(is_given=is_password_given)
    with tenant_transaction(tenant) as context:
        home = queries.unit_of_role(context, unit_code)
        new = NewUser(
            login_name=login_name,
            full_name=full_name,
            unit_id=home.id,
            password=password,
            grants=tuple(
                NewGrant(role.role, _unit_id(context, role.unit_code or unit_code))
                for role in roles
            ),
            must_change_password=not keep_password,
        )
        create_user(context, new)
    _print_account(login_name, None if is_password_given else password, output_format)


@user_commands.command("list")
@tenant_option
@format_option
def list_users(tenant: str, output_format: str) -> None:
    """List the users of a tenant with their roles."""
    with tenant_transaction(tenant) as context:
        found = queries.users(context)
    if output_format == "json":
        print_json([_as_json(user) for user in found])
        return
    for user in found:
        roles = " ".join(f"{role.role}@{role.unit_code}" for role in user.roles)
        state = " (disabled)" if user.is_disabled else ""
        click.echo(f"{user.login_name}{state}  {user.full_name}  {user.unit_code}  {roles}")


@user_commands.command("reset-second-factor")
@tenant_option
@login_option
@format_option
def reset_second_factor_of_user(*, tenant: str, login_name: str, output_format: str) -> None:
    """Take a user's second factor away; the next sign-in asks for a new one where it is needed."""
    with tenant_transaction(tenant) as context:
        user = queries.user_by_login(context, login_name)
        reset_second_factor(context, user.id)
    _print_reset(user.login_name, output_format)


@operator_commands.command("reset-second-factor")
@login_option
@format_option
def reset_second_factor_of_operator(*, login_name: str, output_format: str) -> None:
    """Take an operator's second factor away; the next sign-in asks for a new one."""
    with db.session.begin():
        reset_operator_second_factor(login_name)
    _print_reset(plain_login_name(login_name), output_format)


@operator_commands.command("create")
@login_option
@name_option
@password_option
@format_option
def create_operator_from_options(
    *, login_name: str, full_name: str, is_password_given: bool, output_format: str
) -> None:
    """Add an operator, who manages tenants and sees nothing inside them."""
    password = _password(is_given=is_password_given)
    with db.session.begin():
        create_operator(login_name, full_name, password)
    _print_account(login_name, None if is_password_given else password, output_format)


def _password(*, is_given: bool) -> str:
    if not is_given:
        return generated_password()
    return sys.stdin.readline().rstrip("\r\n")


def _unit_id(context: Context, code: str) -> int:
    return queries.unit_of_role(context, code).id


def _print_account(login_name: str, generated: str | None, output_format: str) -> None:
    account = {"login_name": plain_login_name(login_name), "password": generated}
    if output_format == "json":
        print_json(account)
    elif generated is None:
        click.echo(account["login_name"])
    else:
        click.echo(f"{account['login_name']}  {generated}")


def _print_reset(login_name: str, output_format: str) -> None:
    if output_format == "json":
        print_json({"login_name": login_name, "has_second_factor": False})
    else:
        click.echo(login_name)


def _as_json(user: queries.UserRow) -> dict[str, object]:
    return {
        "login_name": user.login_name,
        "name": user.full_name,
        "unit": user.unit_code,
        "is_disabled": user.is_disabled,
        "roles": [{"role": held.role, "unit": held.unit_code} for held in user.roles],
    }
