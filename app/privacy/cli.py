"""`privacy`: what a tenant has chosen about keeping people. `keys`: changing the keys of fields."""

import click
from flask import current_app

from app.core.command_line import (
    Commands,
    format_option,
    one_tenant_option,
    print_json,
    tenant_option,
)
from app.core.settings import Settings
from app.privacy.commands import choose_privacy_rule, reseal_some_fields
from app.privacy.erasure_ledger import LEDGER, entries, replay
from app.privacy.rules import LegalBasis
from app.runtime.backups import backup_folder
from app.tenants.context import tenant_transaction
from app.tenants.queries import asked_tenants


@click.group("privacy", cls=Commands)
def privacy_commands() -> None:
    """How long people are kept, and on what basis."""


@privacy_commands.command("replay-erasures")
@format_option
def replay_erasures(output_format: str) -> None:
    """Erase anew, after a restore, everybody whom the ledger of erasures names."""
    settings: Settings = current_app.config["SETTINGS"]
    known = entries(backup_folder(settings) / LEDGER)
    erased = 0
    for code in asked_tenants(None):
        with tenant_transaction(code) as context:
            erased += replay(context, known)
    if output_format == "json":
        print_json({"listed": len(known), "erased": erased})
    else:
        click.echo(f"{len(known)} listed, {erased} erased anew")


@privacy_commands.command("rule")
@tenant_option
@click.option(
    "--basis",
    type=click.Choice([basis.value for basis in LegalBasis]),
    default=LegalBasis.INTERNAL_REGULATION.value,
    show_default=True,
    help="The usual legal basis.",
)
@click.option(
    "--retention-months",
    type=click.IntRange(min=1),
    help="After how many months those not admitted are erased.  [default: never]",
)
def rule(tenant: str, basis: str, retention_months: int | None) -> None:
    """Choose both for a tenant."""
    with tenant_transaction(tenant) as context:
        choose_privacy_rule(context, LegalBasis(basis), retention_months)
    click.echo(f"{basis}, {retention_months or '–'}")


@click.group("keys", cls=Commands)
def key_commands() -> None:
    """Change the keys that seal single fields."""


@key_commands.command("reseal")
@one_tenant_option
@format_option
def reseal(tenant: str | None, output_format: str) -> None:
    """Seal under the first key of FIELD_KEYS what older ones have sealed.

    It may be stopped and begun again at any time, while the program serves.
    """
    resealed = sum(map(_reseal, asked_tenants(tenant)))
    if output_format == "json":
        print_json({"resealed": resealed})
    else:
        click.echo(f"{resealed} fields resealed")


def _reseal(code: str) -> int:
    total, count = 0, -1
    while count:
        with tenant_transaction(code) as context:
            count = reseal_some_fields(context)
        total += count
    return total
