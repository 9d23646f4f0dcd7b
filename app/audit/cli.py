"""`trail`: link what was written, and verify that nothing linked was changed."""

import sys

import click

from app.audit.chain import verify_trail
from app.audit.jobs import anchors_of, link_trail
from app.audit.resuming import resume_trail
from app.core.command_line import REFUSED, Commands, format_option, one_tenant_option, print_json
from app.tenants.context import tenant_transaction
from app.tenants.queries import asked_tenants


@click.group("trail", cls=Commands)
def trail_commands() -> None:
    """Keep the trail linked, and check it."""


@trail_commands.command("link")
@one_tenant_option
@format_option
def link(tenant: str | None, output_format: str) -> None:
    """Link and anchor the entries that wait; the worker does this every half minute."""
    linked = sum(link_trail(code) for code in asked_tenants(tenant))
    if output_format == "json":
        print_json({"linked": linked})
    else:
        click.echo(f"{linked} entries linked")


@trail_commands.command("resume")
@one_tenant_option
@format_option
def resume(tenant: str | None, output_format: str) -> None:
    """Go on after a restore: set aside the anchors of what came after the restored second."""
    later = 0
    for code in asked_tenants(tenant):
        later += resume_trail(code, anchors_of(code))
    if output_format == "json":
        print_json({"later_batches": later})
    else:
        click.echo(f"{later} batches came after the restored second; their anchors are set aside")


@trail_commands.command("verify")
@one_tenant_option
@format_option
def verify(tenant: str | None, output_format: str) -> None:
    """Compute every link anew; exit status 1 when one does not hold."""
    codes = asked_tenants(tenant)
    batches = entries = tail = 0
    broken: list[dict[str, object]] = []
    for code in codes:
        with tenant_transaction(code) as context:
            report = verify_trail(context, anchors_of(code))
        batches, entries, tail = (
            batches + report.batches,
            entries + report.entries,
            tail + report.tail,
        )
        broken += [
            {"tenant": code, "batch": each.batch, "what": each.what} for each in report.broken
        ]
    totals = {"tenants": len(codes), "batches": batches, "entries": entries, "tail": tail}
    if output_format == "json":
        print_json({**totals, "broken": broken})
    else:
        click.echo(", ".join(f"{count} {name}" for name, count in totals.items()))
        for each in broken:
            click.echo("  ".join(str(value) for value in each.values()))
    if broken:
        sys.exit(REFUSED)
