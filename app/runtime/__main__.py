"""`python -m app.runtime …`: running the whole program, migrating, checking the migrations."""

import logging
import os
import sys
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

import click

from app.core import clock
from app.core.logging import configure_logging
from app.core.sealed_files import open_file
from app.core.sealing import SealBrokenError
from app.core.settings import Settings, SettingsError, load_keeper_settings, load_settings
from app.runtime import backups, own_server, schema
from app.runtime.errors import RuntimeProblemError
from app.runtime.lease import leased_servers
from app.runtime.migration_check import check_migrations
from app.runtime.supervisor import run_flask, serve


class _Commands(click.Group):
    """Ends with one line and status 2 where the settings or the machine do not allow a start."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (SettingsError, RuntimeProblemError, SealBrokenError) as error:
            click.echo(str(error), err=True)
            sys.exit(2)


@click.group(cls=_Commands)
def main() -> None:
    """Run the program on this machine."""
    configure_logging()


def moment(text: str) -> datetime:
    """Read a moment with its time zone; without one it is the time in Vietnam."""
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time: write 2026-11-25T22:30:00+07:00") from None
    return said if said.tzinfo else said.replace(tzinfo=clock.VIETNAM)


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


@main.command()
@click.option("--keep-days", type=click.IntRange(min=1), help="Delete copies older than that.")
def backup(keep_days: int | None) -> None:
    """Copy the database, sealed, into BACKUP_DIR (for the embedded: DATA_DIR/backups)."""
    settings = _settings_of_copies()
    with leased_servers(settings) if settings.is_local else nullcontext(settings) as ready:
        written = backups.take_backup(ready)
    click.echo(f"{written} ({written.stat().st_size} bytes)")
    if keep_days is not None:
        click.echo(f"deleted: {backups.forget_old_backups(settings, keep_days=keep_days)}")


def _settings_of_copies() -> Settings:
    # Either says who asks; an embedded server is never started in the stead of one's own.
    is_of_own_server = any(map(os.environ.get, ("BACKUP_DATABASE_URL", "BACKUP_KEYS")))
    return (load_keeper_settings if is_of_own_server else load_settings)(os.environ)


@main.command()
@click.option("--at", metavar="TIME", help="As in 2026-11-25T22:30:00+07:00; default: the latest.")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    help="Make the data folder of a server of one's own; as its account.",
)
def restore(at: str | None, into: Path | None) -> None:
    """Bring the embedded database to a second; what was there is set aside.

    Erased people stay erased: the ledger of erasures is replayed. Then every figure and the trail
    are verified.
    """
    moment_wanted = moment(at) if at else None
    if into is not None:
        settings = load_keeper_settings(os.environ)
        copy = own_server.prepare_recovery(settings, into.absolute(), moment_wanted)
        click.echo(f"unpacked {copy}; start the server, then before the program:")
        for command in backups.AFTER_RESTORING:
            click.echo(f"flask --app wsgi {' '.join(command)}")
        return
    settings = load_settings(os.environ)
    if not settings.is_local:
        raise RuntimeProblemError("Of a server of one's own say --into: docs/operations.md.")
    copy, aside = backups.restore_backup(settings, moment_wanted)
    click.echo(f"restored from {copy}; what was there before: {aside or 'nothing'}")
    for command in backups.AFTER_RESTORING:
        click.echo(f"{' '.join(command)}:")
        if run_flask(command) != 0:
            raise RuntimeProblemError("That failed; see above.")


@main.command("seal-wal")
@click.argument("piece", type=click.Path(path_type=Path, exists=True))
def seal_wal(piece: Path) -> None:
    """Seal a piece of the log into BACKUP_DIR: the archive_command of a server of one's own."""
    backups.seal_wal(load_keeper_settings(os.environ), piece)


@main.command("unseal-wal")
@click.argument("name")
@click.argument("target", type=click.Path(path_type=Path))
def unseal_wal(name: str, target: Path) -> None:
    """Bring back a piece of the log for the restore_command of a server of one's own.

    A status of its own says that there is no such piece, which ends the recovery. Whatever else
    goes wrong must not pass for that, or a server would come up without what was committed last.
    """
    try:
        is_there = own_server.unseal_wal(load_keeper_settings(os.environ), name, target)
    except Exception:
        logging.getLogger(__name__).exception("%s was not brought back", name)
        sys.exit(own_server.STOPS_RECOVERY)
    sys.exit(0 if is_there else own_server.NO_SUCH_PIECE)


@main.command("unseal")
@click.argument("sealed", type=click.Path(path_type=Path, exists=True))
def unseal(sealed: Path) -> None:
    """Write a sealed copy or piece of the log to standard output.

    With BACKUP_KEYS, as the account of a server of one's own; without, with the keys of the
    embedded servers: FIELD_KEYS, or those in DATA_DIR/secrets.json.
    """
    keys = backups.keys_of(_settings_of_copies())
    with sealed.open("rb") as source:
        for piece in open_file(keys, source):
            sys.stdout.buffer.write(piece)


@main.command("check-migrations")
def check_migrations_command() -> None:
    """Go up, down and up again on a throw-away database and compare it with the models."""
    check_migrations()


@main.command("migrations-sql")
def migrations_sql() -> None:
    """Print all migrations as SQL."""
    click.echo(schema.upgrade_sql())


main(prog_name="python -m app.runtime")
