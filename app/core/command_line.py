"""What every command of the command line shares: exit statuses, JSON output, error lines."""

import json
import sys
from datetime import date
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from app.core.constraints import translate
from app.core.dates import parse_date
from app.core.errors import AppError
from app.core.periods import Period, parse_period

REFUSED = 1
"""Exit status when data is refused or a check fails; wrong usage is click's own 2."""

format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print the result.",
)

tenant_option = click.option("--tenant", required=True, metavar="CODE", help="The tenant's code.")
one_tenant_option = click.option(
    "--tenant", metavar="CODE", help="One tenant alone; all of them when left out."
)


class PeriodType(click.ParamType[Period]):
    """A period's code, such as 2022, 2022-Q3, 2015-2020 or 2022-01-01..2022-09-30."""

    name = "period"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Period:
        """Read the code; wrong usage when it is none."""
        try:
            return value if isinstance(value, Period) else parse_period(str(value))
        except AppError as error:
            self.fail(str(error), param, ctx)


class DayType(click.ParamType[date]):
    """A date, as 2022-09-30 or as people type it."""

    name = "date"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Read the date; wrong usage when it is none."""
        try:
            return value if isinstance(value, date) else parse_date(str(value))
        except AppError as error:
            self.fail(str(error), param, ctx)


PERIOD = PeriodType()
DAY = DayType()


class _Refusing:
    """Ends a command with one line and status 1 when the application refuses."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 as in click
        """Run the command; tell refusals on standard error."""
        try:
            return super().invoke(ctx)  # type: ignore[misc]
        except AppError as error:
            _refuse(error)
        except DBAPIError as error:
            refusal = translate(error)
            if refusal is None:
                raise
            _refuse(refusal)


class Commands(_Refusing, AppGroup):
    """A group of commands that run inside the application."""


class Command(_Refusing, click.Command):
    """A command of its own; it is decorated `@with_appcontext` besides."""


def print_json(value: object) -> None:
    """Print one JSON value, and nothing else, to standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _refuse(error: AppError) -> None:
    # Every command's transaction is a block that has been left, and undone, by now.
    click.echo(str(error), err=True)
    for problem in error.problems:
        click.echo(f"  {problem.field}: {problem.message}", err=True)
    sys.exit(REFUSED)
