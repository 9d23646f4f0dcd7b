"""`units`: import the tree from a file and print it as of a day."""

from datetime import date

import click

from app.core.command_line import DAY, Commands, format_option, print_json, tenant_option
from app.imports.cli import ImportRequest, import_options, run_import
from app.imports.rules import ImportReport, Table
from app.tenants.context import tenant_transaction
from app.units.commands import UNIT_COLUMNS, import_unit_table
from app.units.dated import TreeRow, tree_as_of

INDENT = "  "


@click.group("units", cls=Commands)
def unit_commands() -> None:
    """Import and show the tree of a tenant's units."""


@unit_commands.command("import")
@import_options
@tenant_option
@click.option(
    "--effective", type=DAY, required=True, help="The day from which the file's rows hold."
)
def import_file(request: ImportRequest, tenant: str, effective: date) -> None:
    """Import units: code,parent_code,level,name[,kind,members]."""

    def store(table: Table) -> ImportReport:
        with tenant_transaction(tenant) as context:
            return import_unit_table(context, table, effective, skip_bad=request.skip_bad)

    run_import(request, UNIT_COLUMNS, store)


@unit_commands.command("tree")
@tenant_option
@click.option("--as-of", type=DAY, help="The day whose tree is shown; today when left out.")
@format_option
def show_tree(tenant: str, as_of: date | None, output_format: str) -> None:
    """Print the tree as it stands, or stood, on a day."""
    with tenant_transaction(tenant) as context:
        rows = tree_as_of(context, as_of or context.today)
    if output_format == "json":
        print_json([_as_json(row) for row in rows])
        return
    for row in rows:
        click.echo(_as_line(row))


def _as_json(row: TreeRow) -> dict[str, object]:
    return {
        "code": row.unit.code,
        "parent_code": row.parent_code,
        "level": row.unit.level,
        "kind": row.unit.kind,
        "name": row.unit.name,
        "members": row.members,
    }


def _as_line(row: TreeRow) -> str:
    members = "" if row.members is None else f", {row.members}"
    return f"{INDENT * row.depth}{row.unit.code}  {row.unit.name} ({row.unit.kind}{members})"
