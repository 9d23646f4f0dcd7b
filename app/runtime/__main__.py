"""`python -m app.runtime …`: running the whole program, migrating, checking the migrations."""

import os
import sys

import click

from app.core.logging import configure_logging
from app.core.settings import Settings, SettingsError, load_settings
from app.runtime import schema
from app.runtime.errors import RuntimeProblemError
from app.runtime.lease import leased_servers
from app.runtime.migration_check import check_migrations
from app.runtime.supervisor import serve


class _Commands(click.Group):
    """Ends with one line and status 2 where the settings or the machine do not allow a start."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (SettingsError, RuntimeProblemError) as error:
            click.echo(str(error), err=True)
            sys.exit(2)


@click.group(cls=_Commands)
def main() -> None:
    """Run the program on this machine."""
    configure_logging()


@main.command("serve")
def serve_command() -> None:
    """Start servers, web, workers and schedule, and keep them running."""
    serve(load_settings(os.environ), os.environ.get("HOST") or "127.0.0.1")


@main.command()
@click.option("--down-to", metavar="REVISION", help="Go down to a revision, or to 'base'.")
def migrate(down_to: str | None) -> None:
    """Migrate the database to the newest revision."""
    settings = load_settings(os.environ)
    if settings.is_local:
        with leased_servers(settings) as leased:
            _migrate(leased, down_to)
    else:
        _migrate(settings, down_to)


def _migrate(settings: Settings, down_to: str | None) -> None:
    if down_to is None:
        schema.upgrade(settings)
    else:
        schema.downgrade(settings, down_to)
    click.echo(f"revision: {schema.current(settings) or 'none'}")


@main.command("check-migrations")
def check_migrations_command() -> None:
    """Go up, down and up again on a throw-away database and compare it with the models."""
    check_migrations()


@main.command("migrations-sql")
def migrations_sql() -> None:
    """Print all migrations as SQL."""
    click.echo(schema.upgrade_sql())


main(prog_name="python -m app.runtime")
