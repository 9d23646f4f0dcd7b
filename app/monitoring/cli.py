"""`attainment` and `breakdown` on the command line."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import click
from flask.cli import with_appcontext

from app.core.command_line import DAY, PERIOD, Command, format_option, print_json, tenant_option
from app.core.numbers import percentage
from app.core.periods import Period, as_of
from app.measures.queries import measure_by_code, segment_by_code, segments_of
from app.monitoring import queries
from app.monitoring.queries import (
    TREES,
    Attainment,
    AttainmentReport,
    Breakdown,
    Question,
)
from app.tenants.context import Context, tenant_transaction
from app.units.queries import unit_ever_by_code
from app.units.rows import UnitRow


def question_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that both commands share."""
    for option in reversed(
        (
            tenant_option,
            click.option("--unit", required=True, metavar="CODE", help="The unit's code."),
            click.option("--measure", required=True, metavar="CODE", help="What is counted."),
            click.option("--period", required=True, type=PERIOD, help="2022, 2015-2020 …"),
            click.option("--as-of", "requested", type=DAY, help="The last day that is counted."),
            click.option(
                "--tree",
                type=click.Choice(list(TREES)),
                help="Count on the tree of each step's date, or on today's."
                "  [default: then; now for a unit begun in the period]",
            ),
            format_option,
        )
    ):
        command = option(command)
    return command


@click.command("attainment", cls=Command)
@question_options
@click.option("--segment", metavar="CODE", help="Count one segment alone.")
@click.option("--children", "with_children", is_flag=True, help="Add a row for each child.")
@with_appcontext
def attainment(
    tenant: str,
    unit: str,
    *,
    segment: str | None,
    with_children: bool,
    output_format: str,
    **asked: Any,  # noqa: ANN401 the shared options, read by _question
) -> None:
    """Print a unit's count beside its quotas, and its children's."""
    with tenant_transaction(tenant) as context:
        found = unit_ever_by_code(context, unit)
        question = _question(context, found, segment, **asked)
        report = queries.attainment(context, found, question)
    rows = [child for child in report.children if child.has_figures] if with_children else []
    if output_format == "json":
        print_json(_report_json(report, rows))
        return
    for row in (report.unit, *rows):
        click.echo(_line(row))


@click.command("breakdown", cls=Command)
@question_options
@with_appcontext
def breakdown(
    tenant: str,
    unit: str,
    *,
    output_format: str,
    **asked: Any,  # noqa: ANN401 the shared options, read by _question
) -> None:
    """Print a unit's count by segment; segments overlap and are never added together."""
    with tenant_transaction(tenant) as context:
        found = unit_ever_by_code(context, unit)
        question = _question(context, found, None, **asked)
        result = queries.breakdown(context, found, question, segments_of(context, question.measure))
    if output_format == "json":
        print_json(_breakdown_json(found, question, result))
        return
    click.echo(f"{found.name}: {result.total}")
    for row in result.segments:
        click.echo(f"{row.count:>8} {_percent(row.percent) or '-':>8}  {row.segment.code}")


def _question(
    context: Context,
    unit: UnitRow,
    segment: str | None,
    *,
    measure: str,
    period: Period,
    requested: date | None,
    tree: str | None,
) -> Question:
    counted = measure_by_code(context, measure)
    return Question(
        measure=counted,
        period=period,
        as_of=as_of(period, context.today, requested),
        tree=queries.tree_of(context, unit, period, tree),
        segment=segment_by_code(context, counted, segment) if segment else None,
    )


def _report_json(report: AttainmentReport, rows: list[Attainment]) -> dict[str, object]:
    """Return the report in the stable shape of the command line."""
    return {
        "measure": report.measure.code,
        "period": str(report.period),
        "as_of": report.as_of.isoformat(),
        "tree": report.tree.name.lower(),
        "unit": _row_json(report.unit, report.last_year_as_of),
        "children": [_row_json(row, report.last_year_as_of) for row in rows],
    }


def _row_json(row: Attainment, last_year_as_of: date | None) -> dict[str, object]:
    return {
        "code": row.unit.code,
        "name": row.unit.name,
        "level": row.unit.level,
        "quota": row.quota,
        "quota_source": row.rated.source if row.rated else None,
        "count": row.count,
        "percent": _percent(row.percent),
        "quotas": [
            {
                "source": figure.source,
                "quota": figure.count,
                "percent": _percent(percentage(row.count, figure.count)),
            }
            for figure in row.quotas
        ],
        "last_year": last_year_as_of
        and {"as_of": last_year_as_of.isoformat(), "count": row.last_year},
    }


def _breakdown_json(unit: UnitRow, question: Question, result: Breakdown) -> dict[str, object]:
    return {
        "unit": unit.code,
        "measure": question.measure.code,
        "period": str(question.period),
        "as_of": question.as_of.isoformat(),
        "total": result.total,
        "segments": [
            {"segment": row.segment.code, "count": row.count, "percent": _percent(row.percent)}
            for row in result.segments
        ],
    }


def _line(row: Attainment) -> str:
    quota = "-" if row.quota is None else str(row.quota)
    return f"{row.count:>8} {quota:>8} {_percent(row.percent) or '-':>8}  {row.unit.name}"


def _percent(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
