"""`reorganise`: preview, apply and undo a reorganisation by a file and its decision."""

from collections.abc import Callable
from datetime import date
from typing import Any

import click

from app.core.command_line import DAY, REFUSED, Commands, format_option, print_json, tenant_option
from app.core.text import clean
from app.imports.rules import ImportRefused, Reject, Table, conclude, read_table
from app.reorganisations import commands
from app.reorganisations.commands import Decided, PlanRefused
from app.reorganisations.file_rows import REORGANISATION_COLUMNS, operation
from app.reorganisations.results import Result
from app.reorganisations.weighing import ShareBy
from app.tenants.context import Context, tenant_transaction

MOVES_SHOWN = 20
"""Lines of moves printed as text; the JSON has all of them."""


@click.group("reorganise", cls=Commands)
def reorganisation_commands() -> None:
    """Change the tree by one dated decision, and take it back."""


def file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add FILE and the options that previewing and applying share."""
    for option in reversed(
        (
            click.argument("file", type=click.File("rb")),
            tenant_option,
            click.option(
                "--effective", type=DAY, required=True, help="The day from which the tree is new."
            ),
            click.option("--decision", required=True, metavar="NO", help="The decision's number."),
            click.option("--issuer", help="Who decided."),
            click.option(
                "--share-by",
                type=click.Choice([each.value for each in ShareBy]),
                default=ShareBy.CELLS.value,
                show_default=True,
                help="By what quotas of a split unit are shared among its heirs.",
            ),
            format_option,
        )
    ):
        command = option(command)
    return command


@reorganisation_commands.command("preview")
@file_options
def preview(**asked: Any) -> None:  # noqa: ANN401 the shared options, read by _run
    """Say what a file would do; nothing changes."""
    _run(commands.preview, **asked)


@reorganisation_commands.command("apply")
@file_options
def apply(**asked: Any) -> None:  # noqa: ANN401 as above
    """Carry out a file in one transaction, or put it off to its day.

    Columns: old_code,old_name,new_code,new_name,new_parent_code,share,default_heir.
    """
    _run(commands.apply, **asked)


@reorganisation_commands.command("undo")
@click.argument("decision_no", metavar="NO")
@tenant_option
@format_option
def undo(decision_no: str, tenant: str, output_format: str) -> None:
    """Take a reorganisation back, while nothing newer depends on it."""
    with tenant_transaction(tenant) as context:
        undone = commands.undo(context, decision_no)
    if output_format == "json":
        print_json(undone.as_json())
        return
    click.echo(f"Đã hoàn tác {undone.decision_no}: {undone.units} tổ chức.")


def _run(
    command: Callable[[Context, Decided], Result],
    *,
    file: Any,  # noqa: ANN401 a binary stream of click's
    tenant: str,
    effective: date,
    decision: str,
    issuer: str | None,
    share_by: str,
    output_format: str,
) -> None:
    content: bytes = file.read()
    try:
        table = read_table(content, REORGANISATION_COLUMNS)
        conclude(table, unchanged=0, skip_bad=False)
        decided = Decided(
            decision_no=clean(decision),
            effective_on=effective,
            operations=tuple(operation(row) for row in table.rows),
            issuer=clean(issuer) if issuer else None,
            share_by=ShareBy(share_by),
        )
        result = _carried_out(command, tenant, decided, table)
    except ImportRefused as refused:
        _print_refusal(refused, output_format)
        click.get_current_context().exit(REFUSED)
    if output_format == "json":
        print_json(result.as_json())
        return
    _print_result(result)


def _carried_out(
    command: Callable[[Context, Decided], Result], tenant: str, decided: Decided, table: Table
) -> Result:
    """Run the command in a transaction of its own; what it finds wrong is told by rows."""
    try:
        with tenant_transaction(tenant) as context:
            return command(context, decided)
    except PlanRefused as refused:
        rejects = [
            Reject(fault.row, fault.column, fault.value, fault.reason) for fault in refused.faults
        ]
    conclude(table, rejects, unchanged=0, skip_bad=False)
    raise AssertionError("a refused plan has faults")


def _print_refusal(refused: ImportRefused, output_format: str) -> None:
    if output_format == "json":
        print_json(refused.report.as_json())
    click.echo(str(refused), err=True)
    for reject in refused.report.rejects:
        click.echo(
            f"  dòng {reject.row}, {reject.column} “{reject.value}”: {reject.reason}", err=True
        )


def _print_result(result: Result) -> None:
    click.echo(
        f"{result.decision_no}, {result.effective}: "
        f"{result.units_before} → {result.units_after} tổ chức"
    )
    for move in result.moves[:MOVES_SHOWN]:
        click.echo(f"  {move.unit}: {move.origin or '-'} → {move.target or '-'} ({move.how})")
    if len(result.moves) > MOVES_SHOWN:
        click.echo(f"  … {len(result.moves) - MOVES_SHOWN}")
    for question in result.to_decide:
        click.echo(f"  ? {question.unit}: {question.question}")
    for measure, total in result.totals_before.items():
        click.echo(f"{total:>10} → {result.totals_after[measure]:>10}  {measure}")
