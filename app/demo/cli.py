"""`demo`: the demonstration province, its accounts, and a synthetic nation for measuring."""

from datetime import date

import click
from flask import current_app

from app.core.command_line import DAY, Commands, format_option, print_json
from app.core.settings import Settings
from app.demo.commands import all_demonstration_accounts, load_demonstration
from app.demo.nation import PROVINCES, make_nation
from app.demo.replays import REPLAYS, carry_out, move_clock
from app.tenants.context import tenant_transaction


@click.group("demo", cls=Commands)
def demo_commands() -> None:
    """Load the demonstration, and make data for measuring."""


@demo_commands.command("load")
@format_option
def load(output_format: str) -> None:
    """Load the demonstration tenants with their accounts; loading again changes nothing."""
    loaded = load_demonstration(_password())
    if output_format == "json":
        print_json([vars(tenant) for tenant in loaded])
        return
    for tenant in loaded:
        click.echo(
            f"{tenant.code}: {tenant.units} units, {tenant.quotas} quota lines,"
            f" {tenant.people} people"
        )
    _print_accounts()


@demo_commands.command("replay")
@click.argument("replay", type=click.Choice(list(REPLAYS)))
@click.option("--tenant", default="VINHPHUC", show_default=True, metavar="CODE")
@format_option
def replay_command(replay: str, tenant: str, output_format: str) -> None:
    """Replay a real reorganisation in the demonstration, whose clock moves to its day."""
    with tenant_transaction(tenant) as context:
        result = carry_out(context, replay)
    if output_format == "json":
        print_json(result.as_json())
        return
    click.echo(f"{result.decision_no}: {result.units_before} → {result.units_after} units")


@demo_commands.command("clock")
@click.argument("day", type=DAY)
@click.option("--tenant", default="VINHPHUC", show_default=True, metavar="CODE")
def clock_command(day: date, tenant: str) -> None:
    """Move the demonstration's clock to a day."""
    with tenant_transaction(tenant) as context:
        move_clock(context, day)
    click.echo(day.isoformat())


@demo_commands.command("accounts")
def accounts() -> None:
    """Print who may sign in to the demonstration, and with which password."""
    _print_accounts()


@demo_commands.command("nation")
@click.option("--admissions", type=click.IntRange(min=1), default=2_000_000, show_default=True)
@click.option(
    "--provinces", type=click.IntRange(1, PROVINCES), default=PROVINCES, show_default=True
)
def nation(admissions: int, provinces: int) -> None:
    """Make a synthetic nation, a tenant for each province; a run that was stopped goes on."""
    for made in make_nation(provinces=provinces, admissions=admissions):
        click.echo(f"{made.code}: {made.units} units, {made.admissions} admissions", err=True)


def _print_accounts() -> None:
    click.echo(f"password of every demonstration account: {_password()}")
    for account in all_demonstration_accounts():
        roles = ", ".join(account.roles) or "operator"
        place = f"{account.tenant_code} {account.unit_code}" if account.unit_code else "-"
        click.echo(f"  {account.login_name:<24} {roles:<24} {place}")


def _password() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    if settings.demo_password is None:
        raise click.UsageError(
            "Set DEMO_PASSWORD: the demonstration's accounts need a password, and only the"
            " embedded program makes one up."
        )
    return settings.demo_password
