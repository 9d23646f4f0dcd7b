"""What every command of the command line shares: exit statuses, JSON output, error lines."""

import json
import sys
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from app.core.constraints import translate
from app.core.database import db
from app.core.errors import AppError

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


class Commands(AppGroup):
    """A group whose commands end with one line and status 1 when the application refuses."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 as in click
        """Run the command; tell refusals on standard error."""
        try:
            return super().invoke(ctx)
        except AppError as error:
            _refuse(error)
        except DBAPIError as error:
            refusal = translate(error)
            if refusal is None:
                raise
            _refuse(refusal)


def print_json(value: object) -> None:
    """Print one JSON value, and nothing else, to standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _refuse(error: AppError) -> None:
    db.session.rollback()
    click.echo(str(error), err=True)
    for problem in error.problems:
        click.echo(f"  {problem.field}: {problem.message}", err=True)
    sys.exit(REFUSED)
