"""`two-people`: which acts of a tenant need a second person."""

from dataclasses import replace

import click

from app.core.command_line import Commands, format_option, print_json, tenant_option
from app.countersigning.commands import set_rules
from app.countersigning.queries import two_person_rules
from app.tenants.context import tenant_transaction


@click.group("two-people", cls=Commands)
def two_people_commands() -> None:
    """Acts that one person asks for and another one approves."""


@two_people_commands.command("rule")
@tenant_option
@click.option("--erasure/--no-erasure", default=None, help="Erasing a person.")
@click.option("--merging/--no-merging", default=None, help="Merging the tenant.")
@click.option(
    "--export-rows",
    type=click.IntRange(min=0),
    help="Taking out lists of more people than this; 0 for never.",
)
@format_option
def rule(
    *,
    tenant: str,
    erasure: bool | None,
    merging: bool | None,
    export_rows: int | None,
    output_format: str,
) -> None:
    """Choose what needs a second person; what is not said stays. Prints the rules."""
    with tenant_transaction(tenant) as context:
        rules = two_person_rules(context)
        if erasure is not None:
            rules = replace(rules, erasure=erasure)
        if merging is not None:
            rules = replace(rules, merging=merging)
        if export_rows is not None:
            rules = replace(rules, export_rows=export_rows or None)
        set_rules(context, rules)
    if output_format == "json":
        print_json(rules.as_values())
    else:
        for name, value in rules.as_values().items():
            click.echo(f"{name}: {value}")
