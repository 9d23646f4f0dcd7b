"""`quotas`: import distributions from a file and print what a unit distributes."""

import click

from app.core.command_line import PERIOD, Commands, format_option, print_json, tenant_option
from app.core.periods import Period
from app.imports.cli import ImportRequest, import_options, run_import
from app.imports.rules import ImportReport, Table
from app.measures.queries import measure_by_code
from app.quotas.file_import import import_quota_table
from app.quotas.file_rows import QUOTA_COLUMNS
from app.quotas.in_force import held_on
from app.quotas.queries import CodedLine, VersionRow, coded_lines_of, unit_id_of, versions
from app.quotas.rules import BoardKey, kind_code, quota_code
from app.tenants.context import tenant_transaction


@click.group("quotas", cls=Commands)
def quota_commands() -> None:
    """Import and show what units are assigned and distribute."""


@quota_commands.command("import")
@import_options
@tenant_option
def import_file(request: ImportRequest, tenant: str) -> None:
    """Publish quotas by decisions, one distribution for each issuer, measure and period.

    Columns: issuer_code,unit_code,measure,segment,period,kind,quota,decision_no,decided_on
    and, where wanted, reason.
    """

    def store(table: Table) -> ImportReport:
        with tenant_transaction(tenant) as context:
            return import_quota_table(context, table, skip_bad=request.skip_bad)

    run_import(request, QUOTA_COLUMNS, store)


@quota_commands.command("show")
@tenant_option
@click.option("--unit", required=True, metavar="CODE", help="The unit that distributes.")
@click.option("--measure", required=True, metavar="CODE", help="What is counted.")
@click.option("--period", required=True, type=PERIOD, help="2022, 2015-2020 …")
@format_option
def show(*, tenant: str, unit: str, measure: str, period: Period, output_format: str) -> None:
    """Print the version in force of what a unit distributes: total, reserve and lines."""
    with tenant_transaction(tenant) as context:
        key = BoardKey(unit_id_of(context, unit), measure_by_code(context, measure).id, period)
        in_force = versions(context, key).in_force(context.today)
        lines = coded_lines_of(context, in_force.id) if in_force else ()
        assigned = in_force.assigned if in_force else held_on(context, key, context.today)
    report = {
        "unit": unit,
        "measure": measure,
        "period": str(period),
        **_version_json(in_force, assigned),
        "lines": [_line_json(line) for line in lines],
    }
    if output_format == "json":
        print_json(report)
        return
    for name, value in report.items():
        if name != "lines":
            click.echo(f"{name}: {'' if value is None else value}")
    for line in lines:
        click.echo(_line_text(line))


def _version_json(version: VersionRow | None, assigned: int | None) -> dict[str, object]:
    """Return the head of the report; a unit that distributes nothing still holds something."""
    return {
        "version": version.version if version else None,
        "assigned": assigned,
        "distributed": version.distributed if version else 0,
        "reserve": version.reserve if version else None,
        "reason": version.reserve_reason if version else None,
    }


def _line_json(line: CodedLine) -> dict[str, object]:
    return {
        "code": line.unit_code,
        "segment": line.segment_code,
        "kind": kind_code(line.quota),
        "quota": quota_code(line.quota),
    }


def _line_text(line: CodedLine) -> str:
    segment = f" ({line.segment_code})" if line.segment_code else ""
    return f"  {line.unit_code}{segment}: {quota_code(line.quota)} [{kind_code(line.quota)}]"
