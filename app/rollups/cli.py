"""`rollups`: compare the books with a recount, rebuild them, fold what is pending."""

import sys
from datetime import date

import click

from app.core import clock
from app.core.command_line import (
    DAY,
    PERIOD,
    REFUSED,
    Commands,
    format_option,
    one_tenant_option,
    print_json,
)
from app.core.database import db
from app.core.periods import Period, as_of
from app.measures.defaults import MEASURES
from app.rollups import commands
from app.rollups import national as totals
from app.tenants.context import tenant_transaction
from app.tenants.queries import asked_tenants

MEASURE_CODES = tuple(measure.code for measure in MEASURES)
"""The measures that every tenant has."""


@click.group("rollups", cls=Commands)
def rollup_commands() -> None:
    """Keep the books behind every count, and check them against the steps."""


@rollup_commands.command("verify")
@one_tenant_option
@format_option
def verify(tenant: str | None, output_format: str) -> None:
    """Recount every figure and compare; exit status 1 on any mismatch."""
    codes = asked_tenants(tenant)
    figures = 0
    details: list[dict[str, object]] = []
    for code in codes:
        with tenant_transaction(code) as context:
            verification = commands.verify(context)
        figures += verification.figures
        details += [_detail(code, mismatch) for mismatch in verification.mismatches]
    if output_format == "json":
        print_json(
            {
                "tenants": len(codes),
                "figures": figures,
                "mismatches": len(details),
                "details": details,
            }
        )
    else:
        click.echo(f"{len(codes)} tenants, {figures} figures, {len(details)} mismatches")
        for detail in details:
            click.echo("  ".join(str(value) for value in detail.values()))
    if details:
        sys.exit(REFUSED)


@rollup_commands.command("rebuild")
@one_tenant_option
@format_option
def rebuild(tenant: str | None, output_format: str) -> None:
    """Draw up the books anew from the steps."""
    figures = 0
    for code in asked_tenants(tenant):
        with tenant_transaction(code) as context:
            figures += commands.rebuild(context)
    _print_number("figures", figures, output_format)


@rollup_commands.command("compact")
@one_tenant_option
@format_option
def compact(tenant: str | None, output_format: str) -> None:
    """Fold all pending deltas into the books."""
    deltas = 0
    for code in asked_tenants(tenant):
        folded = -1
        while folded:
            with tenant_transaction(code) as context:
                folded = commands.fold(context)
            deltas += folded
    _print_number("deltas", deltas, output_format)


@rollup_commands.command("national")
@click.option("--measure", required=True, metavar="CODE", help="What is counted.")
@click.option("--period", required=True, type=PERIOD, help="2022, 2015-2020 …")
@click.option("--as-of", "requested", type=DAY, help="The last day that is counted.")
@format_option
def national(measure: str, period: Period, requested: date | None, output_format: str) -> None:
    """Count a measure in every tenant: totals by tenant, nothing inside them."""
    if measure not in MEASURE_CODES:
        raise click.UsageError(f"{measure!r} is none of {', '.join(MEASURE_CODES)}")
    with db.session.begin():
        found = totals.national(measure, period, as_of(period, clock.today(), requested))
    if output_format == "json":
        print_json(_national_json(found))
        return
    for row in found.tenants:
        click.echo(f"{row.count:>10}  {row.tenant.code}  {row.tenant.name}")
    click.echo(f"{found.total:>10}")


def _national_json(found: totals.National) -> dict[str, object]:
    return {
        "measure": found.measure,
        "period": str(found.period),
        "as_of": found.as_of.isoformat(),
        "total": found.total,
        "last_year": found.last_year_as_of
        and {"as_of": found.last_year_as_of.isoformat(), "count": found.last_year},
        "tenants": [
            {
                "code": row.tenant.code,
                "name": row.tenant.name,
                "count": row.count,
                "last_year": row.last_year,
                "pending": row.pending,
                "verified_at": row.verified_at and row.verified_at.isoformat(),
                "mismatches": row.mismatches,
            }
            for row in found.tenants
        ],
    }


def _detail(code: str, mismatch: commands.Mismatch) -> dict[str, object]:
    return {
        "tenant": code,
        "unit": mismatch.unit,
        "month": f"{mismatch.month:%Y-%m}",
        "measure": mismatch.measure,
        "kept": mismatch.kept,
        "recounted": mismatch.recounted,
    }


def _print_number(name: str, number: int, output_format: str) -> None:
    if output_format == "json":
        print_json({name: number})
    else:
        click.echo(f"{number} {name}")
