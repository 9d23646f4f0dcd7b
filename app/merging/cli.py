"""`tenants merge`: several tenants become one."""

from datetime import date

import click
from flask import current_app
from sqlalchemy import NullPool, create_engine

from app.core.command_line import DAY, format_option, print_json
from app.core.settings import Settings, SettingsError, require_migration_url
from app.core.text import clean
from app.merging.commands import Asked, Merged, merge, preview
from app.tenants.cli import tenant_commands


@tenant_commands.command("merge")
@click.argument("sources", metavar="FROM...", nargs=-1, required=True)
@click.option("--into", required=True, metavar="CODE", help="Who receives them; made when new.")
@click.option("--name", help="The receiver's name, where it is made.")
@click.option("--effective", type=DAY, required=True, help="The day of the decision's effect.")
@click.option("--decision", required=True, metavar="NO", help="The decision's number.")
@click.option("--preview", "is_preview", is_flag=True, help="Say what it would do; nothing stays.")
@format_option
def merge_command(
    sources: tuple[str, ...],
    *,
    into: str,
    name: str | None,
    effective: date,
    decision: str,
    is_preview: bool,
    output_format: str,
) -> None:
    """Make one tenant of several: trees, people, quotas, users, settings and history.

    Runs as the role that owns the tables (MIGRATION_DATABASE_URL); nobody writes meanwhile.
    """
    asked = Asked(sources, into, effective, clean(decision), name)
    merged = preview(asked) if is_preview else _merge(asked)
    if output_format == "json":
        print_json(merged.as_json())
        return
    _print(merged, is_preview=is_preview)


def _merge(asked: Asked) -> Merged:
    settings: Settings = current_app.config["SETTINGS"]
    try:
        url = require_migration_url(settings)
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    owner = create_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        return merge(owner, asked)
    finally:
        owner.dispose()


def _print(merged: Merged, *, is_preview: bool) -> None:
    done = "would become" if is_preview else "are now"
    click.echo(f"{', '.join(merged.merged)} {done} part of {merged.into}")
    for clash in merged.clashes:
        becomes = f" → {clash['becomes']}" if clash["becomes"] else ""
        click.echo(
            f"  {clash['tenant']} {clash['what']} “{clash['value']}”: {clash['rule']}{becomes}"
        )
    for measure, total in merged.totals_before.items():
        click.echo(f"{total:>10} → {merged.totals_after.get(measure, 0):>10}  {measure}")
