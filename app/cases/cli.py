"""`cases`: people with their steps from files."""

import click

from app.cases.file_import import import_case_table
from app.cases.file_rows import CASE_COLUMNS
from app.core.command_line import Commands, tenant_option
from app.imports.cli import ImportRequest, import_options, run_import
from app.imports.rules import ImportReport, Table
from app.tenants.context import tenant_transaction


@click.group("cases", cls=Commands)
def case_commands() -> None:
    """People in the procedure and their steps."""


@case_commands.command("import")
@import_options
@tenant_option
@click.option(
    "--correct",
    is_flag=True,
    help="Let rows change what is recorded already, besides adding steps.",
)
def import_file(request: ImportRequest, tenant: str, *, correct: bool) -> None:
    """Import people with their steps from the CSV file FILE."""

    def store(table: Table) -> ImportReport:
        with tenant_transaction(tenant) as context:
            return import_case_table(context, table, may_correct=correct, skip_bad=request.skip_bad)

    run_import(request, CASE_COLUMNS, store)
