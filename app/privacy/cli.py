"""`privacy`: what a tenant has chosen about keeping people."""

import click

from app.core.command_line import Commands, tenant_option
from app.privacy.commands import choose_privacy_rule
from app.privacy.rules import LegalBasis
from app.tenants.context import tenant_transaction


@click.group("privacy", cls=Commands)
def privacy_commands() -> None:
    """How long people are kept, and on what basis."""


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
